import { createHash } from "node:crypto";
import type { OnlineEntry } from "../domain/online-store.ts";

/** A longer series is known by its beginning and its SHA-256: LMDB's keys end at 1,978 bytes. */
const SERIES_BYTES_MAX = 1_024;
/** Bytes of the beginning: a layout's id at least, by which its series are found. */
const HEAD_BYTES = 32;
/** Of a time, behind a series in a key and before the value of a newest entry. */
export const TIME_BYTES = 8;
/** Turns the sign of a time; the least time is minus this. */
export const SIGN = 1n << 63n;

/** First byte of every key. */
export const KIND = { state: 0, entry: 1, newest: 2 } as const;

/** Begins with its length, so that no series is the beginning of another. */
export function seriesPrefix(series: Uint8Array): Buffer {
  const isLong = series.byteLength > SERIES_BYTES_MAX;
  const digest = isLong && createHash("sha256").update(series).digest();
  const content = digest ? Buffer.concat([series.subarray(0, HEAD_BYTES), digest]) : series;
  const prefix = Buffer.allocUnsafe(4 + content.byteLength);
  prefix.writeUInt8(KIND.entry, 0);
  prefix.writeUInt8(isLong ? 1 : 0, 1);
  prefix.writeUInt16BE(content.byteLength, 2);
  prefix.set(content, 4);
  return prefix;
}

/** Where the newest entry of a series is. */
export function newestKey(prefix: Buffer): Buffer {
  const key = Buffer.from(prefix);
  key.writeUInt8(KIND.newest, 0);
  return key;
}

/** Where an entry is that is not the newest. */
export function entryKey(prefix: Buffer, timeNs: bigint): Buffer {
  const key = Buffer.allocUnsafe(prefix.byteLength + TIME_BYTES);
  key.set(prefix, 0);
  key.writeBigUInt64BE(BigInt.asUintN(64, timeNs + SIGN), prefix.byteLength);
  return key;
}

/** The time in the key of an entry. */
export const timeOf = (key: Buffer): bigint => key.readBigUInt64BE(key.byteLength - TIME_BYTES) - SIGN;

/** The time, and the value behind it. */
export function newestValue({ timeNs, value }: OnlineEntry): Buffer {
  const bytes = Buffer.allocUnsafe(TIME_BYTES + value.byteLength);
  bytes.writeBigInt64LE(timeNs);
  bytes.set(value, TIME_BYTES);
  return bytes;
}

/** The same bytes as the driver takes them. */
export const bufferOf = (value: Uint8Array): Buffer => Buffer.from(value.buffer, value.byteOffset, value.byteLength);

/** Where a note is. */
export const stateKey = (name: string): Buffer =>
  Buffer.concat([Buffer.of(KIND.state), createHash("sha256").update(name).digest()]);

/** What keys of a kind begin with whose series have so many bytes; `long` is 1 for those that are known by a digest. */
export function headOf(kind: number, long: number, length: number): Buffer {
  const head = Buffer.of(kind, long, 0, 0);
  head.writeUInt16BE(length, 2);
  return head;
}

/** The least bytes of that length after all that begin with `prefix`, which is a digest and so not 0xff throughout. */
export function following(prefix: Buffer): Buffer {
  const next = Buffer.from(prefix);
  for (let i = next.length - 1; i >= 0; i--) {
    next[i] = ((next[i] ?? 0) + 1) & 0xff;
    if (next[i] !== 0) break;
  }
  return next;
}
