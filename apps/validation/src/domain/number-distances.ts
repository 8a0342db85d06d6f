import { jensenShannonOfHistograms, kolmogorovSurvival, populationStabilityIndex } from "@throughline/stats";
import { type Bound, byPlace, type NumberDistribution, type Place } from "./number-distribution.ts";
import type { Distance } from "./schema.ts";

/** How far two samples of a column are apart, and how surprising that would be if nothing had changed. */
export interface Comparison {
  readonly distances: readonly { readonly distance: Distance; readonly value: number }[];
  readonly pValue: number;
}

/** Compares two samples of numbers by what their statistics tell. Both must have finite values. */
export function compareNumbers(baseline: NumberDistribution, current: NumberDistribution): Comparison {
  const { least, likely } = kolmogorovSmirnovOf(baseline, current);
  const sizes = (baseline.count * current.count) / (baseline.count + current.count);
  const wasserstein = wassersteinInDeviations(baseline, current);
  return {
    distances: [
      { distance: "KOLMOGOROV_SMIRNOV", value: likely },
      { distance: "JENSEN_SHANNON", value: jensenShannonOfHistograms(baseline, current) },
      { distance: "POPULATION_STABILITY", value: populationStability(baseline, current) },
      ...(wasserstein === undefined ? [] : [{ distance: "WASSERSTEIN" as const, value: wasserstein }]),
    ],
    pValue: Math.min(1, Math.max(0, kolmogorovSurvival(least * Math.sqrt(sizes)))),
  };
}

/**
 * The Kolmogorov-Smirnov distance of two samples with these statistics, which do not hold the values but bound the share
 * before every place.
 *
 * - `least`: where the bounds of both samples do not meet, the gap between them is certain. It is never above the true
 *   distance, so that a p-value from it is never too small.
 * - `likely`: the gap at the deciles of either sample, where one share is known and the other one lies between bounds that
 *   are near: the effect that is reported. Not below `least`.
 *
 * Of samples that span less than some 1e-300 the buckets have no width, and both can be too large.
 */
export function kolmogorovSmirnovOf(
  baseline: NumberDistribution,
  current: NumberDistribution,
): { readonly least: number; readonly likely: number } {
  const places: readonly Place[] = [...baseline.bounds, ...current.bounds].sort(byPlace);
  const [a, b] = [boundsAt(baseline.bounds, places), boundsAt(current.bounds, places)];
  const deciles = new Set([...baseline.decilePlaces, ...current.decilePlaces]);
  let [least, likely] = [0, 0];
  for (const [i, place] of places.entries()) {
    const [first, second] = [a[i] as ShareBounds, b[i] as ShareBounds];
    least = Math.max(least, first.least - second.most, second.least - first.most);
    if (place.side === 1 || !deciles.has(place.value)) continue;
    const within = (known: ShareBounds, share: number) => Math.min(known.most, Math.max(known.least, share));
    const gap = within(first, shareBelow(baseline, place.value)) - within(second, shareBelow(current, place.value));
    likely = Math.max(likely, Math.abs(gap));
  }
  return { least, likely: Math.max(least, likely) };
}

interface ShareBounds {
  readonly least: number;
  readonly most: number;
}

/** What is known at each of the places, which rise: the best bounds from the left and from the right. */
function boundsAt(bounds: readonly Bound[], places: readonly Place[]): readonly ShareBounds[] {
  const least: number[] = [];
  let [at, best] = [0, 0];
  for (const place of places) {
    for (; at < bounds.length && byPlace(bounds[at] as Bound, place) <= 0; at++) {
      best = Math.max(best, (bounds[at] as Bound).least);
    }
    least.push(best);
  }
  const known: ShareBounds[] = [];
  at = bounds.length - 1;
  best = 1;
  for (let i = places.length - 1; i >= 0; i--) {
    for (; at >= 0 && byPlace(bounds[at] as Bound, places[i] as Place) >= 0; at--) {
      best = Math.min(best, (bounds[at] as Bound).most);
    }
    known.push({ least: least[i] as number, most: best });
  }
  return known.reverse();
}

/** Over the cells between the baseline's deciles. */
function populationStability(baseline: NumberDistribution, current: NumberDistribution): number {
  const cells = (it: NumberDistribution): readonly number[] => {
    const shares = [0, ...baseline.decilePlaces.map((place) => shareBelow(it, place)), 1];
    return shares.slice(1).map((share, i) => share - (shares[i] as number));
  };
  return populationStabilityIndex(cells(baseline), cells(current));
}

/** The area between the two distribution functions; undefined if the baseline does not vary, and so gives no unit. */
function wassersteinInDeviations(baseline: NumberDistribution, current: NumberDistribution): number | undefined {
  const unit = baseline.standardDeviation;
  if (!(unit > 0 && Number.isFinite(unit))) return undefined;
  const ends = [...baseline.buckets, ...current.buckets].flatMap((it) => [it.low, it.high]);
  const places = [...new Set(ends)].sort((a, b) => a - b);
  const gaps = places.map((it) => shareBelow(baseline, it) - shareBelow(current, it));
  let area = 0;
  for (let i = 0; i + 1 < places.length; i++) {
    const width = (places[i + 1] as number) - (places[i] as number);
    area += width * meanAbsolute(gaps[i] as number, gaps[i + 1] as number);
  }
  return Number.isFinite(area) ? area / unit : undefined;
}

/** The mean of |y| along a line from `a` to `b`. */
function meanAbsolute(a: number, b: number): number {
  if (a * b >= 0) return (Math.abs(a) + Math.abs(b)) / 2;
  return (a * a + b * b) / (2 * (Math.abs(a) + Math.abs(b)));
}

/** The share of values below a number, taking the values inside a bucket as evenly spread. */
function shareBelow({ buckets, count }: NumberDistribution, value: number): number {
  let below = 0;
  for (const it of buckets) {
    if (value >= it.high && value > it.low) below += it.count;
    else if (value > it.low) below += it.count * ((value - it.low) / (it.high - it.low));
  }
  return below / count;
}
