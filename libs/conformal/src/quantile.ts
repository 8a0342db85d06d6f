import { betaQuantile } from "@throughline/stats";

/** Rows without which no finite quantile has the coverage 1 - alpha. */
export const leastRows = (alpha: number): number => Math.ceil((1 - alpha) / alpha - TOLERANCE);

/**
 * The rank of the calibration score that is the quantile: ceil((n + 1)(1 - alpha)) of n, from 1. Intervals of all values up to it
 * have coverage of at least 1 - alpha for exchangeable rows (Vovk, Gammerman and Shafer 2005, doi:10.1007/b106715; Lei and others
 * 2018, doi:10.1080/01621459.2017.1307116).
 */
export const conformalRank = (rows: number, alpha: number): number => Math.ceil((rows + 1) * (1 - alpha) - TOLERANCE);

/** (n + 1)(1 - alpha) is a little more than the whole number that it stands for where 1 - alpha is not a float. */
const TOLERANCE = 1e-9;

/** The score at the rank; infinite if there are fewer rows than that. */
export function conformalQuantile(scores: readonly number[], alpha: number): number {
  const sorted = Float64Array.from(scores).sort();
  return sorted[conformalRank(sorted.length, alpha) - 1] ?? Number.POSITIVE_INFINITY;
}

/** A range that holds something with a probability. */
export interface CoverageRange {
  readonly low: number;
  readonly high: number;
}

/**
 * Where the coverage of a calibration lies with the given probability: over the choice of n calibration rows without ties it has the
 * distribution Beta(k, n + 1 - k), k the rank (Vovk 2012, arXiv:1209.2673, proposition 2b; Angelopoulos and Bates 2023,
 * doi:10.1561/2200000101, section 3.2).
 */
export function coverageRange(rows: number, alpha: number, level: number): CoverageRange {
  const rank = conformalRank(rows, alpha);
  if (rank > rows) return { low: 1, high: 1 };
  const at = (p: number): number => betaQuantile(p, rank, rows + 1 - rank);
  return { low: at((1 - level) / 2), high: at((1 + level) / 2) };
}
