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
  const content = isLong ? shortened(series) : series;
  return writePrefix(Buffer.allocUnsafe(PREFIX_BYTES + content.byteLength), content, { kind: KIND.entry, isLong });
}

/** Keys that are used again, by their lengths: a read asks for many of the same length, one after the other. */
const usedAgain: Buffer[] = [];

/** Where the newest entry of a series is. To be used at once: the next call may write over it. */
export function newestKeyOf(series: Uint8Array): Buffer {
  const isLong = series.byteLength > SERIES_BYTES_MAX;
  const content = isLong ? shortened(series) : series;
  const length = PREFIX_BYTES + content.byteLength;
  const key = usedAgain[length] ?? Buffer.alloc(length);
  usedAgain[length] = key;
  return writePrefix(key, content, { kind: KIND.newest, isLong });
}

const PREFIX_BYTES = 4;

const shortened = (series: Uint8Array): Uint8Array =>
  Buffer.concat([series.subarray(0, HEAD_BYTES), createHash("sha256").update(series).digest()]);

function writePrefix(
  to: Buffer,
  content: Uint8Array,
  { kind, isLong }: { readonly kind: number; readonly isLong: boolean },
): Buffer {
  const { byteLength } = content;
  to[0] = kind;
  to[1] = isLong ? 1 : 0;
  to[2] = byteLength >>> 8;
  to[3] = byteLength & 0xff;
  to.set(content, PREFIX_BYTES);
  return to;
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
  timeView.setBigInt64(0, timeNs, true);
  bytes.set(timeBytes, 0);
  bytes.set(value, TIME_BYTES);
  return bytes;
}

/** Through these a time becomes bytes several times as fast as by the methods of a buffer. */
const timeBytes = new Uint8Array(TIME_BYTES);
const timeView = new DataView(timeBytes.buffer);

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
