import { MISSING_WHOLE } from "../column.ts";
import type { WholeFactors } from "../program.ts";
import { placesOf } from "./places.ts";

export const wholeNumbers = (of: BigInt64Array): Float64Array => numbers(of, Number);

export function wholesMissing(of: BigInt64Array): Uint8Array {
  const result = new Uint8Array(of.length);
  for (let i = 0; i < result.length; i++) result[i] = Number(of[i] === MISSING_WHOLE);
  return result;
}

export const quotients = (of: BigInt64Array, by: bigint): BigInt64Array => of.map((it) => it / by);

export const remainders = (of: BigInt64Array, by: bigint): BigInt64Array => of.map((it) => it % by);

export function wholePositions(of: BigInt64Array, keys: readonly bigint[]): Float64Array {
  const places = placesOf(keys, (it) => it);
  return numbers(of, (it) => places.get(it) ?? -1);
}

/** The prime of the hash of whole numbers, 2^31 - 1: products of numbers below it, and the sum of two, fit into an int64. */
export const HASH_PRIME = 2n ** 31n - 1n;
/** Whole numbers are hashed in two halves: what is below 2^31, and how often 2^31 is contained. */
export const HASH_HALF = 2n ** 31n;

/** Carter and Wegman's universal hash of the two halves of a number, then modulo the number of buckets. */
export function wholeHashes(of: BigInt64Array, buckets: number, { low, high, added }: WholeFactors): Float64Array {
  const last = BigInt(buckets);
  return numbers(of, (it) => {
    const below = modulo(it, HASH_HALF);
    const above = modulo((it - below) / HASH_HALF, HASH_PRIME);
    return Number(((low * below + high * above + added) % HASH_PRIME) % last);
  });
}

/** The remainder that is never negative. */
function modulo(value: bigint, by: bigint): bigint {
  const rest = value % by;
  return rest < 0n ? rest + by : rest;
}

/** Written as a loop: `Float64Array.from` goes through an iterator, which takes many times as long. */
function numbers(of: BigInt64Array, numberOf: (it: bigint) => number): Float64Array {
  const result = new Float64Array(of.length);
  for (let i = 0; i < result.length; i++) result[i] = numberOf(of[i] as bigint);
  return result;
}
