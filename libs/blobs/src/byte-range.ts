import type { ByteRange } from "./blob-store.ts";
import { rangeNotSatisfiable } from "./errors.ts";

/**
 * The bytes `[start, end)` that a range means in an object of `size` bytes.
 *
 * Fails with RANGE_NOT_SATISFIABLE for numbers that are not whole, a negative offset, a length under 1, and an offset at or
 * after the end. A length that leads beyond the end, however large, is cut.
 */
export function resolveRange(range: ByteRange, size: number): { readonly start: number; readonly end: number } {
  const { offset, length = Number.MAX_SAFE_INTEGER } = range;
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw rangeNotSatisfiable(`The offset ${offset} is not a whole number from 0 on`, size);
  }
  if (!Number.isSafeInteger(length) || length < 1) {
    throw rangeNotSatisfiable(`The length ${length} is not a whole number from 1 on`, size);
  }
  if (offset >= size) throw rangeNotSatisfiable(`The range starts at byte ${offset}, after the end`, size);
  return { start: offset, end: Math.min(size, offset + length) };
}
