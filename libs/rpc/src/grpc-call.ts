import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { constants } from "node:http2";
import { Code, ConnectError } from "@connectrpc/connect";
import { LIMITS, type Member } from "@throughline/kernel";
import { wentAway } from "./call-context.ts";
import { translate } from "./errors.ts";
import { GrpcContext } from "./grpc-context.ts";
import {
  ACCEPTED_ENCODINGS,
  decompressed,
  FRAME_HEAD_BYTES,
  type FrameReader,
  frameReader,
  type GrpcFrame,
  tooLarge,
} from "./grpc-frames.ts";
import type { ServedMethod } from "./grpc-methods.ts";
import { timeoutMsOf, trailersOf } from "./grpc-status.ts";
import { ownStream, type StreamOwner, sendTrailersOfOwner } from "./grpc-stream.ts";
import { overloaded } from "./load-gate.ts";

const HEAD: OutgoingHttpHeaders = {
  ":status": 200,
  "content-type": "application/grpc+proto",
  "grpc-accept-encoding": ACCEPTED_ENCODINGS,
};
/** Headers as names and values in turn, which take a sixth less than as an object. */
const listOf = (headers: OutgoingHttpHeaders): readonly string[] =>
  Object.entries(headers).flatMap(([name, value]) => [name, String(value)]);
const HEAD_LIST = listOf(HEAD);
const WITH_TRAILERS = { waitForTrailers: true, sendDate: false };
const WITHOUT_BODY = { endStream: true, sendDate: false };
const WELL: OutgoingHttpHeaders = { "grpc-status": "0" };
const TIMEOUT_MS_MAX = 2 ** 31 - 1;
/** A message from so many bytes on is written beside its head; below, a copy is cheaper than another frame. */
const COPIED_BYTES_MAX = 32 * 1024;

/** One call on a stream of HTTP/2: how it is read and answered, whatever its kind. It is answered once, and then over. */
export class GrpcCall implements Member, StreamOwner {
  readonly context: GrpcContext;
  readonly served: ServedMethod;
  readonly stream: ServerHttp2Stream;
  readonly beganAtMs = performance.now();
  place = -1;
  readonly #encoding: string;
  /** Sent behind the answer. */
  trailers = WELL;
  /** Called when the stream has closed. */
  atClose: (() => void) | undefined;
  #isOver = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(served: ServedMethod, stream: ServerHttp2Stream, headers: IncomingHttpHeaders) {
    this.served = served;
    this.stream = stream;
    const { method } = served;
    const timeout = headers["grpc-timeout"];
    const timeoutMs = timeout === undefined ? undefined : timeoutMsOf(String(timeout));
    const deadline = timeoutMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + timeoutMs;
    const limitMs = method.methodKind === "unary" ? LIMITS.deadlineMsMax : 0;
    this.context = new GrpcContext({ method, headers, deadline }, limitMs);
    ownStream(stream, this);
    this.#encoding = String(headers["grpc-encoding"] ?? "identity");
    if (timeout !== undefined) this.#endAt(timeoutMs);
  }

  /** True once it was answered, or its caller is gone. */
  get isOver(): boolean {
    return this.#isOver || this.stream.destroyed || this.stream.closed || this.stream.aborted;
  }

  /** Answers with one message. Fails if it cannot be encoded. */
  answer(response: unknown): void {
    if (this.isOver) return;
    const bytes = this.#encoded(response);
    this.#begin();
    this.#endWell();
    if (bytes.length === 1) this.stream.end(bytes[0]);
    else {
      for (const it of bytes) this.stream.write(it);
      this.stream.end();
    }
  }

  /** Writes one of many messages. False if the stream asks to wait until it is drained. */
  write(response: unknown): boolean {
    if (this.isOver) return true;
    const bytes = this.#encoded(response);
    this.#begin();
    return bytes.reduce((_, it) => this.stream.write(it), true);
  }

  /** Ends an answer of many messages. */
  end(): void {
    if (this.isOver) return;
    this.#begin();
    this.#endWell();
    this.stream.end();
  }

  closed(): void {
    this.context.closed();
    this.atClose?.();
  }

  fail(thrown: unknown): void {
    if (this.isOver) return;
    this.#over();
    const trailers = trailersOf(thrown);
    if (this.stream.headersSent) {
      this.trailers = trailers;
      this.stream.end();
    } else this.stream.respond({ ...HEAD, ...trailers }, WITHOUT_BODY);
    discardRest(this.stream);
  }

  reader(): FrameReader {
    return frameReader(this.served.bytesMax);
  }

  /** The message in a frame; at once, but for a compressed one. Fails for what cannot be read. */
  decoded(frame: GrpcFrame): unknown {
    if (!frame.isCompressed) return this.#decode(frame.bytes);
    return decompressed(frame.bytes, this.#encoding, this.served.bytesMax).then((it) => this.#decode(it));
  }

  /** The messages as they come. */
  async *messages(): AsyncIterable<unknown> {
    const reader = this.reader();
    try {
      // By default the end of the iteration destroys the stream, and with it the answers that are still to be written.
      for await (const piece of this.stream.iterator({ destroyOnReturn: false })) {
        reader.add(piece as Buffer);
        for (let frame = reader.next(); frame; frame = reader.next()) yield await this.decoded(frame);
      }
    } catch (thrown) {
      throw this.stream.aborted || this.stream.destroyed ? wentAway() : thrown;
    }
    if (reader.leftBytes() > 0) throw unreadable("it ends within a message");
  }

  #decode(bytes: Buffer): unknown {
    try {
      return this.served.decode(bytes);
    } catch (cause) {
      throw unreadable(cause instanceof Error ? cause.message : String(cause));
    }
  }

  #encode(response: unknown): Uint8Array {
    try {
      return this.served.encode(response);
    } catch (cause) {
      throw new ConnectError("internal error", Code.Internal, undefined, undefined, cause);
    }
  }

  /** A message with its head, as it goes out. */
  #encoded(response: unknown): readonly Uint8Array[] {
    const bytes = this.#encode(response);
    if (bytes.byteLength > LIMITS.inferenceMessageBytesMax)
      throw tooLarge(`the answer has ${bytes.byteLength} bytes`, LIMITS.inferenceMessageBytesMax);
    const isCopied = bytes.byteLength <= COPIED_BYTES_MAX;
    const head = Buffer.allocUnsafe(FRAME_HEAD_BYTES + (isCopied ? bytes.byteLength : 0));
    head[0] = 0;
    head.writeUInt32BE(bytes.byteLength, 1);
    if (!isCopied) return [head, bytes];
    head.set(bytes, FRAME_HEAD_BYTES);
    return [head];
  }
  #begin(): void {
    if (this.stream.headersSent) return;
    this.stream.respond(HEAD_LIST, WITH_TRAILERS);
    sendTrailersOfOwner(this.stream);
  }
  #endWell(): void {
    this.#over();
    const set = this.context.trailers;
    if (set) this.trailers = { ...Object.fromEntries(set), ...WELL };
    discardRest(this.stream);
  }
  #over(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.context.end();
  }
  #endAt(timeoutMs: number | undefined): void {
    if (timeoutMs === undefined) {
      this.fail(new ConnectError("the header grpc-timeout is no time", Code.InvalidArgument));
      return;
    }
    const expire = (): void => {
      this.context.expire();
      this.fail(new ConnectError("the deadline has passed", Code.DeadlineExceeded));
    };
    this.#timer = setTimeout(expire, Math.min(timeoutMs, TIMEOUT_MS_MAX));
  }
}

export const unreadable = (why: string): ConnectError =>
  new ConnectError(`the request cannot be read: ${why}`, Code.InvalidArgument);

/** Reads away what a caller still sends after its answer, and tells it to stop. */
function discardRest(stream: ServerHttp2Stream): void {
  if (stream.readableEnded) return;
  stream.resume();
  stream.once("finish", () => {
    if (!stream.readableEnded && !stream.destroyed) setImmediate(() => stream.close(constants.NGHTTP2_NO_ERROR));
  });
}

/** Answers a stream that is no call of ours. */
export function refuse(stream: ServerHttp2Stream, thrown: ConnectError): void {
  stream.respond({ ...HEAD, ...trailersOf(thrown) }, WITHOUT_BODY);
  discardRest(stream);
}

/** The whole answers of refused calls, by when to come again: there are few, and a refusal must cost as little as it can. */
const turnedAway = new Map<number, readonly string[]>();

/** Answers a call that is not let in, without a look at what it asks for. */
export function turnAway(stream: ServerHttp2Stream, retryMs: number): void {
  let head = turnedAway.get(retryMs);
  if (head === undefined) {
    head = listOf({ ...HEAD, ...trailersOf(translate(overloaded(retryMs), () => {})) });
    turnedAway.set(retryMs, head);
  }
  stream.respond(head, WITHOUT_BODY);
  discardRest(stream);
}
