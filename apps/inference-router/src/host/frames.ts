/**
 * The messages between the router and a model's process: `length u32 | kind u8 | 3 bytes of nothing | call u32 | body`,
 * little-endian. The length counts what follows it.
 */
export interface Frame {
  readonly kind: FrameKind;
  readonly call: number;
  readonly body: Buffer;
}

/**
 * `load` names a model, `ready` tells its signature and `refused` why there is none, both as JSON; `run` asks, `result` and
 * `failure` answer the call of the same number.
 */
export type FrameKind = "load" | "ready" | "refused" | "run" | "result" | "failure";

const KINDS: readonly FrameKind[] = ["load", "ready", "refused", "run", "result", "failure"];

/** Where the body begins: a multiple of 4, and not of 8. */
export const FRAME_HEADER_BYTES = 12;

/** Largest frame that either side accepts: an inference message of 64 MiB and what its tensors grow to as outputs. */
const FRAME_BYTES_MAX = 256 * 1024 * 1024;

/** How large the body of a frame is, and how much of it is made in one buffer with the header. */
interface BodySize {
  readonly bodyBytes: number;
  readonly madeBytes: number;
}

/** Room for a frame, or its beginning, with its header filled in. */
export function newFrame(kind: FrameKind, call: number, { bodyBytes, madeBytes }: BodySize): Buffer {
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + madeBytes);
  frame.writeUInt32LE(FRAME_HEADER_BYTES - 4 + bodyBytes, 0);
  frame.writeUInt32LE(KINDS.indexOf(kind), 4);
  frame.writeUInt32LE(call, 8);
  return frame;
}

/** A frame whose body is a text. */
export function textFrame(kind: FrameKind, call: number, text: string): Buffer {
  const bodyBytes = Buffer.byteLength(text);
  const frame = newFrame(kind, call, { bodyBytes, madeBytes: bodyBytes });
  frame.write(text, FRAME_HEADER_BYTES);
  return frame;
}

/** How many bytes a frame has, by its beginning; those of a header if that is not there yet. Fails for what is no frame. */
export function frameBytes(beginning: Buffer): number {
  if (beginning.byteLength < FRAME_HEADER_BYTES) return FRAME_HEADER_BYTES;
  const length = 4 + beginning.readUInt32LE(0);
  if (length >= FRAME_HEADER_BYTES && length <= FRAME_BYTES_MAX) return length;
  throw new Error(`a frame of ${length} bytes is none`);
}

/** Reads a whole frame. The body is a view of it. */
export function frameOf(bytes: Buffer): Frame {
  const kind = KINDS[bytes.readUInt32LE(4)];
  if (kind === undefined) throw new Error("a frame has an unknown kind");
  return { kind, call: bytes.readUInt32LE(8), body: bytes.subarray(FRAME_HEADER_BYTES) };
}

/** Puts frames together from the pieces that a stream gives. Fails as `frameBytes` and `frameOf` do. */
export function frameReader(take: (frame: Frame) => void): (piece: Buffer) => void {
  let pieces: Buffer[] = [];
  let size = 0;
  let wanted = FRAME_HEADER_BYTES;
  return (piece) => {
    pieces.push(piece);
    size += piece.byteLength;
    while (size >= wanted) {
      const bytes = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
      wanted = frameBytes(bytes);
      pieces = [bytes];
      if (size < wanted) return;
      take(frameOf(bytes.subarray(0, wanted)));
      const rest = bytes.subarray(wanted);
      pieces = rest.byteLength > 0 ? [rest] : [];
      size = rest.byteLength;
      wanted = FRAME_HEADER_BYTES;
    }
  };
}
