import { createHash } from "node:crypto";

/**
 * Draws `size` of the numbers 0 to count-1 without repetition, all equally likely, in rising order (R. Floyd's method:
 * Bentley, CACM 30(9), 1987, doi:10.1145/30401.315746). Randomness is SHA-256 of seed and step, so the same seed draws the same
 * numbers everywhere and nobody can pick rows by picking a generator.
 */
export function sampleOf(count: number, size: number, seed: number): number[] {
  const chosen = new Set<number>();
  for (let last = Math.max(0, count - size); last < count; last++) {
    const pick = below(last + 1, `${seed}:${last}`);
    chosen.add(chosen.has(pick) ? last : pick);
  }
  return [...chosen].sort((a, b) => a - b);
}

/** A number below `limit`. 64 bits are drawn, so that the remainder is as good as even for any table. */
function below(limit: number, text: string): number {
  return Number(createHash("sha256").update(text).digest().readBigUInt64LE() % BigInt(limit));
}
