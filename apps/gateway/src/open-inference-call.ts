import type { IncomingMessage } from "node:http";
import type { CallOptions, Client, Transport } from "@connectrpc/connect";
import type { GRPCInferenceService } from "@throughline/contracts/inference/open_inference_pb";
import type { GatewayResponse } from "./gateway-response.ts";
import type { HopHeaders } from "./service-transports.ts";

/** A request under `/v2`, and how to ask the router. */
export interface OpenInferenceCall {
  readonly client: Client<typeof GRPCInferenceService>;
  /** What the client calls through; by itself for the calls of which most come. */
  readonly transport: Transport;
  readonly options: CallOptions & { readonly signal: AbortSignal; readonly headers: HopHeaders };
  readonly request: IncomingMessage;
  readonly response: GatewayResponse;
}
