import { ConnectionError, ERROR, FRAME_BYTES_MAX, FRAME_HEAD_BYTES } from "./protocol.ts";

/** A frame as it came. Its payload is a view of what was read, and nobody else's. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  /** 0: the connection itself. */
  readonly stream: number;
  readonly payload: Buffer;
}

/** Takes frames one by one. May throw, which ends the reading. */
export type FrameTaker = (frame: Frame) => void;

/** Cuts what a connection says into frames. A frame that lies in one read is a view of it; only one that lies across two is copied. */
export class FrameSplitter {
  readonly #take: FrameTaker;
  /** The beginning of a frame whose rest has not come. */
  #begun: Buffer[] = [];
  #begunBytes = 0;
  /** Bytes of that frame, as soon as they are known. */
  #wholeBytes: number | undefined;

  constructor(take: FrameTaker) {
    this.#take = take;
  }

  /** Fails with FRAME_SIZE_ERROR for a frame above the limit, as soon as its length is known. */
  add(piece: Buffer): void {
    const bytes = this.#begunBytes === 0 ? piece : this.#goOn(piece);
    let at = 0;
    while (bytes.byteLength - at >= FRAME_HEAD_BYTES) {
      const whole = FRAME_HEAD_BYTES + payloadBytes(bytes, at);
      if (bytes.byteLength - at < whole) {
        this.#wholeBytes = whole;
        break;
      }
      this.#give(bytes, at, whole);
      at += whole;
    }
    if (bytes.byteLength > at) {
      this.#begun.push(bytes.subarray(at));
      this.#begunBytes += bytes.byteLength - at;
    }
  }

  /** Ends the frame that was begun, if the piece is long enough, and gives what is left of the piece. */
  #goOn(piece: Buffer): Buffer {
    let rest = piece;
    if (this.#wholeBytes === undefined) {
      rest = this.#fill(rest, FRAME_HEAD_BYTES);
      if (this.#begunBytes < FRAME_HEAD_BYTES) return rest;
      this.#wholeBytes = FRAME_HEAD_BYTES + payloadBytes(Buffer.concat(this.#begun), 0);
    }
    const whole = this.#wholeBytes;
    rest = this.#fill(rest, whole);
    if (this.#begunBytes < whole) return rest;
    const frame = Buffer.concat(this.#begun, whole);
    this.#begun = [];
    this.#begunBytes = 0;
    this.#wholeBytes = undefined;
    this.#give(frame, 0, whole);
    return rest;
  }

  /** Takes as much of a piece as the frame lacks until it has so many bytes. */
  #fill(piece: Buffer, untilBytes: number): Buffer {
    const taken = piece.subarray(0, Math.max(untilBytes - this.#begunBytes, 0));
    if (taken.byteLength > 0) this.#begun.push(taken);
    this.#begunBytes += taken.byteLength;
    return piece.subarray(taken.byteLength);
  }

  #give(bytes: Buffer, at: number, whole: number): void {
    this.#take({
      type: bytes[at + 3] as number,
      flags: bytes[at + 4] as number,
      stream: bytes.readUInt32BE(at + 5) & 0x7fff_ffff,
      payload: bytes.subarray(at + FRAME_HEAD_BYTES, at + whole),
    });
  }
}

function payloadBytes(bytes: Buffer, at: number): number {
  const length = ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
  if (length > FRAME_BYTES_MAX)
    throw new ConnectionError(ERROR.frameSize, `a frame has ${length} bytes: at most ${FRAME_BYTES_MAX} are taken`);
  return length;
}
