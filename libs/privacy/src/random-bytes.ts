import { createCipheriv, randomBytes } from "node:crypto";

/** Draws that many bytes of chance. */
export type RandomBytes = (count: number) => Uint8Array;

const POOL_BYTES = 4_096;

/** The chance of the operating system, unrepeatable. */
export const systemBytes: RandomBytes = (count) => randomBytes(count);

/**
 * Chance that only who knows the key can tell from the system's, and that repeats for the same key: the AES-256 counter stream.
 * Whoever knows what was drawn before learns nothing about what comes next.
 */
export function keyedBytes(key: Uint8Array): RandomBytes {
  const stream = createCipheriv("aes-256-ctr", key, Buffer.alloc(16));
  const zeros = Buffer.alloc(POOL_BYTES);
  let [pool, used] = [Buffer.alloc(0), 0];
  return (count) => {
    if (used + count > pool.byteLength) {
      pool = stream.update(count > POOL_BYTES ? Buffer.alloc(count) : zeros);
      used = 0;
    }
    used += count;
    return pool.subarray(used - count, used);
  };
}
