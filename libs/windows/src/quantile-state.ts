import type { FeatureValue } from "@throughline/kernel";
import { QUANTILE_EXACT_MAX } from "./aggregate.ts";
import { type Reader, reader, type Writer, writer } from "./encoding.ts";
import type { WindowState } from "./state.ts";
import { compareFloats } from "./value-order.ts";

/** Beyond QUANTILE_EXACT_MAX values: how many are in each of the buckets whose ends grow by a constant factor. */
interface Buckets {
  /** Finite values by the number of their bucket; see bucketOf. */
  readonly positive: Map<number, number>;
  readonly negative: Map<number, number>;
  zeros: number;
  infinities: number;
  negativeInfinities: number;
  notNumbers: number;
}

/**
 * Values, as they are or counted in buckets (DDSketch: Masson, Rim and Lee, 2019). The number of values alone decides which,
 * and a value alone decides its bucket, so the order does not matter; no bucket is ever joined with another.
 *
 * Bytes: 0, how many and the values in order; or 1, the four odd counts, and of both maps how many buckets and of each its
 * distance to the one before and its count.
 */
export function quantileState(accuracy: number): WindowState {
  const logarithm = Math.log((1 + accuracy) / (1 - accuracy));
  let values: number[] | undefined = [];
  const buckets: Buckets = {
    ...{ positive: new Map(), negative: new Map() },
    ...{ zeros: 0, infinities: 0, negativeInfinities: 0, notNumbers: 0 },
  };
  const count = (value: number): void => countValue(buckets, value, logarithm);
  const plus = (value: number): void => {
    if (!values) count(value);
    else if (values.push(value) > QUANTILE_EXACT_MAX) spill();
  };
  const spill = (): void => {
    values?.forEach(count);
    values = undefined;
  };
  return {
    add: (value: FeatureValue) => plus(Number(value)),
    absorb(bytes) {
      const from = reader(bytes);
      if (from.count() === 0) for (let left = from.count(); left > 0; left--) plus(from.float64());
      else {
        spill();
        absorbBuckets(buckets, from);
      }
    },
    bytes() {
      const to = writer();
      to.count(values ? 0 : 1);
      if (!values) writeBuckets(to, buckets);
      else {
        to.count(values.length);
        for (const it of values.sort(compareFloats)) to.float64(it);
      }
      return to.end();
    },
    result(aggregate) {
      if (!("quantile" in aggregate)) return null;
      if (!values) return bucketQuantile(buckets, aggregate.quantile, logarithm);
      return values.sort(compareFloats)[rankOf(aggregate.quantile, values.length)] ?? null;
    },
  };
}

/**
 * The place, from 0, of the least value that at least this share of `count` values do not exceed. A float is often a little
 * above the share that was meant (0.07 of 100 values would be more than 7), which is taken off.
 */
export const rankOf = (quantile: number, count: number): number =>
  Math.max(0, Math.ceil(quantile * count * (1 - 4 * Number.EPSILON)) - 1);

function countValue(buckets: Buckets, value: number, logarithm: number): void {
  if (Number.isNaN(value)) buckets.notNumbers += 1;
  else if (value === Number.POSITIVE_INFINITY) buckets.infinities += 1;
  else if (value === Number.NEGATIVE_INFINITY) buckets.negativeInfinities += 1;
  else if (value === 0) buckets.zeros += 1;
  else raise(value > 0 ? buckets.positive : buckets.negative, bucketOf(Math.abs(value), logarithm), 1);
}

const raise = (counts: Map<number, number>, bucket: number, more: number): void =>
  void counts.set(bucket, (counts.get(bucket) ?? 0) + more);

/** Bucket i holds what is above g^(i-1) and not above g^i, where g is (1 + accuracy) / (1 - accuracy). */
const bucketOf = (magnitude: number, logarithm: number): number => Math.ceil(Math.log(magnitude) / logarithm);

/** The number whose relative distance to both ends of a bucket is the accuracy: 2 g^i / (g + 1). */
const middleOf = (bucket: number, logarithm: number): number =>
  Math.min(Math.exp(bucket * logarithm - Math.log((Math.exp(logarithm) + 1) / 2)), Number.MAX_VALUE);

function absorbBuckets(buckets: Buckets, from: Reader): void {
  buckets.negativeInfinities += from.count();
  buckets.zeros += from.count();
  buckets.infinities += from.count();
  buckets.notNumbers += from.count();
  for (const counts of [buckets.negative, buckets.positive]) {
    let bucket = 0;
    for (let left = from.count(); left > 0; left--) {
      bucket += from.signed();
      raise(counts, bucket, from.count());
    }
  }
}

function writeBuckets(to: Writer, { negativeInfinities, zeros, infinities, notNumbers, ...maps }: Buckets): void {
  for (const it of [negativeInfinities, zeros, infinities, notNumbers]) to.count(it);
  for (const counts of [maps.negative, maps.positive]) {
    to.count(counts.size);
    let last = 0;
    for (const [bucket, count] of upwards(counts)) {
      to.signed(bucket - last);
      to.count(count);
      last = bucket;
    }
  }
}

const upwards = (counts: ReadonlyMap<number, number>): (readonly [number, number])[] =>
  [...counts].sort(([a], [b]) => a - b);

function bucketQuantile(buckets: Buckets, quantile: number, logarithm: number): number | null {
  const line: (readonly [number, number])[] = [
    [Number.NEGATIVE_INFINITY, buckets.negativeInfinities],
    ...upwards(buckets.negative)
      .reverse()
      .map(([it, count]) => [-middleOf(it, logarithm), count] as const),
    [0, buckets.zeros],
    ...upwards(buckets.positive).map(([it, count]) => [middleOf(it, logarithm), count] as const),
    [Number.POSITIVE_INFINITY, buckets.infinities],
    [Number.NaN, buckets.notNumbers],
  ];
  let left = rankOf(
    quantile,
    line.reduce((sum, [, count]) => sum + count, 0),
  );
  for (const [value, count] of line) {
    if (left < count) return value;
    left -= count;
  }
  return null;
}
