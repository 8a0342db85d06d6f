import { marksOf, splitAtDeciles } from "./decile-marks.ts";
import type { Bucket, NumericStatistics, ValueType } from "./statistics.ts";

/** What statistics tell of the distribution of some numbers. Shares are of the finite values. */
export interface NumberDistribution {
  readonly count: number;
  /** Without gaps, from left to right, split at the deciles. Where many values are one float, `low === high`. */
  readonly buckets: readonly Bucket[];
  /** Shares of values before a place that are certain: at the ends of the buckets, and between bounds at the deciles. */
  readonly bounds: readonly Bound[];
  /** Where the deciles from 0.1 to 0.9 are, each place once, rising. */
  readonly decilePlaces: readonly number[];
  readonly standardDeviation: number;
}

/** The share of values before a place is at least `least` and at most `most`. */
export interface Bound extends Place {
  readonly least: number;
  readonly most: number;
}

/** Just before a value, or just after it. */
export interface Place {
  readonly value: number;
  readonly side: 0 | 1;
}

/** Deciles of more values are those of a sample, and their ranks uncertain by so much (Dvoretzky, Kiefer, Wolfowitz). */
const EXACT_DECILES_MAX = 4_000_000;
const SAMPLED_RANK_ERROR = 0.0015;

/** Ends of buckets that are this near to an integer, relative to it, are that integer: they were computed in floats. */
const ROUNDING = 1e-9;

/**
 * Reads statistics as a distribution. A whole number k is taken as the interval [k, k + 1), so that buckets narrower than
 * one, and those of another range, compare exactly.
 */
export function numberDistribution(numeric: NumericStatistics, type: ValueType): NumberDistribution {
  const isWhole = type === "INT64" || type === "BOOL";
  const buckets = isWhole ? wholeBuckets(numeric) : widthOrPoint(numeric.histogram);
  const count = numeric.histogram.reduce((sum, it) => sum + it.count, 0);
  return {
    count,
    buckets: splitAtDeciles(buckets, { marks: marksOf(numeric.deciles, { count, isWhole }), isWhole }),
    bounds: [...bucketBounds(buckets, { count, isWhole }), ...decileBounds(numeric.deciles, { count, isWhole })].sort(
      byPlace,
    ),
    decilePlaces: [...new Set(numeric.deciles.slice(1, -1))],
    standardDeviation: numeric.standardDeviation,
  };
}

/** The buckets with a width; where all values are one, the bucket of that value. */
function widthOrPoint(histogram: readonly Bucket[]): readonly Bucket[] {
  const wide = histogram.filter((it) => it.low < it.high);
  return wide.length > 0 ? wide : histogram.slice(0, 1);
}

/** Buckets without a whole number in them hold only what floats rounded into them: it belongs to the next one. */
function wholeBuckets({ histogram, max }: NumericStatistics): readonly Bucket[] {
  const whole = (end: number): number => Math.ceil(end - Math.abs(end) * ROUNDING);
  const buckets: Bucket[] = [];
  let carried = 0;
  for (const [i, it] of histogram.entries()) {
    const low = whole(it.low);
    const high = i === histogram.length - 1 ? max + 1 : whole(it.high);
    if (low < high) buckets.push({ low, high, count: it.count + carried });
    carried = low < high ? 0 : carried + it.count;
  }
  return buckets;
}

function bucketBounds(
  buckets: readonly Bucket[],
  { count, isWhole }: { readonly count: number; readonly isWhole: boolean },
): readonly Bound[] {
  const bounds: Bound[] = [];
  let before = 0;
  for (const { low, count: inside } of buckets) {
    bounds.push({ value: low, side: 0, least: before / count, most: before / count });
    before += inside;
  }
  const last = buckets.at(-1);
  return last ? [...bounds, { value: last.high, side: isWhole ? 0 : 1, least: 1, most: 1 }] : [];
}

function decileBounds(
  deciles: readonly number[],
  { count, isWhole }: { readonly count: number; readonly isWhole: boolean },
): readonly Bound[] {
  const uncertain = count > EXACT_DECILES_MAX ? SAMPLED_RANK_ERROR : 0;
  return deciles.flatMap((value, i): Bound[] => {
    const rank = Math.floor((i * (count - 1)) / 10);
    // One rank to either side, so that it does not matter which of two neighbours a quantile was rounded to.
    const most = Math.min(1, (rank + 1) / count + uncertain);
    const least = Math.max(0, rank / count - uncertain);
    const after: Place = isWhole ? { value: value + 1, side: 0 } : { value, side: 1 };
    return [
      { value, side: 0, least: 0, most },
      { ...after, least, most: 1 },
    ];
  });
}

/** Orders places from left to right. */
export const byPlace = (a: Place, b: Place): number => a.value - b.value || a.side - b.side;
