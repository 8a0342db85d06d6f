import type { Socket } from "node:net";
import { Outbox } from "./outbox.ts";
import { FLAG, FRAME, FRAME_BYTES_MAX, FRAME_HEAD_BYTES } from "./protocol.ts";
import type { WholeAnswer } from "./whole-answer.ts";

/** A payload from so many bytes on is sent as it stands; below, a copy is cheaper than another piece. */
const COPIED_BYTES_MAX = 4_096;

/** Writes frames into the outbox of a connection. */
export class FrameWriter {
  readonly #outbox: Outbox;
  /** The largest payload that the other side takes. */
  frameBytesMax = FRAME_BYTES_MAX;

  constructor(socket: Socket) {
    this.#outbox = new Outbox(socket);
  }

  get waitingBytes(): number {
    return this.#outbox.waitingBytes;
  }
  send(): void {
    this.#outbox.send();
  }

  /** Settings by their numbers. */
  settings(settings: ReadonlyMap<number, number>): void {
    let at = this.#head({ type: FRAME.settings, flags: 0, stream: 0, length: 6 * settings.size }, 6 * settings.size);
    for (const [id, value] of settings) {
      this.#outbox.chunk.writeUInt16BE(id, at);
      this.#outbox.chunk.writeUInt32BE(value, at + 2);
      at += 6;
    }
  }
  settingsAck(): void {
    this.#head({ type: FRAME.settings, flags: FLAG.ack, stream: 0, length: 0 }, 0);
  }
  /** `data` has 8 bytes. */
  ping(flags: number, data: Uint8Array): void {
    this.#copied(data, { type: FRAME.ping, flags, stream: 0 });
  }
  goaway(lastStream: number, code: number): void {
    const at = this.#head({ type: FRAME.goaway, flags: 0, stream: 0, length: 8 }, 8);
    this.#outbox.chunk.writeUInt32BE(lastStream, at);
    this.#outbox.chunk.writeUInt32BE(code, at + 4);
  }
  windowUpdate(stream: number, bytes: number): void {
    this.#number(bytes, { type: FRAME.windowUpdate, flags: 0, stream });
  }
  rstStream(stream: number, code: number): void {
    this.#number(code, { type: FRAME.rstStream, flags: 0, stream });
  }

  /** A block of headers, in as many frames as the other side wants. */
  headers(stream: number, block: Buffer, isEnd: boolean): void {
    const end = isEnd ? FLAG.endStream : 0;
    if (block.byteLength <= this.frameBytesMax) {
      this.#copied(block, { type: FRAME.headers, flags: end | FLAG.endHeaders, stream });
      return;
    }
    for (let at = 0; at < block.byteLength; at += this.frameBytesMax) {
      const payload = block.subarray(at, at + this.frameBytesMax);
      const flags = (at === 0 ? end : 0) | (at + payload.byteLength === block.byteLength ? FLAG.endHeaders : 0);
      this.#copied(payload, { type: at === 0 ? FRAME.headers : FRAME.continuation, flags, stream });
    }
  }

  /** A piece of a body, of at most `frameBytesMax`. */
  data(stream: number, payload: Uint8Array, isEnd: boolean): void {
    const flags = isEnd ? FLAG.endStream : 0;
    if (payload.byteLength < COPIED_BYTES_MAX) {
      this.#copied(payload, { type: FRAME.data, flags, stream });
      return;
    }
    this.#head({ type: FRAME.data, flags, stream, length: payload.byteLength }, 0);
    this.#outbox.attach(payload);
  }

  /** All of an answer, and whether who asked is to stop sending. */
  whole(stream: number, { frames, headersBytes }: WholeAnswer, isStopped: boolean): void {
    const bytes = isStopped ? frames.byteLength : headersBytes;
    const at = this.#outbox.reserve(bytes);
    const { chunk } = this.#outbox;
    chunk.set(isStopped ? frames : frames.subarray(0, headersBytes), at);
    chunk.writeUInt32BE(stream, at + 5);
    if (isStopped) chunk.writeUInt32BE(stream, at + headersBytes + 5);
  }

  #copied(payload: Uint8Array, { type, flags, stream }: Marks): void {
    const length = payload.byteLength;
    const at = this.#head({ type, flags, stream, length }, length);
    this.#outbox.chunk.set(payload, at);
  }
  #number(value: number, { type, flags, stream }: Marks): void {
    const at = this.#head({ type, flags, stream, length: 4 }, 4);
    this.#outbox.chunk.writeUInt32BE(value, at);
  }
  /** Writes a frame's head with so much room behind it, and gives where that begins. */
  #head({ type, flags, stream, length }: FrameHead, room: number): number {
    const at = this.#outbox.reserve(FRAME_HEAD_BYTES + room);
    const { chunk } = this.#outbox;
    chunk[at] = length >>> 16;
    chunk[at + 1] = length >>> 8;
    chunk[at + 2] = length;
    chunk[at + 3] = type;
    chunk[at + 4] = flags;
    chunk.writeUInt32BE(stream, at + 5);
    return at + FRAME_HEAD_BYTES;
  }
}

/** What a frame is, but for its payload. */
interface Marks {
  readonly type: number;
  readonly flags: number;
  /** 0: the connection itself. */
  readonly stream: number;
}

interface FrameHead extends Marks {
  /** Bytes of the payload. */
  readonly length: number;
}
