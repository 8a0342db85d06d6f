import type { IncomingMessage } from "node:http";
import type { DescMethodUnary, Registry } from "@bufbuild/protobuf";
import { ArtifactService } from "@throughline/contracts/throughline/lineage/v1/artifact_service_pb";
import { invalidField, LIMITS } from "@throughline/kernel";
import { isGated } from "@throughline/rpc";
import { ATTACHMENT_HEAD } from "./attachment.ts";
import { readJson } from "./body.ts";
import { callerDeadline, leftUntil } from "./caller-time.ts";
import { answerDownload } from "./download.ts";
import type { GatewayResponse } from "./gateway-response.ts";
import { errorBody, type Report, sendError, sendVerbRefused } from "./http-error.ts";
import { answerJson } from "./json-answer.ts";
import type { JsonWriter } from "./json-writer.ts";
import type { GatewayLimits } from "./limits.ts";
import { passGate } from "./pass-gate.ts";
import { requestMessage } from "./request-message.ts";
import { jsonOf, type RestCall } from "./rest-call.ts";
import { answerLines, answerUpload, sendBytes, type WithMessage } from "./rest-stream.ts";
import type { Route, RouteTable, Verb } from "./routes.ts";
import { type HopHeaders, hopHeaders, isWatch, type TransportOf } from "./service-transports.ts";
import { decodeOnce, queryOf, targetOf } from "./target.ts";

export interface RestOptions {
  readonly routes: RouteTable;
  readonly transportOf: TransportOf;
  /** Knows every message that an Any in an answer may hold. */
  readonly registry: Registry;
  /** Writes answers; knows the same messages. */
  readonly json: JsonWriter;
  readonly limits: Pick<GatewayLimits, "streamIdleMsMax">;
  /** Aborts when the gateway is about to stop. */
  readonly stopping: AbortSignal;
  readonly report: Report;
}

/** Answers a request if a route fits it. Resolves to false if none does. */
export async function answerRest(
  options: RestOptions,
  request: IncomingMessage,
  response: GatewayResponse,
): Promise<boolean> {
  const { path, query } = targetOf(request);
  const matching = options.routes.find(path);
  if (matching.length === 0) return false;
  const found = matching.find((it) => verbsOf(it.route).some((verb) => verb === request.method));
  if (!found) {
    sendVerbRefused(
      response,
      matching.flatMap((it) => verbsOf(it.route)),
    );
    return true;
  }
  const { route, texts } = found;
  const deadline = callerDeadline(request);
  const passing = isGated(route.method) ? passGate({ response, deadline, shape: errorBody }) : true;
  if (passing !== true && !(await passing)) return true;
  const ending = endingOf(options, route, response);
  try {
    const { signal, abort } = ending;
    const parts = { pathValues: texts.map(pathValue), query: queryOf(query), request, response };
    await answer({ ...options, ...parts, route, signal, abort, deadline, headers: headersOf(request) });
  } catch (thrown) {
    sendError(response, ending.signal.aborted ? ending.signal.reason : thrown, { report: options.report });
  } finally {
    ending.forget();
  }
  return true;
}

/** A HEAD tells what a GET would, but for streams, which have no end to tell of. */
const verbsOf = (route: Route): readonly (Verb | "HEAD")[] =>
  route.verb === "GET" && !isWatch(route.method) ? ["GET", "HEAD"] : [route.verb];

const headersOf = (request: IncomingMessage): HopHeaders => hopHeaders((name) => request.headers[name]?.toString());

/** A slash that was encoded would make of one segment two, behind the back of the template. */
function pathValue(text: string): string {
  const value = decodeOnce(text);
  if (value.split("/").length !== text.split("/").length) throw invalidField("path", "a name has no slash in it");
  return value;
}

/** What may end a call before its answer: its caller goes away, or, for a watch, the gateway stops. */
function endingOf({ stopping }: RestOptions, route: Route, response: GatewayResponse) {
  const controller = new AbortController();
  const abort = (reason: Error): void => controller.abort(reason);
  response.whenOver(() => {
    if (!response.writableFinished) abort(new DOMException("the caller went away", "AbortError"));
  });
  const stop = (): void => abort(stopping.reason);
  if (!isWatch(route.method)) return { signal: controller.signal, abort, forget: () => {} };
  if (stopping.aborted) stop();
  stopping.addEventListener("abort", stop);
  return { signal: controller.signal, abort, forget: () => stopping.removeEventListener("abort", stop) };
}

async function answer(call: RestCall): Promise<void> {
  const { method } = call.route;
  if (method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming") return answerUpload(call);
  const body = call.route.body === "" ? undefined : await readJson(call.request, LIMITS.messageBytesMax);
  const { route, pathValues, query, registry } = call;
  const ready: WithMessage = { ...call, message: requestMessage(route, { pathValues, query, body }, registry) };
  if (method.parent === ArtifactService && method === ArtifactService.method.downloadArtifact)
    return answerDownload(ready);
  if (route.rawBody?.responseField) return sendBytes(ready, () => void call.response.writeHead(200, ATTACHMENT_HEAD));
  if (method.methodKind === "server_streaming") return answerLines(ready);
  const transport = call.transportOf(method.parent);
  const unary = method as DescMethodUnary;
  const answered = await transport.unary(unary, call.signal, leftUntil(call.deadline), call.headers, ready.message);
  answerJson(call.response, jsonOf(call, answered.message));
}
