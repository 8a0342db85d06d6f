import { createHash } from "node:crypto";
import type { Digest } from "./digest.ts";
import { invalidField } from "./errors.ts";

/** Nanoseconds since 1970-01-01 UTC, so that a timestamp is not mistaken for an integer. */
export interface TimestampNs {
  readonly ns: bigint;
}

/**
 * One value of a feature row. A JavaScript number is always a float64 and a bigint always an int64: `1n`, `1` and `"1"`
 * are three values.
 */
export type FeatureValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | TimestampNs
  | readonly FeatureValue[];

const TAG = { null: 0, bool: 1, int64: 2, float64: 3, string: 4, bytes: 5, timestamp: 6, list: 7 } as const;

/**
 * The canonical bytes of a row: its values in the view's column order, each one tag byte and then its content,
 * little-endian. Strings (UTF-8), bytes and lists carry a uint32 length; -0 becomes 0 and every NaN the same NaN.
 * `row-digest.vectors.json` has the test vectors that every language reproduces.
 */
export function canonicalRowBytes(values: readonly FeatureValue[]): Buffer {
  return Buffer.concat(values.map((value, i) => valueBytes(value, `[${i}]`)));
}

/** SHA-256 over the canonical bytes of a row. */
export const rowDigest = (values: readonly FeatureValue[]): Digest =>
  `sha256:${createHash("sha256").update(canonicalRowBytes(values)).digest("hex")}`;

function valueBytes(value: FeatureValue, path: string): Buffer {
  if (value === null) return Buffer.of(TAG.null);
  if (typeof value === "boolean") return Buffer.of(TAG.bool, value ? 1 : 0);
  if (typeof value === "bigint") return int64Bytes(TAG.int64, value, path);
  if (typeof value === "number") return float64Bytes(value);
  if (typeof value === "string") return textBytes(value, path);
  if (value instanceof Uint8Array) return Buffer.concat([lengthHeader(TAG.bytes, value.byteLength), value]);
  if (isTimestamp(value)) return int64Bytes(TAG.timestamp, value.ns, path);
  const items = value.map((item, i) => valueBytes(item, `${path}[${i}]`));
  return Buffer.concat([lengthHeader(TAG.list, value.length), ...items]);
}

const isTimestamp = (value: TimestampNs | readonly FeatureValue[]): value is TimestampNs => "ns" in value;

function int64Bytes(tag: number, value: bigint, path: string): Buffer {
  if (BigInt.asIntN(64, value) !== value) throw invalidField(path, `${value} does not fit into 64 bits`);
  const bytes = Buffer.alloc(9);
  bytes.writeUInt8(tag, 0);
  bytes.writeBigInt64LE(value, 1);
  return bytes;
}

function float64Bytes(value: number): Buffer {
  const bytes = Buffer.alloc(9);
  bytes.writeUInt8(TAG.float64, 0);
  if (Number.isNaN(value)) bytes.writeBigUInt64LE(0x7ff8000000000000n, 1);
  else bytes.writeDoubleLE(value === 0 ? 0 : value, 1);
  return bytes;
}

function textBytes(value: string, path: string): Buffer {
  if (!value.isWellFormed()) throw invalidField(path, "the text has a lone surrogate, which UTF-8 cannot hold");
  const text = Buffer.from(value, "utf8");
  return Buffer.concat([lengthHeader(TAG.string, text.byteLength), text]);
}

function lengthHeader(tag: number, length: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes.writeUInt8(tag, 0);
  bytes.writeUInt32LE(length, 1);
  return bytes;
}
