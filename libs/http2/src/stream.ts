import type { HeaderList } from "./hpack/encoder.ts";
import { ERROR, type ErrorCode, StreamError, WINDOW_BYTES_MAX } from "./protocol.ts";
import { ReceiveWindow } from "./receive-window.ts";
import type { RequestHead, RequestHeaders } from "./request-head.ts";
import type { Sender, Waiting } from "./sender.ts";

/** Takes what becomes of a stream. */
export interface StreamTaker {
  /** A piece of the request's body. It counts against what the caller may send until it is given back by `consumed`. */
  data(piece: Buffer): void;
  /** The request is whole. */
  end(): void;
  /** More can be written, after `write` had said otherwise. */
  drained(): void;
  /** The stream is over, well or not, and nothing more goes either way. Called once, and last. */
  closed(): void;
}

/** What a stream needs of its connection. */
export interface StreamHost {
  readonly sender: Sender;
  /** Bytes of the request were dealt with. */
  consumed(bytes: number): void;
  /** So many bytes of an answer wait behind what could not go. */
  waits(bytes: number): void;
  /** The stream is over. */
  closed(stream: ServerStream): void;
  /** The same, and the other side is told why. */
  reset(stream: ServerStream, code: ErrorCode): void;
}

/** Above so much of an answer that waits, whoever writes is asked to wait. */
const QUEUED_BYTES_MAX = 64 * 1024;

const NOTHING = new Uint8Array();

/** One request and its answer. Answers are written whenever it suits; what cannot go yet waits here. */
export class ServerStream implements Waiting {
  readonly id: number;
  readonly headers: RequestHeaders;
  readonly #host: StreamHost;
  readonly #receiveWindow: ReceiveWindow;
  /** Bytes that the body still lacks; undefined if the request did not say. */
  #lackingBytes: number | undefined;
  #unconsumedBytes = 0;
  #sendWindow: number;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #trailers: HeaderList | undefined;
  #isAwaiting = false;
  #wasFull = false;
  /** True once the request is whole. */
  isRequestEnded = false;
  /** True once an answer was begun. */
  isAnswered = false;
  #isEnding = false;
  /** True once nothing more goes either way. */
  isClosed = false;
  taker: StreamTaker | undefined;
  /** Since when nothing of an answer that waits could go; undefined while all goes. */
  stalledSinceMs: number | undefined;

  constructor(host: StreamHost, { id, head, windowBytes }: NewStream) {
    this.#host = host;
    this.id = id;
    this.headers = head.headers;
    this.#lackingBytes = head.contentLength;
    this.#receiveWindow = new ReceiveWindow(windowBytes);
    this.#sendWindow = host.sender.streamWindow;
  }

  /** Bytes of the answer that could not go yet. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Begins the answer, or gives all of it. */
  respond(head: HeaderList, isEnd = false): void {
    if (this.isAnswered || this.isClosed) return;
    this.isAnswered = true;
    this.#host.sender.headers(this.id, head, isEnd);
    if (isEnd) this.#ended();
  }

  /** Adds to the answer. False asks to wait until it is drained. */
  write(bytes: Uint8Array): boolean {
    if (this.isClosed || this.#isEnding) return true;
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.byteLength;
    this.#send();
    if (this.#queuedBytes > 0) this.#host.waits(bytes.byteLength);
    this.#wasFull = this.#queuedBytes > QUEUED_BYTES_MAX;
    return !this.#wasFull;
  }

  /** Ends the answer, with a last piece of it and what stands behind it. */
  end(bytes: Uint8Array = NOTHING, trailers?: HeaderList): void {
    if (this.isClosed || this.#isEnding) return;
    if (bytes.byteLength > 0) {
      this.#queue.push(bytes);
      this.#queuedBytes += bytes.byteLength;
    }
    this.#isEnding = true;
    this.#trailers = trailers;
    this.#send();
    if (!this.isClosed && this.#queuedBytes > 0) this.#host.waits(bytes.byteLength);
  }

  /** Ends the stream at once, and tells the other side why. */
  reset(code: ErrorCode): void {
    if (!this.isClosed) this.#host.reset(this, code);
  }

  /** Gives back bytes of the request that were dealt with, so that the caller sends more. */
  consumed(bytes: number): void {
    if (this.isClosed) return;
    this.#unconsumedBytes -= bytes;
    this.#host.consumed(bytes);
    const told = this.#receiveWindow.give(bytes);
    if (told > 0 && !this.isRequestEnded) this.#host.sender.frames.windowUpdate(this.id, told);
  }

  /** The connection's: a frame of the body came. `bytes` is its length on the wire, which also counts padding. */
  take(payload: Buffer, bytes: number): void {
    if (!this.#receiveWindow.take(bytes))
      throw new StreamError(this.id, ERROR.flowControl, "more came than the window allows");
    if (this.#lackingBytes !== undefined) this.#lackingBytes -= payload.byteLength;
    this.#unconsumedBytes += bytes;
    if (bytes > payload.byteLength) this.consumed(bytes - payload.byteLength);
    if (payload.byteLength > 0) this.taker?.data(payload);
  }

  /** The connection's: the request is whole. */
  endRequest(): void {
    if (this.#lackingBytes !== undefined && this.#lackingBytes !== 0)
      throw new StreamError(this.id, ERROR.protocol, "the body is not as long as content-length says");
    this.isRequestEnded = true;
    this.taker?.end();
  }

  /** The connection's: nothing more goes either way. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#queue = [];
    this.#queuedBytes = 0;
    if (this.#isAwaiting) this.#host.sender.forget(this);
    if (this.#unconsumedBytes > 0) this.#host.consumed(this.#unconsumedBytes);
    const { taker } = this;
    this.taker = undefined;
    taker?.closed();
  }

  /** The connection's: the other side takes more, or less if negative. */
  widen(bytes: number): void {
    if (this.#sendWindow + bytes > WINDOW_BYTES_MAX)
      throw new StreamError(this.id, ERROR.flowControl, "the window of the stream is beyond its limit");
    this.#sendWindow += bytes;
    if (bytes > 0) this.#send();
  }

  /** The sender's: the connection has room for a frame. */
  goOn(): void {
    this.#isAwaiting = false;
    this.#send(1);
  }

  /** Sends as much of the answer as may go now, in so many frames at the most. */
  #send(framesMax = Number.POSITIVE_INFINITY): void {
    if (this.#isAwaiting) return;
    for (let left = framesMax; !this.isClosed && this.#queue.length > 0; left--) {
      const room = Math.min(this.#host.sender.room(), this.#sendWindow);
      if (room <= 0 || left === 0) {
        this.stalledSinceMs ??= performance.now();
        this.#await();
        return;
      }
      this.stalledSinceMs = undefined;
      this.#sendPiece(room);
    }
    if (this.isClosed) return;
    if (this.#isEnding) this.#sendEnd();
    else if (this.#wasFull) {
      this.#wasFull = false;
      this.taker?.drained();
    }
  }

  #sendPiece(room: number): void {
    const piece = this.#queue[0] as Uint8Array;
    const sent = piece.byteLength <= room ? piece : piece.subarray(0, room);
    if (sent === piece) this.#queue.shift();
    else this.#queue[0] = piece.subarray(room);
    this.#queuedBytes -= sent.byteLength;
    this.#sendWindow -= sent.byteLength;
    const isEnd = this.#isEnding && !this.#trailers && this.#queue.length === 0;
    this.#host.sender.data(this.id, sent, isEnd);
    if (isEnd) this.#ended();
  }

  #sendEnd(): void {
    if (this.#trailers) this.#host.sender.headers(this.id, this.#trailers, true);
    else this.#host.sender.data(this.id, NOTHING, true);
    this.#ended();
  }

  /** Waits for the connection. For the window of the stream itself nobody has to be asked: `widen` goes on. */
  #await(): void {
    if (this.#sendWindow <= 0) return;
    this.#isAwaiting = true;
    this.#host.sender.await(this);
  }

  #ended(): void {
    this.#isEnding = true;
    // Who still sends a request that is answered is asked to stop (RFC 9113, section 8.1).
    if (this.isRequestEnded) this.#host.closed(this);
    else this.#host.reset(this, ERROR.none);
  }
}

export interface NewStream {
  readonly id: number;
  readonly head: RequestHead;
  readonly windowBytes: number;
}
