import type { IncomingMessage, ServerResponse } from "node:http";
import type { Message, Registry } from "@bufbuild/protobuf";
import type { JsonWriter } from "./json-writer.ts";
import type { GatewayLimits } from "./limits.ts";
import type { Route } from "./routes.ts";
import type { HopHeaders, TransportOf } from "./service-transports.ts";

/** One call over REST. */
export interface RestCall {
  readonly route: Route;
  /** What the route's pattern matched, decoded once. */
  readonly pathValues: readonly string[];
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The headers that go on to the service. */
  readonly headers: HopHeaders;
  /** Until when the caller waits, by `performance.now()`. */
  readonly deadline: number;
  readonly transportOf: TransportOf;
  readonly registry: Registry;
  readonly json: JsonWriter;
  readonly limits: Pick<GatewayLimits, "streamIdleMsMax">;
  /** Aborts when the call is to end; its reason is then what the caller is told. */
  readonly signal: AbortSignal;
  abort(reason: Error): void;
}

/** The text of an answer as JSON, with every field that is not optional. */
export const jsonOf = ({ route, json }: Pick<RestCall, "route" | "json">, message: Message): string =>
  json.write(route.method.output, message);
