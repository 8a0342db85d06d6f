import { jensenShannonOfCounts } from "./category-distances.ts";

/** Values in [low, high); a bucket whose ends are equal holds one value (a point mass). */
export interface HistogramBucket {
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** A numeric distribution. */
export interface Histogram {
  readonly buckets: readonly HistogramBucket[];
  /** NaN and infinite values, which have no place on the line. Missing values are not part of a distribution. */
  readonly unplacedCount?: number;
}

/** Two histograms over the same cells. */
export interface AlignedHistograms {
  readonly first: readonly number[];
  readonly second: readonly number[];
}

/**
 * Cuts both histograms at all edges of either, taking the mass inside a bucket as evenly spread. Point masses keep cells of
 * their own. Unplaced values go to a cell for each side, where they match nothing: a new NaN counts fully as a difference.
 */
export function alignHistograms(a: Histogram, b: Histogram): AlignedHistograms {
  const all = [...a.buckets, ...b.buckets];
  const points = rising(all.flatMap((it) => (it.low === it.high ? [it.low] : [])));
  const edges = rising(all.flatMap((it) => (it.low === it.high ? [] : [it.low, it.high])));
  const cells = ({ buckets }: Histogram): number[] => [
    ...points.map((value) => massAt(buckets, value)),
    ...edges.slice(1).map((high, i) => massBetween(buckets, edges[i] ?? high, high)),
  ];
  const [left, right] = [a.unplacedCount ?? 0, b.unplacedCount ?? 0];
  return { first: [...cells(a), left, 0], second: [...cells(b), 0, right] };
}

const rising = (values: readonly number[]): readonly number[] => [...new Set(values)].sort((x, y) => x - y);

const massAt = (buckets: readonly HistogramBucket[], value: number): number =>
  buckets.reduce((sum, it) => sum + (it.low === value && it.high === value ? it.count : 0), 0);

const massBetween = (buckets: readonly HistogramBucket[], low: number, high: number): number =>
  buckets.reduce((sum, it) => {
    const overlap = Math.min(high, it.high) - Math.max(low, it.low);
    return overlap > 0 && it.high > it.low ? sum + it.count * (overlap / (it.high - it.low)) : sum;
  }, 0);

/** The Jensen-Shannon divergence of two numeric histograms, base 2, in [0, 1]; see alignHistograms. */
export function jensenShannonOfHistograms(a: Histogram, b: Histogram): number {
  const { first, second } = alignHistograms(a, b);
  return jensenShannonOfCounts(first, second);
}
