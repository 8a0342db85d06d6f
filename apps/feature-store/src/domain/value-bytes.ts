import { canonicalRowBytes, type FeatureValue } from "@throughline/kernel";
import { readCanonicalValue } from "@throughline/windows";

/** A value read from canonical row bytes, with the bytes that it was read from. */
export interface ReadValue {
  readonly value: FeatureValue;
  readonly bytes: Uint8Array;
}

/** Canonical bytes of a value that is not there. */
export const NULL_BYTES: Uint8Array = canonicalRowBytes([null]);

/**
 * Reads `count` scalar values that the kernel's `canonicalRowBytes` wrote, from `offset` on. The bytes of each are what a
 * row digest covers, so that a digest needs no second encoding.
 */
export function readValues(row: Buffer, offset: number, count: number): ReadValue[] {
  const values: ReadValue[] = [];
  let at = offset;
  while (values.length < count) {
    const { value, end } = readCanonicalValue(row, at);
    values.push({ value, bytes: row.subarray(at, end) });
    at = end;
  }
  return values;
}
