import { normalQuantile } from "./distributions.ts";
import type { Random } from "./random.ts";

/** Where a quantity lies with the given confidence. */
export interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  /** The confidence, in (0, 1). */
  readonly level: number;
}

/** The number z with P(|Z| <= z) = level. */
export const twoSidedZ = (level: number): number => normalQuantile((1 + level) / 2);

/**
 * The interval of a share: `successes` of `trials` (Wilson 1927, doi:10.1080/01621459.1927.10502953). Right also for few trials
 * and for shares near 0 and 1. No trials: [0, 1], and the estimate is NaN.
 */
export function wilsonInterval(successes: number, trials: number, level = 0.95): Interval {
  if (trials === 0) return { estimate: Number.NaN, low: 0, high: 1, level };
  const z = twoSidedZ(level);
  const share = successes / trials;
  const scale = 1 + (z * z) / trials;
  const centre = (share + (z * z) / (2 * trials)) / scale;
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / trials + (z * z) / (4 * trials * trials));
  return {
    estimate: share,
    low: successes === 0 ? 0 : Math.max(0, centre - half),
    high: successes === trials ? 1 : Math.min(1, centre + half),
    level,
  };
}

/** An estimate plus and minus z standard errors. */
export function normalInterval(estimate: number, standardError: number, level = 0.95): Interval {
  const half = twoSidedZ(level) * standardError;
  return { estimate, low: estimate - half, high: estimate + half, level };
}

/** What a bootstrap draws. */
export interface Bootstrap {
  /** Rows of the data. */
  readonly size: number;
  /** The quantity, of the rows at these positions (a row may come several times). */
  readonly statistic: (rows: Uint32Array) => number;
  readonly random: Random;
  /** Default 1,000. */
  readonly resamples?: number;
  readonly level?: number;
}

/**
 * The percentile bootstrap (Efron 1979, doi:10.1214/aos/1176344552). Resamples on which the statistic is not finite (one class
 * only, for example) are left out.
 */
export function bootstrapInterval({ size, statistic, random, resamples = 1_000, level = 0.95 }: Bootstrap): Interval {
  const rows = Uint32Array.from({ length: size }, (_, i) => i);
  const estimate = statistic(rows);
  const values: number[] = [];
  for (let n = 0; n < resamples; n++) {
    for (let i = 0; i < size; i++) rows[i] = Math.floor(random() * size);
    const value = statistic(rows);
    if (Number.isFinite(value)) values.push(value);
  }
  values.sort((a, b) => a - b);
  return {
    estimate,
    low: quantileOfSorted(values, (1 - level) / 2),
    high: quantileOfSorted(values, (1 + level) / 2),
    level,
  };
}

/**
 * The quantile of sorted values with linear interpolation (type 7 of Hyndman and Fan 1996, doi:10.1080/00031305.1996.10473566);
 * NaN of none.
 */
export function quantileOfSorted(sorted: ArrayLike<number>, p: number): number {
  if (sorted.length === 0) return Number.NaN;
  const position = p * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? Number.NaN;
  return low + (high - low) * (position - below);
}

/**
 * The jackknife interval from the values of a statistic with one part of the data left out each time (Tukey 1958, as in Efron
 * and Stein 1981, doi:10.1214/aos/1176345462). Parts are rows, or groups of rows of about equal size.
 */
export function jackknifeInterval(estimate: number, leftOut: readonly number[], level = 0.95): Interval {
  const n = leftOut.length;
  const mean = leftOut.reduce((sum, it) => sum + it, 0) / n;
  const squares = leftOut.reduce((sum, it) => sum + (it - mean) ** 2, 0);
  return normalInterval(estimate, Math.sqrt((squares * (n - 1)) / n), level);
}
