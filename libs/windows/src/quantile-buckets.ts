import { type OrderedCounts, orderedCounts } from "./ordered-counts.ts";

/** How many values are in each of the buckets whose ends grow by a constant factor (DDSketch: Masson, Rim and Lee, 2019). */
export interface QuantileBuckets {
  /** Finite values by the number of their bucket; see bucketOf. */
  readonly positive: OrderedCounts;
  readonly negative: OrderedCounts;
  zeros: number;
  infinities: number;
  negativeInfinities: number;
  notNumbers: number;
}

export const emptyBuckets = (): QuantileBuckets => ({
  positive: orderedCounts(),
  negative: orderedCounts(),
  zeros: 0,
  infinities: 0,
  negativeInfinities: 0,
  notNumbers: 0,
});

/** Logarithm of the factor by which the ends of buckets grow, for a relative distance of at most `accuracy` to their middles. */
export const bucketLogarithm = (accuracy: number): number => Math.log((1 + accuracy) / (1 - accuracy));

/** Counts a value `by` times more; -1 takes it out again. */
export function countValue(
  buckets: QuantileBuckets,
  value: number,
  { logarithm, by }: { readonly logarithm: number; readonly by: 1 | -1 },
): void {
  if (Number.isNaN(value)) buckets.notNumbers += by;
  else if (value === Number.POSITIVE_INFINITY) buckets.infinities += by;
  else if (value === Number.NEGATIVE_INFINITY) buckets.negativeInfinities += by;
  else if (value === 0) buckets.zeros += by;
  else (value > 0 ? buckets.positive : buckets.negative).raise(bucketOf(Math.abs(value), logarithm), by);
}

/** Bucket i holds what is above g^(i-1) and not above g^i, where g is (1 + accuracy) / (1 - accuracy). */
const bucketOf = (magnitude: number, logarithm: number): number => Math.ceil(Math.log(magnitude) / logarithm);

/** The number whose relative distance to both ends of a bucket is the accuracy: 2 g^i / (g + 1). */
const middleOf = (bucket: number, logarithm: number): number =>
  Math.min(Math.exp(bucket * logarithm - Math.log((Math.exp(logarithm) + 1) / 2)), Number.MAX_VALUE);

/**
 * The place, from 0, of the least value that at least this share of `count` values do not exceed. A float is often a little
 * above the share that was meant (0.07 of 100 values would be more than 7), which is taken off.
 */
export const rankOf = (quantile: number, count: number): number =>
  Math.max(0, Math.ceil(quantile * count * (1 - 4 * Number.EPSILON)) - 1);

/** The middle of the bucket that holds the quantile. Null if there is no value. */
export function bucketQuantile(buckets: QuantileBuckets, quantile: number, logarithm: number): number | null {
  const { negativeInfinities, negative, zeros, positive, infinities, notNumbers } = buckets;
  let left = rankOf(
    quantile,
    negativeInfinities + negative.total() + zeros + positive.total() + infinities + notNumbers,
  );
  const isAmong = (count: number): boolean => {
    const found = left < count;
    left -= count;
    return found;
  };
  if (isAmong(negativeInfinities)) return Number.NEGATIVE_INFINITY;
  for (const it of negative.numbers().toReversed()) if (isAmong(negative.countOf(it))) return -middleOf(it, logarithm);
  if (isAmong(zeros)) return 0;
  for (const it of positive.numbers()) if (isAmong(positive.countOf(it))) return middleOf(it, logarithm);
  if (isAmong(infinities)) return Number.POSITIVE_INFINITY;
  return isAmong(notNumbers) ? Number.NaN : null;
}
