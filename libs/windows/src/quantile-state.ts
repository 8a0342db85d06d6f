import type { FeatureValue } from "@throughline/kernel";
import { QUANTILE_EXACT_MAX } from "./aggregate.ts";
import { type Reader, reader, type Writer, writer } from "./encoding.ts";
import {
  bucketLogarithm,
  bucketQuantile,
  countValue,
  emptyBuckets,
  type QuantileBuckets,
  rankOf,
} from "./quantile-buckets.ts";
import { compareFloats } from "./value-order.ts";
import type { WindowState } from "./window-state.ts";

/**
 * Values, as they are or, beyond QUANTILE_EXACT_MAX, counted in buckets. The number of values alone decides which, and a value
 * alone decides its bucket, so the order does not matter; no bucket is ever joined with another.
 *
 * Bytes: 0, how many and the values in order; or 1, the four odd counts, and of both maps how many buckets and of each its
 * distance to the one before and its count.
 */
export function quantileState(accuracy: number): WindowState {
  const logarithm = bucketLogarithm(accuracy);
  let values: number[] | undefined = [];
  const buckets = emptyBuckets();
  const count = (value: number): void => countValue(buckets, value, { logarithm, by: 1 });
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

function absorbBuckets(buckets: QuantileBuckets, from: Reader): void {
  buckets.negativeInfinities += from.count();
  buckets.zeros += from.count();
  buckets.infinities += from.count();
  buckets.notNumbers += from.count();
  for (const counts of [buckets.negative, buckets.positive]) {
    let bucket = 0;
    for (let left = from.count(); left > 0; left--) {
      bucket += from.signed();
      counts.raise(bucket, from.count());
    }
  }
}

function writeBuckets(to: Writer, buckets: QuantileBuckets): void {
  const { negativeInfinities, zeros, infinities, notNumbers, negative, positive } = buckets;
  for (const it of [negativeInfinities, zeros, infinities, notNumbers]) to.count(it);
  for (const counts of [negative, positive]) {
    const numbers = counts.numbers();
    to.count(numbers.length);
    let last = 0;
    for (const bucket of numbers) {
      to.signed(bucket - last);
      to.count(counts.countOf(bucket));
      last = bucket;
    }
  }
}
