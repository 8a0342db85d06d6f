import type { ServerResponse } from "node:http";
import { create, type DescMethodStreaming, type Message } from "@bufbuild/protobuf";
import { DomainError, LIMITS } from "@throughline/kernel";
import { translate } from "@throughline/rpc";
import { checkEncoding, piecesOf } from "./body.ts";
import { errorBody } from "./http-error.ts";
import { answerJson } from "./json-answer.ts";
import { requestMessage } from "./request-message.ts";
import { jsonOf, type RestCall } from "./rest-call.ts";

/** A call whose request message stands. */
export interface WithMessage extends RestCall {
  readonly message: Message;
}

/** Takes a body of bytes as a stream of messages, and answers with the one message that comes back. */
export async function answerUpload(call: RestCall): Promise<void> {
  for await (const message of await openStream(call, uploadMessages(call))) {
    answerJson(call.response, jsonOf(call, message));
    return;
  }
  throw new Error(`${call.route.method.name} answered nothing`);
}

/** The messages of an upload: one with the fields of path and query, and then the body in pieces. */
async function* uploadMessages(call: RestCall): AsyncIterable<Message> {
  const { pathValues, query, route, registry } = call;
  const field = route.rawBody?.requestField;
  if (!field)
    throw new DomainError(
      "unsupported",
      "STREAM_NEEDS_GRPC",
      `${route.method.name} takes a stream of messages: call it over gRPC.`,
    );
  checkEncoding(call.request);
  yield requestMessage({ ...route, body: "" }, { pathValues, query, body: undefined }, registry);
  for await (const piece of piecesOf(call.request)) {
    for (let at = 0; at < piece.byteLength; at += LIMITS.chunkBytesMax)
      yield create(route.method.input, { [field]: piece.subarray(at, at + LIMITS.chunkBytesMax) });
  }
}

/** How long a stream may be silent before its caller is told that it is open. A refusal comes sooner, with a status of its own. */
const SILENCE_MS_MAX = 1_000;

/** A stream of messages as lines of JSON: `{"result": …}` each, and `{"error": …}` last if it fails. */
export async function answerLines(call: WithMessage): Promise<void> {
  const { response, signal } = call;
  const begin = (): void => {
    if (!response.headersSent)
      response.writeHead(200, { "content-type": "application/x-ndjson", "cache-control": "no-store" });
  };
  const opened = setTimeout(() => {
    begin();
    response.flushHeaders();
  }, SILENCE_MS_MAX);
  const idle = setTimeout(() => call.abort(streamIdle(call.limits.streamIdleMsMax)), call.limits.streamIdleMsMax);
  try {
    for await (const message of await openStream(call, once(call.message))) {
      idle.refresh();
      begin();
      await writePiece(call, `{"result":${jsonOf(call, message)}}\n`);
    }
    begin();
    response.end();
  } catch (thrown) {
    if (!response.headersSent) throw thrown;
    const error = translate(signal.aborted ? signal.reason : thrown, () => {});
    response.end(`${JSON.stringify(errorBody(error))}\n`);
  } finally {
    clearTimeout(opened);
    clearTimeout(idle);
  }
}

/** The bytes of a download, behind the given head. */
export async function sendBytes(call: WithMessage, writeHead: () => void): Promise<void> {
  const field = call.route.rawBody?.responseField ?? "";
  for await (const message of await openStream(call, once(call.message))) {
    // Not before the first bytes: until then a failure still has an answer of its own.
    if (!call.response.headersSent) writeHead();
    await writePiece(call, (message as unknown as Record<string, Uint8Array>)[field] ?? new Uint8Array());
  }
  if (!call.response.headersSent) writeHead();
  call.response.end();
}

async function openStream(call: RestCall, input: AsyncIterable<Message>): Promise<AsyncIterable<Message>> {
  const { method } = call.route;
  const transport = call.transportOf(method.parent);
  const stream = await transport.stream(method as DescMethodStreaming, call.signal, undefined, call.headers, input);
  return stream.message;
}

async function* once(message: Message): AsyncIterable<Message> {
  yield message;
}

/** Writes a piece of an answer, and waits until the caller takes more. Fails with the reason of the signal. */
export async function writePiece(
  { response, signal }: Pick<RestCall, "response" | "signal">,
  piece: Uint8Array | string,
): Promise<void> {
  if (!response.write(piece)) await drained(response, signal);
  signal.throwIfAborted();
}

/** Waits until the caller takes more, or the call is to end. */
function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    response.once("drain", done);
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}

const streamIdle = (idleMs: number): DomainError =>
  new DomainError("deadline", "STREAM_IDLE", `Nothing happened for ${idleMs} ms. Call again to go on watching.`);
