import { canonicalRowBytes, type FeatureValue } from "@throughline/kernel";

/** Puts the parts of a state one after the other. */
export interface Writer {
  /** A whole number from 0 to 2^53, seven bits to a byte, the lowest first. */
  count(value: number): void;
  /** The same with a sign. */
  signed(value: number): void;
  /** A whole number of any size: its length, with the sign in the last bit, and its bytes, the highest first. */
  whole(value: bigint): void;
  int64(value: bigint): void;
  float64(value: number): void;
  /** The kernel's canonical bytes, which tell where they end. */
  value(value: FeatureValue): void;
  /** As they are, without a length. */
  raw(bytes: Uint8Array): void;
  end(): Buffer;
}

export function writer(): Writer {
  let bytes = Buffer.allocUnsafe(64);
  let at = 0;
  const room = (more: number): void => {
    if (at + more <= bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * bytes.length, at + more));
    bytes.copy(larger, 0, 0, at);
    bytes = larger;
  };
  const raw = (more: Uint8Array): void => {
    room(more.byteLength);
    bytes.set(more, at);
    at += more.byteLength;
  };
  const count = (value: number): void => {
    room(8);
    let left = value;
    for (; left >= 0x80; left = Math.floor(left / 0x80)) at = bytes.writeUInt8((left % 0x80) + 0x80, at);
    at = bytes.writeUInt8(left, at);
  };
  return {
    count,
    raw,
    signed: (value) => count(value < 0 ? -2 * value - 1 : 2 * value),
    whole(value) {
      const digits = (value < 0n ? -value : value).toString(16);
      const magnitude = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, "hex");
      count(2 * magnitude.length + (value < 0n ? 1 : 0));
      raw(magnitude);
    },
    int64(value) {
      room(8);
      at = bytes.writeBigInt64LE(value, at);
    },
    float64(value) {
      room(8);
      at = bytes.writeDoubleLE(value, at);
    },
    value: (value) => raw(canonicalRowBytes([value])),
    end: () => bytes.subarray(0, at),
  };
}

/** Takes the parts of a state in the order in which they were written. */
export interface Reader {
  count(): number;
  signed(): number;
  whole(): bigint;
  int64(): bigint;
  float64(): number;
  value(): FeatureValue;
  raw(length: number): Buffer;
}

export function reader(of: Uint8Array): Reader {
  const bytes = Buffer.from(of.buffer, of.byteOffset, of.byteLength);
  let at = 0;
  const raw = (length: number): Buffer => {
    at += length;
    return bytes.subarray(at - length, at);
  };
  const count = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = bytes.readUInt8(at++);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  return {
    count,
    raw,
    signed() {
      const value = count();
      return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
    },
    whole() {
      const header = count();
      const magnitude = BigInt(`0x${raw(Math.floor(header / 2)).toString("hex")}`);
      return header % 2 === 1 ? -magnitude : magnitude;
    },
    int64: () => raw(8).readBigInt64LE(),
    float64: () => raw(8).readDoubleLE(),
    value() {
      const { value, end } = readCanonicalValue(bytes, at);
      at = end;
      return value;
    },
  };
}

/** Tags of the kernel's canonical row bytes. */
const TAG = { null: 0, bool: 1, int64: 2, float64: 3, string: 4, bytes: 5 } as const;

/** Reads one scalar value that the kernel's `canonicalRowBytes` wrote; `end` is where the next one begins. */
export function readCanonicalValue(row: Buffer, at: number): { readonly value: FeatureValue; readonly end: number } {
  switch (row.readUInt8(at)) {
    case TAG.null:
      return { value: null, end: at + 1 };
    case TAG.bool:
      return { value: row.readUInt8(at + 1) === 1, end: at + 2 };
    case TAG.int64:
      return { value: row.readBigInt64LE(at + 1), end: at + 9 };
    case TAG.float64:
      return { value: row.readDoubleLE(at + 1), end: at + 9 };
    case TAG.string:
    case TAG.bytes: {
      const start = at + 5;
      const end = start + row.readUInt32LE(at + 1);
      const isText = row.readUInt8(at) === TAG.string;
      return { value: isText ? row.toString("utf8", start, end) : new Uint8Array(row.subarray(start, end)), end };
    }
    default:
      return { value: { ns: row.readBigInt64LE(at + 1) }, end: at + 9 };
  }
}
