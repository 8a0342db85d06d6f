import type { Bucket } from "./statistics.ts";

/** A place at which deciles tell how many values are before it, and at least how many are exactly there. */
export interface Mark {
  readonly place: number;
  readonly before: number;
  readonly there: number;
}

/**
 * What deciles tell of the mass inside of buckets. A float that is several deciles is a point of mass. A whole number k is
 * the interval [k, k + 1): one that is a single decile is cut in its middle, since the decile's rank is somewhere in it.
 */
export function marksOf(
  deciles: readonly number[],
  { count, isWhole }: { readonly count: number; readonly isWhole: boolean },
): readonly Mark[] {
  const rank = (i: number): number => Math.floor((i * (count - 1)) / 10);
  return [...new Set(deciles)].flatMap((value): Mark[] => {
    const [first, last] = [rank(deciles.indexOf(value)), rank(deciles.lastIndexOf(value))];
    if (first === last) return [{ place: isWhole ? value + 0.5 : value, before: first, there: 0 }];
    if (!isWhole) return [{ place: value, before: first, there: last - first + 1 }];
    return [
      { place: value, before: first, there: 0 },
      { place: value + 1, before: last + 1, there: 0 },
    ];
  });
}

/** Narrower buckets of whole numbers are not cut: one number can have so much of their mass that its middle says little. */
const WHOLE_WIDTH_MIN = 10;

/**
 * Splits buckets at the marks inside them, so that the mass of a long-tailed column, most of which is in one bucket, is
 * spread as it is. Marks that contradict the counts of a bucket, as those of sampled deciles may, are passed over.
 */
export function splitAtDeciles(
  buckets: readonly Bucket[],
  { marks, isWhole }: { readonly marks: readonly Mark[]; readonly isWhole: boolean },
): readonly Bucket[] {
  let start = 0;
  return buckets.flatMap((bucket) => {
    const isNarrow = isWhole && bucket.high - bucket.low < WHOLE_WIDTH_MIN;
    const parts = isNarrow ? [bucket] : split(bucket, marks, start);
    start += bucket.count;
    return parts;
  });
}

function split({ low, high, count }: Bucket, marks: readonly Mark[], start: number): readonly Bucket[] {
  const end = start + count;
  const parts: Bucket[] = [];
  let [place, before] = [low, start];
  for (const mark of marks) {
    const after = mark.before + mark.there;
    const isPoint = mark.there > 0 && mark.place === place && before === start;
    const isInside = mark.place > place && mark.place < high && mark.before >= before;
    if (after > end || !(isInside || isPoint)) continue;
    // A point at the very start of the bucket holds all values up to its last decile.
    if (isInside) parts.push({ low: place, high: mark.place, count: mark.before - before });
    const there = isInside ? mark.there : after - before;
    if (there > 0) parts.push({ low: mark.place, high: mark.place, count: there });
    [place, before] = [mark.place, after];
  }
  return [...parts, { low: place, high, count: end - before }];
}
