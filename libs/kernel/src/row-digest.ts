import { type Digest, digestOfBytes } from "./digest.ts";
import { type DomainError, invalidField } from "./errors.ts";

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
  // Two walks and one buffer: a buffer for each value costs more than the rest. By index, since this is done for every
  // prediction, and an iterator makes an object for each step until it is compiled well.
  let size = 0;
  for (let i = 0; i < values.length; i++) size += sizeOf(values[i] ?? null);
  if (Number.isNaN(size)) throw misfit(values, "");
  const bytes = Buffer.allocUnsafe(size);
  let offset = 0;
  for (let i = 0; i < values.length; i++) offset = write(bytes, offset, values[i] ?? null);
  return bytes;
}

/** SHA-256 over the canonical bytes of a row. */
export const rowDigest = (values: readonly FeatureValue[]): Digest => digestOfBytes(canonicalRowBytes(values));

const isTimestamp = (value: TimestampNs | readonly FeatureValue[]): value is TimestampNs => "ns" in value;

/** Longer texts are left to the runtime. Asking it costs more than writing the few letters of a name. */
const PLAIN_LENGTH_MAX = 24;

/** True for a short text of ASCII: each letter is one byte. */
function isPlain(text: string): boolean {
  if (text.length > PLAIN_LENGTH_MAX) return false;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

const isInt64 = (value: bigint): boolean => BigInt.asIntN(64, value) === value;

/** Bytes of a value with its tag; NaN for one that has none. */
function sizeOf(value: FeatureValue): number {
  if (typeof value === "number") return 9;
  if (value === null) return 1;
  if (typeof value === "boolean") return 2;
  if (typeof value === "bigint") return isInt64(value) ? 9 : Number.NaN;
  if (typeof value === "string") {
    if (isPlain(value)) return 5 + value.length;
    return value.isWellFormed() ? 5 + Buffer.byteLength(value) : Number.NaN;
  }
  if (value instanceof Uint8Array) return 5 + value.byteLength;
  if (isTimestamp(value)) return isInt64(value.ns) ? 9 : Number.NaN;
  let size = 5;
  for (const it of value) size += sizeOf(it);
  return size;
}

/** Writes a value that has a size, and gives back where it ends. */
function write(bytes: Buffer, at: number, value: FeatureValue): number {
  if (typeof value === "number") return writeFloat64(bytes, at, value);
  if (value === null) return bytes.writeUInt8(TAG.null, at);
  if (typeof value === "boolean") return bytes.writeUInt8(value ? 1 : 0, bytes.writeUInt8(TAG.bool, at));
  if (typeof value === "bigint") return bytes.writeBigInt64LE(value, bytes.writeUInt8(TAG.int64, at));
  if (typeof value === "string") {
    const length = writeText(bytes, at + 5, value);
    return writeHeader(bytes, at, { tag: TAG.string, length }) + length;
  }
  if (value instanceof Uint8Array) {
    bytes.set(value, at + 5);
    return writeHeader(bytes, at, { tag: TAG.bytes, length: value.byteLength }) + value.byteLength;
  }
  if (isTimestamp(value)) return bytes.writeBigInt64LE(value.ns, bytes.writeUInt8(TAG.timestamp, at));
  let end = writeHeader(bytes, at, { tag: TAG.list, length: value.length });
  for (const it of value) end = write(bytes, end, it);
  return end;
}

/** Gives how many bytes the text has. */
function writeText(bytes: Buffer, at: number, text: string): number {
  if (!isPlain(text)) return bytes.write(text, at);
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
  return text.length;
}

function writeFloat64(bytes: Buffer, at: number, value: number): number {
  bytes.writeUInt8(TAG.float64, at);
  if (Number.isNaN(value)) return bytes.writeBigUInt64LE(0x7ff8000000000000n, at + 1);
  return bytes.writeDoubleLE(value === 0 ? 0 : value, at + 1);
}

const writeHeader = (bytes: Buffer, at: number, header: { readonly tag: number; readonly length: number }): number =>
  bytes.writeUInt32LE(header.length, bytes.writeUInt8(header.tag, at));

/** Says which value has no canonical bytes. */
function misfit(values: readonly FeatureValue[], path: string): DomainError {
  const index = values.findIndex((it) => Number.isNaN(sizeOf(it)));
  const value = values[index] ?? null;
  const at = `${path}[${index}]`;
  if (Array.isArray(value)) return misfit(value as readonly FeatureValue[], at);
  if (typeof value === "string") return invalidField(at, "the text has a lone surrogate, which UTF-8 cannot hold");
  const whole = typeof value === "object" && value !== null && "ns" in value ? value.ns : value;
  return invalidField(at, `${whole} does not fit into 64 bits`);
}
