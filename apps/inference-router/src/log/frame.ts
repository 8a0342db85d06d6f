import { crc32 } from "node:zlib";

/**
 * A record in a segment: `length u32 | crc u32 | kind u8 | payload | length u32`, little-endian. The length counts kind and
 * payload, and the CRC-32 is over them. It stands at both ends, so that a segment can be read from either.
 */
export interface LogFrame {
  readonly kind: FrameKind;
  readonly payload: Buffer;
  /** CRC-32 over kind and payload. */
  readonly crc: number;
  /** Byte offset in the segment. */
  readonly offset: number;
  /** Offset of what comes after it. */
  readonly end: number;
}

/**
 * A segment starts with a `segment`; `release` frames hold what the predictions behind them have in common. A `shadow` is what a
 * mirror answered. An `unsampled` prediction is only counted; a `referred` one has its inputs in the blob store. `rows` are a request with
 * tensors, of which each row is a prediction.
 */
export type FrameKind = "segment" | "release" | "prediction" | "failure" | "shadow" | "unsampled" | "referred" | "rows";

/** A kind's place is its number in the files: new ones come last. */
const KINDS: readonly FrameKind[] = [
  "segment",
  "release",
  "prediction",
  "failure",
  "shadow",
  "unsampled",
  "referred",
  "rows",
];
const LENGTH_AND_CRC_BYTES = 8;

/** Bytes of a frame beside its payload. */
export const FRAME_OVERHEAD_BYTES = LENGTH_AND_CRC_BYTES + 1 + 4;

/** Largest frame that is ever written: no length above it can be right. */
const FRAME_BYTES_MAX = 64 * 1024 * 1024;

/** Bytes that wait to be written. Frames are made in them, one behind the other, and have no buffers of their own. */
export interface Sheet {
  readonly bytes: Buffer;
  /** Of the same bytes. */
  readonly view: DataView;
}

/** What a frame is to hold: its payload is written in place. */
export interface FrameContent {
  readonly kind: FrameKind;
  /** Bytes of the payload. */
  readonly size: number;
  readonly write: (to: Sheet, at: number) => void;
}

/** A payload that is there already. */
export const madeContent = (kind: FrameKind, payload: Buffer): FrameContent => ({
  kind,
  size: payload.byteLength,
  write: ({ bytes }, at) => bytes.set(payload, at),
});

export const frameSize = ({ size }: Pick<FrameContent, "size">): number => FRAME_OVERHEAD_BYTES + size;

/** Writes a frame of `frameSize` bytes. Gives the CRC-32 over its kind and payload. */
export function writeFrame(to: Sheet, at: number, { kind, size, write }: FrameContent): number {
  const { bytes, view } = to;
  const length = 1 + size;
  const start = at + LENGTH_AND_CRC_BYTES;
  view.setUint32(at, length, true);
  bytes[start] = KINDS.indexOf(kind);
  write(to, start + 1);
  const crc = crc32(bytes.subarray(start, start + length));
  view.setUint32(at + 4, crc, true);
  view.setUint32(start + length, length, true);
  return crc;
}

/** Length of the whole frame that starts with these bytes. Undefined if no frame starts so. */
export function frameBytes(head: Buffer, at: number): number | undefined {
  if (at + 4 > head.byteLength) return undefined;
  const length = head.readUInt32LE(at);
  return length < 1 || length > FRAME_BYTES_MAX ? undefined : length + FRAME_OVERHEAD_BYTES - 1;
}

/** The frame at `at` of a piece of a segment that starts at `base`. Undefined if it is cut off or damaged, or of no known kind. */
export function decodeFrame(piece: Buffer, at: number, base: number): LogFrame | undefined {
  const whole = wholeFrame(piece, at);
  if (whole === undefined) return undefined;
  const { crc, content, size } = whole;
  const kind = KINDS[content.readUInt8(0)];
  if (kind === undefined) return undefined;
  return { kind, crc, payload: content.subarray(1), offset: base + at, end: base + at + size };
}

/** Whether a whole and undamaged frame is at `at` that is of no known kind: a later version wrote it. */
export function isOfLaterVersion(piece: Buffer, at: number): boolean {
  const whole = wholeFrame(piece, at);
  return whole !== undefined && KINDS[whole.content.readUInt8(0)] === undefined;
}

function wholeFrame(piece: Buffer, at: number) {
  const size = frameBytes(piece, at);
  if (size === undefined || at + size > piece.byteLength) return undefined;
  const length = size - FRAME_OVERHEAD_BYTES + 1;
  const content = piece.subarray(at + 8, at + 8 + length);
  const crc = piece.readUInt32LE(at + 4);
  if (piece.readUInt32LE(at + 8 + length) !== length || crc32(content) !== crc) return undefined;
  return { size, content, crc };
}

/** Length of the frame that ends with these bytes. Undefined if none does. */
export function frameBytesBefore(piece: Buffer, end: number): number | undefined {
  if (end < 4) return undefined;
  const length = piece.readUInt32LE(end - 4);
  return length < 1 || length > FRAME_BYTES_MAX ? undefined : length + FRAME_OVERHEAD_BYTES - 1;
}
