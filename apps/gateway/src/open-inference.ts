import type { IncomingMessage } from "node:http";
import { type ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { GRPCInferenceService } from "@throughline/contracts/inference/open_inference_pb";
import { DomainError } from "@throughline/kernel";
import { callerSignal } from "./caller-signal.ts";
import { callerDeadline, leftUntil } from "./caller-time.ts";
import type { GatewayResponse } from "./gateway-response.ts";
import { type Report, sendError, sendJson } from "./http-error.ts";
import type { OpenInferenceCall } from "./open-inference-call.ts";
import { answerOf } from "./open-inference-paths.ts";
import { passGate } from "./pass-gate.ts";
import { hopHeaders } from "./service-transports.ts";
import { targetOf } from "./target.ts";

/** Answers the paths under `/v2`, and resolves to true then; false for any other. */
export type OpenInferenceEdge = (request: IncomingMessage, response: GatewayResponse) => Promise<true> | false;

/**
 * The REST form of the Open Inference Protocol, version 2, with Triton's extensions: the same calls as its gRPC form, with
 * tensors as JSON or as binary tensor data.
 */
export function openInferenceEdge(transport: Transport, report: Report): OpenInferenceEdge {
  const client = createClient(GRPCInferenceService, transport);
  // The protocol's own shape of an error.
  const shape = (error: ConnectError) => ({ error: error.rawMessage });
  const answered = async (path: string, request: IncomingMessage, response: GatewayResponse): Promise<true> => {
    const deadline = callerDeadline(request);
    const passing = path.endsWith("/infer") ? passGate({ response, deadline, shape }) : true;
    if (passing !== true && !(await passing)) return true;
    const headers = hopHeaders((name) => request.headers[name]?.toString());
    const options = { headers, timeoutMs: leftUntil(deadline), signal: callerSignal(request) };
    try {
      await answer(path, { client, transport, options, request, response });
    } catch (thrown) {
      const isVerb = thrown instanceof DomainError && thrown.reason === "VERB_REFUSED";
      sendError(response, thrown, { report, shape, ...(isVerb && { statusOf: () => 405 }) });
    }
    return true;
  };
  return (request, response) => {
    const { path } = targetOf(request);
    return path === "/v2" || path.startsWith("/v2/") ? answered(path, request, response) : false;
  };
}

function answer(path: string, call: OpenInferenceCall): Promise<void> | void {
  const found = answerOf(path);
  if (!found) return sendJson(call.response, 404, { error: `${path.slice(0, 300)} is not a path of the protocol` });
  const method = call.request.method === "HEAD" ? "GET" : (call.request.method ?? "");
  const run = found.verbs[method];
  if (run !== undefined) return run(call, found.place);
  const taken = Object.keys(found.verbs).flatMap((it) => (it === "GET" ? ["GET", "HEAD"] : [it]));
  call.response.setHeader("allow", taken.join(", "));
  throw new DomainError("unsupported", "VERB_REFUSED", `This path takes ${taken.join(", ")}.`);
}
