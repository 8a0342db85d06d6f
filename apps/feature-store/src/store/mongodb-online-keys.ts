/** Every key begins with the length of its series. */
const LENGTH_BYTES = 4;
/** Bytes of a time, behind the series in the key of an entry. */
export const TIME_BYTES = 8;
const SIGN = 1n << 63n;

/** The least and the greatest time of an entry, in nanoseconds since 1970. */
export const LEAST_NS = -SIGN;
export const MOST_NS = SIGN - 1n;

/**
 * Begins with its length: so the keys of a series lie side by side whether a server orders bytes by their lengths first, as
 * MongoDB does, or not.
 */
export const newestKey = (series: Uint8Array): Buffer => keyOf(series, 0);

/** The key of an entry: behind the series stands the time with its sign turned, big-endian. */
export function entryKey(series: Uint8Array, timeNs: bigint): Buffer {
  const key = keyOf(series, TIME_BYTES);
  key.writeBigUInt64BE(BigInt.asUintN(64, timeNs + SIGN), LENGTH_BYTES + series.byteLength);
  return key;
}

/** The key of a series, with room behind it. */
function keyOf(series: Uint8Array, room: number): Buffer {
  const key = Buffer.allocUnsafe(LENGTH_BYTES + series.byteLength + room);
  key.writeUInt32BE(series.byteLength, 0);
  key.set(series, LENGTH_BYTES);
  return key;
}

/** The series of a key of either kind. */
export const seriesOfKey = (key: Uint8Array): Uint8Array =>
  key.subarray(LENGTH_BYTES, LENGTH_BYTES + seriesLength(key));

/** The time in the key of an entry. */
export const timeOfKey = (key: Uint8Array): bigint => bufferOf(key).readBigUInt64BE(key.byteLength - TIME_BYTES) - SIGN;

/** The length of a key's series. */
export const seriesLength = (key: Uint8Array): number => bufferOf(key).readUInt32BE(0);

const bufferOf = (key: Uint8Array): Buffer => Buffer.from(key.buffer, key.byteOffset, key.byteLength);

/** Every key of a series of that length that begins with `prefix` lies between these two. */
export function boundsOf(prefix: Uint8Array, length: number, room: number): { least: Buffer; most: Buffer } {
  const bound = (rest: number): Buffer => {
    const series = Buffer.alloc(length + room, rest);
    series.set(prefix, 0);
    const key = keyOf(series, 0);
    key.writeUInt32BE(length, 0);
    return key;
  };
  return { least: bound(0), most: bound(0xff) };
}
