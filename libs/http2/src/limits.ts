import type { Rate } from "./budget.ts";

/** What one connection may do. */
export interface ConnectionLimits {
  /**
   * Requests at the same time: callers keep more to themselves, and others are refused. As many as the gate of `@throughline/rpc` lets in at once, so that a server that has time
   * refuses none of a connection that comes alone.
   */
  readonly streamsMax: number;
  /** What a caller may send of one request before it was dealt with. */
  readonly streamWindowBytes: number;
  /** The same of all requests of the connection together. */
  readonly windowBytes: number;
  /** Names and values of a request's headers, and 32 bytes for each (RFC 9113, section 6.5.2). */
  readonly headerListBytesMax: number;
  /**
   * Requests that are taken back before any answer, or break the rules: callers whose deadlines pass take back each of them, and may take back as many again as were answered. A connection with more is
   * closed, as with all of the following.
   */
  readonly resets: Rate;
  /** Callers that measure their line ping once a round trip. */
  readonly pings: Rate;
  /** Most callers send settings once. */
  readonly settings: Rate;
  /** Frames that bring nothing: data without a byte, priorities, types that nobody knows, and requests that are taken back when they have ended. */
  readonly idleFrames: Rate;
}

export const CONNECTION_LIMITS: ConnectionLimits = {
  streamsMax: 512,
  streamWindowBytes: 1024 * 1024,
  windowBytes: 8 * 1024 * 1024,
  headerListBytesMax: 64 * 1024,
  resets: { burst: 8_000, perSecond: 8_000 },
  pings: { burst: 10_000, perSecond: 5_000 },
  settings: { burst: 100, perSecond: 10 },
  idleFrames: { burst: 10_000, perSecond: 4_000 },
};
