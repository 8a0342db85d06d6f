import type { FileHandle } from "node:fs/promises";
import {
  decodeFrame,
  FRAME_OVERHEAD_BYTES,
  frameBytes,
  frameBytesBefore,
  isOfLaterVersion,
  type LogFrame,
} from "./frame.ts";

/** Bytes read at a time, forwards and backwards. */
const PIECE_BYTES = 256 * 1024;

/** The frame at a place. Undefined if no whole and undamaged frame starts there. */
export async function frameAt(file: FileHandle, offset: number, end: number): Promise<LogFrame | undefined> {
  // Most predictions are shorter than this, so that one read is enough.
  const first = await pieceOf(file, offset, Math.min(end, offset + 4_096));
  const size = frameBytes(first, 0);
  if (size === undefined || offset + size > end) return undefined;
  const whole = size <= first.byteLength ? first : await pieceOf(file, offset, offset + size);
  return decodeFrame(whole, 0, offset);
}

/** Whether what is at a place was written by a later version, and is no damage. */
export async function isOfLaterVersionAt(file: FileHandle, offset: number, end: number): Promise<boolean> {
  const size = frameBytes(await pieceOf(file, offset, Math.min(end, offset + FRAME_OVERHEAD_BYTES)), 0);
  return size !== undefined && offset + size <= end && isOfLaterVersion(await pieceOf(file, offset, offset + size), 0);
}

/** The frames from `start` on, until `end` or the first that is cut off or damaged. */
export async function* framesFrom(file: FileHandle, start: number, end: number): AsyncGenerator<LogFrame> {
  let base = start;
  let wanted = PIECE_BYTES;
  while (base < end) {
    const piece = await pieceOf(file, base, Math.min(end, base + wanted));
    let at = 0;
    for (let frame = decodeFrame(piece, at, base); frame; frame = decodeFrame(piece, at, base)) {
      at = frame.end - base;
      yield frame;
    }
    const size = frameBytes(piece, at) ?? 0;
    if (at === 0 && (size <= piece.byteLength || base + size > end)) return;
    wanted = Math.max(PIECE_BYTES, size);
    base += at;
  }
}

/** The frames before `end`, the last one first. Fails through `damaged` at the first that is not whole. */
export async function* framesBefore(
  file: FileHandle,
  end: number,
  damaged: (offset: number) => Error,
): AsyncGenerator<LogFrame> {
  let stop = end;
  let wanted = PIECE_BYTES;
  while (stop > 0) {
    const base = Math.max(0, stop - wanted);
    const piece = await pieceOf(file, base, stop);
    let at = piece.byteLength;
    for (let size = frameBytesBefore(piece, at); size !== undefined && size <= at; size = frameBytesBefore(piece, at)) {
      const frame = decodeFrame(piece, at - size, base);
      if (frame === undefined) throw damaged(base + at - size);
      yield frame;
      at -= size;
    }
    if (at === piece.byteLength) {
      const size = frameBytesBefore(piece, at);
      if (size === undefined || size > stop) throw damaged(stop);
      wanted = Math.max(PIECE_BYTES, size + FRAME_OVERHEAD_BYTES);
    } else wanted = PIECE_BYTES;
    stop = base + at;
  }
}

async function pieceOf(file: FileHandle, start: number, end: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(Math.max(0, end - start));
  let filled = 0;
  while (filled < buffer.byteLength) {
    const { bytesRead } = await file.read(buffer, filled, buffer.byteLength - filled, start + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
