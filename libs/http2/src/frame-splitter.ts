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
    let rest = this.#begunBytes === 0 ? piece : this.#goOn(piece);
    while (rest.byteLength >= FRAME_HEAD_BYTES) {
      const whole = FRAME_HEAD_BYTES + payloadBytes(rest);
      if (rest.byteLength < whole) {
        this.#wholeBytes = whole;
        break;
      }
      this.#give(rest, whole);
      rest = rest.subarray(whole);
    }
    if (rest.byteLength > 0) {
      this.#begun.push(rest);
      this.#begunBytes += rest.byteLength;
    }
  }

  /** Ends the frame that was begun, if the piece is long enough, and gives what is left of the piece. */
  #goOn(piece: Buffer): Buffer {
    let rest = piece;
    if (this.#wholeBytes === undefined) {
      rest = this.#fill(rest, FRAME_HEAD_BYTES);
      if (this.#begunBytes < FRAME_HEAD_BYTES) return rest;
      this.#wholeBytes = FRAME_HEAD_BYTES + payloadBytes(Buffer.concat(this.#begun));
    }
    const whole = this.#wholeBytes;
    rest = this.#fill(rest, whole);
    if (this.#begunBytes < whole) return rest;
    const frame = Buffer.concat(this.#begun, whole);
    this.#begun = [];
    this.#begunBytes = 0;
    this.#wholeBytes = undefined;
    this.#give(frame, whole);
    return rest;
  }

  /** Takes as much of a piece as the frame lacks until it has so many bytes. */
  #fill(piece: Buffer, untilBytes: number): Buffer {
    const taken = piece.subarray(0, Math.max(untilBytes - this.#begunBytes, 0));
    if (taken.byteLength > 0) this.#begun.push(taken);
    this.#begunBytes += taken.byteLength;
    return piece.subarray(taken.byteLength);
  }

  #give(bytes: Buffer, whole: number): void {
    this.#take({
      type: bytes[3] as number,
      flags: bytes[4] as number,
      stream: bytes.readUInt32BE(5) & 0x7fff_ffff,
      payload: bytes.subarray(FRAME_HEAD_BYTES, whole),
    });
  }
}

function payloadBytes(head: Buffer): number {
  const length = head.readUIntBE(0, 3);
  if (length > FRAME_BYTES_MAX)
    throw new ConnectionError(ERROR.frameSize, `a frame has ${length} bytes: at most ${FRAME_BYTES_MAX} are taken`);
  return length;
}
