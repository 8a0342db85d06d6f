import { LIMITS } from "@throughline/kernel";

/** How long and how much the gateway waits for. Times in milliseconds. */
export const GATEWAY_LIMITS = {
  /** Until the headers of a request have come; also how long a new connection may say nothing. */
  headersMsMax: 10_000,
  /** A body that has not ended must bring `bodyBytesLeast` in every such while. */
  bodyWindowMs: 60_000,
  /** 4 KiB a second: a body of 4 MiB ends within 17 minutes, and an upload may take as long as it is large. */
  bodyBytesLeast: 256 * 1024,
  /** A connection between two requests. */
  keepAliveMs: 65_000,
  /** A connection over which nothing moves in the middle of an answer. Longer than a stream may be silent. */
  stalledMsMax: LIMITS.streamIdleMsMax + 30_000,
  /** A stream without a message for so long is ended. */
  streamIdleMsMax: LIMITS.streamIdleMsMax,
  /** Open connections. When another comes, the one that has waited longest for its next request is closed. */
  connectionsMax: 2_000,
} as const;

export type GatewayLimits = { readonly [K in keyof typeof GATEWAY_LIMITS]: number };
