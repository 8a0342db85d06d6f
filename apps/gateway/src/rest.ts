import type { IncomingMessage, ServerResponse } from "node:http";
import {
  create,
  type DescMethodStreaming,
  type DescMethodUnary,
  type Message,
  type Registry,
  toJson,
} from "@bufbuild/protobuf";
import { DomainError, invalidField, LIMITS } from "@throughline/kernel";
import { translate } from "@throughline/rpc";
import { parseJson, readBody } from "./body.ts";
import { errorBody, sendError, sendJson } from "./http-error.ts";
import { requestMessage } from "./request-message.ts";
import type { Route } from "./routes.ts";
import { hopHeaders, type TransportOf } from "./service-transports.ts";

export interface RestOptions {
  readonly routes: readonly Route[];
  readonly transportOf: TransportOf;
  readonly registry: Registry;
}

/** One call over REST. */
interface RestCall extends RestOptions {
  readonly route: Route;
  readonly pathValues: readonly string[];
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly signal: AbortSignal;
}

/** Answers a request if a route fits it. Resolves to false if none does. */
export async function answerRest(
  options: RestOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const { pathname, searchParams } = new URL(request.url ?? "", "http://gateway");
  const matching = options.routes.flatMap((route) => {
    const match = route.pattern.exec(pathname);
    return match ? [{ route, match }] : [];
  });
  const found = matching.find((it) => it.route.verb === request.method);
  if (!found)
    return matching.length > 0
      ? refuseVerb(
          response,
          matching.map((it) => it.route.verb),
        )
      : false;
  const abort = new AbortController();
  response.once("close", () => abort.abort(new DOMException("the caller went away", "AbortError")));
  try {
    const { route, match } = found;
    const pathValues = match.slice(1).map(decodeOnce);
    await answer({ ...options, route, pathValues, query: searchParams, request, response, signal: abort.signal });
  } catch (thrown) {
    sendError(
      response,
      translate(thrown, () => {}),
    );
  }
  return true;
}

function refuseVerb(response: ServerResponse, verbs: readonly string[]): true {
  response.setHeader("allow", [...new Set(verbs)].join(", "));
  sendJson(response, 405, {
    error: { code: 405, status: "UNIMPLEMENTED", message: `this path takes ${verbs.join(", ")}`, details: [] },
  });
  return true;
}

function decodeOnce(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalidField("path", "the path has a broken percent encoding");
  }
}

async function answer(call: RestCall): Promise<void> {
  const { method, rawBody } = call.route;
  const transport = call.transportOf(method.parent);
  const headers = hopHeaders((name) => call.request.headers[name]?.toString());
  if (method.methodKind === "unary") {
    const message = requestMessage(call.route, await jsonRequest(call), call.registry);
    const unary = method as DescMethodUnary;
    const answered = await transport.unary(unary, call.signal, LIMITS.deadlineMsMax, headers, message);
    sendJson(call.response, 200, jsonOf(call, answered.message));
    return;
  }
  const streaming = method as DescMethodStreaming;
  const input =
    method.methodKind === "client_streaming"
      ? rawMessages(call)
      : once(requestMessage(call.route, await jsonRequest(call), call.registry));
  const { message: messages } = await transport.stream(streaming, call.signal, undefined, headers, input);
  if (method.methodKind === "client_streaming") await sendOnly(call, messages);
  else if (rawBody?.responseField) await sendBytes(call, messages, rawBody.responseField);
  else await sendLines(call, messages);
}

const jsonRequest = async (call: RestCall) => ({
  pathValues: call.pathValues,
  query: call.query,
  body: call.route.body === "" ? undefined : parseJson(await readBody(call.request, LIMITS.messageBytesMax)),
});

const jsonOf = (call: RestCall, message: Message): unknown =>
  toJson(call.route.method.output, message, { registry: call.registry, alwaysEmitImplicit: true });

async function* once(message: Message): AsyncIterable<Message> {
  yield message;
}

/** The messages of an upload: one with the fields of path and query, and then the body in pieces. */
async function* rawMessages(call: RestCall): AsyncIterable<Message> {
  const field = call.route.rawBody?.requestField;
  if (!field)
    throw new DomainError(
      "unsupported",
      "STREAM_NEEDS_GRPC",
      `${call.route.method.name} takes a stream of messages: call it over gRPC.`,
    );
  const { pathValues, query } = call;
  yield requestMessage({ ...call.route, body: "" }, { pathValues, query, body: undefined }, call.registry);
  for await (const chunk of call.request as AsyncIterable<Buffer>) {
    for (let at = 0; at < chunk.byteLength; at += LIMITS.chunkBytesMax) {
      yield create(call.route.method.input, { [field]: chunk.subarray(at, at + LIMITS.chunkBytesMax) });
    }
  }
}

async function sendOnly(call: RestCall, messages: AsyncIterable<Message>): Promise<void> {
  for await (const message of messages) {
    sendJson(call.response, 200, jsonOf(call, message));
    return;
  }
}

/** The bytes of a download. Always as an attachment: what a user uploaded must never run in a browser. */
async function sendBytes(call: RestCall, messages: AsyncIterable<Message>, field: string): Promise<void> {
  const head = {
    "content-type": "application/octet-stream",
    "content-disposition": "attachment",
    "content-security-policy": "sandbox",
  };
  for await (const message of messages) {
    if (!call.response.headersSent) call.response.writeHead(200, head);
    const bytes = (message as unknown as Record<string, Uint8Array>)[field] ?? new Uint8Array();
    await write(call, bytes);
  }
  if (!call.response.headersSent) call.response.writeHead(200, head);
  call.response.end();
}

/** A stream of messages as lines of JSON: `{"result": …}` each, and `{"error": …}` last if it fails. */
async function sendLines(call: RestCall, messages: AsyncIterable<Message>): Promise<void> {
  try {
    for await (const message of messages) {
      if (!call.response.headersSent) call.response.writeHead(200, { "content-type": "application/x-ndjson" });
      await write(call, `${JSON.stringify({ result: jsonOf(call, message) })}\n`);
    }
    if (!call.response.headersSent) call.response.writeHead(200, { "content-type": "application/x-ndjson" });
    call.response.end();
  } catch (thrown) {
    if (!call.response.headersSent) throw thrown;
    call.response.end(`${JSON.stringify(errorBody(translate(thrown, () => {})))}\n`);
  }
}

async function write(call: RestCall, piece: Uint8Array | string): Promise<void> {
  if (call.response.write(piece)) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      call.response.off("drain", done);
      call.signal.removeEventListener("abort", done);
      resolve();
    };
    call.response.once("drain", done);
    call.signal.addEventListener("abort", done);
  });
}
