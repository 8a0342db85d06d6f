import { Code, ConnectError } from "@connectrpc/connect";
import type { HeaderList, ServerStream, StreamTaker } from "@throughline/http2";
import { LIMITS, type Member } from "@throughline/kernel";
import { ENDED, wentAway } from "./call-context.ts";
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
import { GrpcPieces } from "./grpc-pieces.ts";
import { timeoutMsOf, trailersOf } from "./grpc-status.ts";
import type { LoadGate } from "./load-gate.ts";

/** Of every answer: the caller's table of headers has them from the first one on. */
export const HEAD: HeaderList = [
  { name: ":status", value: "200" },
  { name: "content-type", value: "application/grpc+proto", isRemembered: true },
  { name: "grpc-accept-encoding", value: ACCEPTED_ENCODINGS, isRemembered: true },
];
const WELL: HeaderList = [{ name: "grpc-status", value: "0", isRemembered: true }];
const TIMEOUT_MS_MAX = 2 ** 31 - 1;
/** A message from so many bytes on is written beside its head; below, a copy is cheaper than another piece. */
const COPIED_BYTES_MAX = 32 * 1024;

/** Takes a request as it comes. */
export interface RequestTaker {
  add(piece: Buffer): void;
  end(): void;
  /** Nothing more comes: the caller has gone, or the call has ended. */
  fail(failure: Error): void;
}

/** One call on a stream of HTTP/2: how it is read and answered, whatever its kind. It is answered once, and then over. */
export class GrpcCall implements Member, StreamTaker {
  readonly context: GrpcContext;
  readonly served: ServedMethod;
  readonly beganAtMs = performance.now();
  place = -1;
  /** Who takes the request, which comes only afterwards. */
  request: RequestTaker | undefined;
  readonly #stream: ServerStream;
  /** The door that the call came through, until it has left. */
  #gate: LoadGate | undefined;
  /** True once somebody works on the answer. */
  #isAtWork = false;
  readonly #encoding: string;
  #isOver = false;
  #timer: NodeJS.Timeout | undefined;
  #drain: (() => void) | undefined;

  constructor(served: ServedMethod, stream: ServerStream, gate?: LoadGate) {
    this.served = served;
    this.#stream = stream;
    this.#gate = gate;
    const { method } = served;
    const { headers } = stream;
    const timeout = headers["grpc-timeout"];
    const timeoutMs = timeout === undefined ? undefined : timeoutMsOf(timeout);
    const deadline = timeoutMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + timeoutMs;
    const limitMs = method.methodKind === "unary" ? LIMITS.deadlineMsMax : 0;
    this.context = new GrpcContext({ method, headers, deadline }, limitMs);
    this.#encoding = headers["grpc-encoding"] ?? "identity";
    stream.taker = this;
    if (timeout !== undefined) this.#endAt(timeoutMs);
  }

  /** True once it was answered, or its caller is gone. */
  get isOver(): boolean {
    return this.#isOver || this.#stream.isClosed;
  }

  /** The stream's: a piece of the request. */
  data(piece: Buffer): void {
    if (this.request) this.request.add(piece);
    else this.consumed(piece);
  }
  /** The stream's: the request is whole. */
  end(): void {
    this.request?.end();
  }
  /** The stream's: it takes more of the answer. */
  drained(): void {
    const drain = this.#drain;
    this.#drain = undefined;
    drain?.();
  }
  /** The stream's: nothing more goes either way. */
  closed(): void {
    if (!this.#isAtWork) this.#leave();
    this.context.closed();
    this.request?.fail(this.#isOver ? ENDED : wentAway());
    this.#over();
  }

  /** The call was let in by a door that it had waited at. */
  entered(gate: LoadGate): void {
    this.#gate = gate;
  }

  /** A piece of the request was dealt with: the caller may send more. */
  readonly consumed = (piece: Buffer): void => this.#stream.consumed(piece.byteLength);

  /**
   * The work on the answer begins, and `workEnds` when it ends: until then the call counts at its door, also if its caller has gone, and no longer, however
   * slowly the answer is read.
   */
  workBegins(): void {
    this.#isAtWork = true;
  }
  workEnds(): void {
    this.#leave();
  }

  /** Answers with one message. Fails if it cannot be encoded. */
  answer(response: unknown): void {
    if (this.isOver) return;
    const pieces = this.#encoded(response);
    this.#begin();
    for (const it of pieces) this.#stream.write(it);
    this.#endWell();
  }

  /** Writes one of many messages. False asks to wait until more goes. */
  write(response: unknown): boolean {
    if (this.isOver) return true;
    const pieces = this.#encoded(response);
    this.#begin();
    return pieces.reduce((_, it) => this.#stream.write(it), true);
  }
  /** Resolves when more of the answer can be written, or the call has ended. */
  whenDrained(): Promise<void> {
    return new Promise((resolve) => {
      if (this.isOver) resolve();
      else this.#drain = resolve;
    });
  }
  /** Ends an answer of many messages. */
  finish(): void {
    if (this.isOver) return;
    this.#begin();
    this.#endWell();
  }

  fail(thrown: unknown): void {
    if (this.isOver) return;
    this.#over();
    const trailers = trailersOf(thrown);
    if (this.#stream.isAnswered) this.#stream.end(undefined, trailers);
    else this.#stream.respond([...HEAD, ...trailers], true);
  }

  reader(): FrameReader {
    return frameReader(this.served.bytesMax);
  }

  /** The message in a frame; at once, but for a compressed one. Fails for what cannot be read. */
  decoded(frame: GrpcFrame): unknown {
    if (!frame.isCompressed) return this.#decode(frame.bytes);
    return decompressed(frame.bytes, this.#encoding, this.served.bytesMax).then((it) => this.#decode(it));
  }

  /** The messages as they come, from now on. */
  messages(): AsyncIterable<unknown> {
    const pieces = new GrpcPieces(this.consumed);
    this.request = pieces;
    return this.#messagesOf(pieces);
  }

  async *#messagesOf(pieces: AsyncIterable<Buffer>): AsyncIterable<unknown> {
    const reader = this.reader();
    for await (const piece of pieces) {
      reader.add(piece);
      for (let frame = reader.next(); frame; frame = reader.next()) yield await this.decoded(frame);
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
    if (!this.#stream.isAnswered) this.#stream.respond(HEAD);
  }
  #endWell(): void {
    this.#over();
    const set = this.context.trailers;
    const trailers = set ? [...Array.from(set, ([name, value]) => ({ name, value })), ...WELL] : WELL;
    this.#stream.end(undefined, trailers);
  }
  #leave(): void {
    this.#gate?.leave();
    this.#gate = undefined;
  }
  #over(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.context.end();
    // Who waits to write more need not: nothing more is written, even if nobody ever reads what was.
    this.drained();
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
