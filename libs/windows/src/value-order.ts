import type { FeatureValue } from "@throughline/kernel";

/**
 * The order of two values of one type: false before true, numbers by size with NaN above all (as in DuckDB and Spark), text
 * by its UTF-8 bytes, bytes, times. Negative if `a` comes first.
 */
export function compareValues(a: FeatureValue, b: FeatureValue): number {
  if (typeof a === "number" && typeof b === "number") return compareFloats(a, b);
  if (typeof a === "string" && typeof b === "string") return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  const [x, y] = [whole(a), whole(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** The same for floats. */
export function compareFloats(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

function whole(value: FeatureValue): bigint {
  if (typeof value === "bigint") return value;
  if (typeof value === "boolean") return value ? 1n : 0n;
  return value !== null && typeof value === "object" && "ns" in value ? value.ns : 0n;
}

/** A value as its canonical bytes tell it: there is one zero. */
export const normal = (value: FeatureValue): FeatureValue => (value === 0 ? 0 : value);
