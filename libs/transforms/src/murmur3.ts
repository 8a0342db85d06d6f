const [C1, C2] = [0xcc9e2d51, 0x1b873593];

const rotated = (x: number, by: number): number => (x << by) | (x >>> (32 - by));
const mixed = (k: number): number => Math.imul(rotated(Math.imul(k, C1), 15), C2);

/**
 * MurmurHash3_x86_32 (Austin Appleby, in the public domain) of bytes, as a number from 0 to 2^32 - 1. The same function
 * as scikit-learn's `murmurhash3_32(..., positive=True)` and onnxruntime's operator of that name.
 */
export function murmur3(bytes: Uint8Array, seed: number): number {
  const whole = bytes.length & ~3;
  let h = seed | 0;
  for (let i = 0; i < whole; i += 4) {
    const k = byte(bytes, i) | (byte(bytes, i + 1) << 8) | (byte(bytes, i + 2) << 16) | (byte(bytes, i + 3) << 24);
    h = (Math.imul(rotated(h ^ mixed(k), 13), 5) + 0xe6546b64) | 0;
  }
  // The one to three bytes that are left; what lies after the end counts as 0, which changes nothing.
  if (whole < bytes.length)
    h ^= mixed(byte(bytes, whole) | (byte(bytes, whole + 1) << 8) | (byte(bytes, whole + 2) << 16));
  h ^= bytes.length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

const byte = (bytes: Uint8Array, i: number): number => bytes[i] ?? 0;
