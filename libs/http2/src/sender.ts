import type { Socket } from "node:net";
import { FrameWriter } from "./frame-writer.ts";
import { HeaderEncoder, type HeaderList } from "./hpack/encoder.ts";
import { ConnectionError, ERROR, WINDOW_BYTES_DEFAULT, WINDOW_BYTES_MAX } from "./protocol.ts";
import type { WholeAnswer } from "./whole-answer.ts";

/** Bodies wait in their streams while so much has not been taken by the system. */
const WAITING_BYTES_MAX = 1024 * 1024;
/** Whoever lets so much of our answers to pings, settings and faults lie around does not read at all. */
const UNREAD_BYTES_MAX = 4 * WAITING_BYTES_MAX;

/** A stream with a body to send. */
export interface Waiting {
  /** Sends the next frame, and waits again if there is more. */
  goOn(): void;
}

/** The sending side of a connection: its frames, its table of headers, and the window that all of its streams share. */
export class Sender {
  readonly frames: FrameWriter;
  readonly #encoder = new HeaderEncoder();
  #window = WINDOW_BYTES_DEFAULT;
  /** Of each new stream, as the other side has set it. */
  streamWindow = WINDOW_BYTES_DEFAULT;
  #waiting: Waiting[] = [];

  constructor(socket: Socket) {
    this.frames = new FrameWriter(socket);
  }

  headers(stream: number, list: HeaderList, isEnd: boolean): void {
    this.frames.headers(stream, this.#encoder.encode(list), isEnd);
  }

  /** All of an answer. Who still sends the request is asked to stop. */
  whole(stream: number, answer: WholeAnswer, isRequestEnded: boolean): void {
    if (this.#encoder.isResized) {
      this.headers(stream, answer.list, true);
      if (!isRequestEnded) this.frames.rstStream(stream, ERROR.none);
    } else this.frames.whole(stream, answer, !isRequestEnded);
  }

  /** How many bytes of a body may go in one frame, as far as the connection is concerned. */
  room(): number {
    if (this.#window <= 0 || this.frames.waitingBytes > WAITING_BYTES_MAX) return 0;
    // No frame is so long that it alone would look as if nobody read.
    return Math.min(this.#window, this.frames.frameBytesMax, WAITING_BYTES_MAX);
  }

  /** `payload` is not more than `room` gave. */
  data(stream: number, payload: Uint8Array, isEnd: boolean): void {
    this.#window -= payload.byteLength;
    this.frames.data(stream, payload, isEnd);
  }

  /** Lets a stream go on when there is room again. Each is here once at the most. */
  await(stream: Waiting): void {
    this.#waiting.push(stream);
  }

  /** A stream that waits is over. */
  forget(stream: Waiting): void {
    this.#waiting = this.#waiting.filter((it) => it !== stream);
  }

  /** There may be room again. Those that wait take turns, a frame each: a long answer does not keep the others waiting. */
  goOn(): void {
    while (this.room() > 0) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      next.goOn();
    }
  }

  /** The other side takes more. */
  widen(bytes: number): void {
    if (this.#window + bytes > WINDOW_BYTES_MAX)
      throw new ConnectionError(ERROR.flowControl, "the window of the connection is beyond its limit");
    this.#window += bytes;
    this.goOn();
  }

  /** The other side's table of headers has so many bytes. */
  setTableBytesMax(bytes: number): void {
    this.#encoder.setTableBytesMax(bytes);
  }

  /** Fails if the other side makes us talk, and does not listen. */
  checkIsRead(): void {
    if (this.frames.waitingBytes > UNREAD_BYTES_MAX)
      throw new ConnectionError(ERROR.enhanceYourCalm, "what is said is not read");
  }
}
