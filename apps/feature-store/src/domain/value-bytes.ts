import type { FeatureValue } from "@throughline/kernel";

/** A value read from canonical row bytes, with the bytes that it was read from. */
export interface ReadValue {
  readonly value: FeatureValue;
  readonly bytes: Uint8Array;
}

/** Tags of the kernel's canonical row bytes. */
const TAG = { null: 0, bool: 1, int64: 2, float64: 3, string: 4, bytes: 5, timestamp: 6 } as const;

/** Canonical bytes of a value that is not there. */
export const NULL_BYTES: Uint8Array = Buffer.of(TAG.null);

/**
 * Reads `count` scalar values that the kernel's `canonicalRowBytes` wrote, from `offset` on. The bytes of each are what a
 * row digest covers, so that a digest needs no second encoding.
 */
export function readValues(row: Buffer, offset: number, count: number): ReadValue[] {
  const values: ReadValue[] = [];
  let at = offset;
  while (values.length < count) {
    const [value, length] = readValue(row, at);
    values.push({ value, bytes: row.subarray(at, at + length) });
    at += length;
  }
  return values;
}

function readValue(row: Buffer, at: number): readonly [FeatureValue, number] {
  const tag = row.readUInt8(at);
  switch (tag) {
    case TAG.null:
      return [null, 1];
    case TAG.bool:
      return [row.readUInt8(at + 1) === 1, 2];
    case TAG.int64:
      return [row.readBigInt64LE(at + 1), 9];
    case TAG.float64:
      return [row.readDoubleLE(at + 1), 9];
    case TAG.timestamp:
      return [{ ns: row.readBigInt64LE(at + 1) }, 9];
  }
  const start = at + 5;
  const end = start + row.readUInt32LE(at + 1);
  if (tag === TAG.string) return [row.toString("utf8", start, end), end - at];
  return [new Uint8Array(row.subarray(start, end)), end - at];
}
