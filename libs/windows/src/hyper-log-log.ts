import { hash } from "node:crypto";
import { canonicalRowBytes, type FeatureValue } from "@throughline/kernel";
import { reader, type Writer, writer } from "./encoding.ts";
import type { WindowState } from "./window-state.ts";

/** The relative standard error of 2^p registers is this divided by the root of their number (Flajolet et al., 2007). */
const ERROR_FACTOR = 1.04;
const HASH_BITS = 64;

/** The least number p, so that 2^p registers have a relative standard error of at most `accuracy`. */
export const precisionFor = (accuracy: number): number => Math.ceil(2 * Math.log2(ERROR_FACTOR / accuracy));

/**
 * About how many different values there are: 2^precision registers, each with the longest run of zero bits in the hashes of
 * its values. The greatest of a set does not depend on order.
 *
 * Bytes: how many registers are not empty; then each with its distance to the one before and its rank, or all of them if that
 * is shorter.
 */
export function hyperLogLog(precision: number): WindowState {
  const size = 2 ** precision;
  const registers = registersOf(size);
  return {
    add(value) {
      const { index, rank } = placeOf(value, precision);
      registers.raise(index, rank);
    },
    absorb(bytes) {
      const from = reader(bytes);
      const filled = from.count();
      if (isSparse(filled, size)) {
        let index = 0;
        for (let left = filled; left > 0; left--) {
          index += from.count();
          registers.raise(index, from.count());
        }
      } else from.raw(size).forEach((rank, index) => void registers.raise(index, rank));
    },
    bytes() {
      const to = writer();
      const few = registers.few();
      const filled = few?.size ?? size - (histogram(registers.ranks(), precision)[0] ?? 0);
      to.count(filled);
      if (few) writeSparse(to, few);
      else to.raw(registers.ranks());
      return to.end();
    },
    result: () => BigInt(Math.round(estimate(histogram(registers.ranks(), precision), precision))),
  };
}

/** Registers, which are a map as long as few of them are filled: most tiles have few values. */
function registersOf(size: number) {
  let few: Map<number, number> | undefined = new Map();
  let all = new Uint8Array();
  return {
    raise(index: number, rank: number): void {
      if (rank <= ((few ? few.get(index) : all[index]) ?? 0)) return;
      if (!few) {
        all[index] = rank;
        return;
      }
      few.set(index, rank);
      if (isSparse(few.size, size)) return;
      all = Uint8Array.from({ length: size }, (_, i) => few?.get(i) ?? 0);
      few = undefined;
    },
    /** Undefined when there are many. */
    few: (): ReadonlyMap<number, number> | undefined => few,
    /** Of all registers; those that are not filled are in front where there are few. */
    ranks(): Uint8Array {
      if (!few) return all;
      const ranks = new Uint8Array(size);
      ranks.set([...few.values()], size - few.size);
      return ranks;
    },
  };
}

function writeSparse(to: Writer, registers: ReadonlyMap<number, number>): void {
  let last = 0;
  for (const [index, rank] of [...registers].sort(([a], [b]) => a - b)) {
    to.count(index - last);
    to.count(rank);
    last = index;
  }
}

/** An entry of the sparse form takes two bytes or three. */
const isSparse = (filled: number, size: number): boolean => 3 * filled < size;

/** The register that a value goes to, and one more than the number of zero bits at the front of the rest of its hash. */
function placeOf(value: FeatureValue, precision: number): { readonly index: number; readonly rank: number } {
  const bits = hash("sha256", canonicalRowBytes([value]), "buffer");
  const high = bits.readUInt32BE(0);
  const index = high >>> (32 - precision);
  const rest = (high << precision) >>> 0;
  const restBits = 32 - precision;
  const zeros = Math.clz32(rest);
  return { index, rank: 1 + (zeros < restBits ? zeros : restBits + Math.clz32(bits.readUInt32BE(4))) };
}

/** How many registers have each rank. */
function histogram(ranks: Uint8Array, precision: number): Float64Array {
  const counts = new Float64Array(HASH_BITS - precision + 2);
  for (const rank of ranks) counts[rank] = (counts[rank] ?? 0) + 1;
  return counts;
}

/** The improved raw estimator, which needs no tables of bias (Ertl, arXiv 1702.01284, algorithm 6). */
function estimate(counts: Float64Array, precision: number): number {
  const size = 2 ** precision;
  const most = HASH_BITS - precision;
  const at = (rank: number): number => counts[rank] ?? 0;
  let z = size * tau(1 - at(most + 1) / size);
  for (let rank = most; rank >= 1; rank--) z = 0.5 * (z + at(rank));
  z += size * sigma(at(0) / size);
  return (size * size) / (2 * Math.LN2 * z);
}

/** x + Σ x^(2^k) 2^(k-1), for the registers that are empty. */
function sigma(x: number): number {
  if (x === 1) return Number.POSITIVE_INFINITY;
  let [power, weight, sum, before] = [x, 1, x, Number.NaN];
  while (sum !== before) {
    power *= power;
    before = sum;
    sum += power * weight;
    weight += weight;
  }
  return sum;
}

/** (1 - x - Σ (1 - x^(2^-k))² 2^-k) / 3, for the registers that are full. */
function tau(x: number): number {
  if (x === 0 || x === 1) return 0;
  let [root, weight, sum, before] = [x, 1, 1 - x, Number.NaN];
  while (sum !== before) {
    root = Math.sqrt(root);
    before = sum;
    weight *= 0.5;
    sum -= (1 - root) ** 2 * weight;
  }
  return sum / 3;
}
