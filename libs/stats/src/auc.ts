import { type Interval, normalInterval } from "./intervals.ts";

/**
 * The area under the ROC curve: the share of pairs of a positive and a negative in which the positive has the higher score,
 * equal scores counting half. NaN if there is no positive or no negative. Scores must not be NaN.
 */
export function auc(scores: ArrayLike<number>, labels: ArrayLike<boolean | number>): number {
  const { positives, negatives, ranks } = ranked(scores, labels);
  if (positives.length === 0 || negatives.length === 0) return Number.NaN;
  const sum = positives.reduce((total, row) => total + (ranks[row] ?? 0), 0);
  return (sum - (positives.length * (positives.length + 1)) / 2) / (positives.length * negatives.length);
}

/**
 * AUC with DeLong's interval (DeLong, DeLong and Clarke-Pearson 1988, doi:10.2307/2531595; in n log n by Sun and Xu 2014,
 * doi:10.1109/LSP.2014.2337313), clipped to [0, 1]. NaN bounds with fewer than two positives or negatives.
 */
export function aucInterval(
  scores: ArrayLike<number>,
  labels: ArrayLike<boolean | number>,
  level = 0.95,
): Interval & { readonly standardError: number } {
  const { positives, negatives, ranks } = ranked(scores, labels);
  const [m, n] = [positives.length, negatives.length];
  const estimate = auc(scores, labels);
  const rankWithin = (rows: readonly number[]): Float64Array => midRanks(rows.map((row) => scores[row] ?? Number.NaN));
  const own = { positive: rankWithin(positives), negative: rankWithin(negatives) };
  const ofPositive = positives.map((row, i) => ((ranks[row] ?? 0) - (own.positive[i] ?? 0)) / n);
  const ofNegative = negatives.map((row, i) => 1 - ((ranks[row] ?? 0) - (own.negative[i] ?? 0)) / m);
  const standardError = Math.sqrt(variance(ofPositive) / m + variance(ofNegative) / n);
  const interval = normalInterval(estimate, standardError, level);
  return { ...interval, low: Math.max(0, interval.low), high: Math.min(1, interval.high), standardError };
}

function variance(values: readonly number[]): number {
  const mean = values.reduce((sum, it) => sum + it, 0) / values.length;
  return values.reduce((sum, it) => sum + (it - mean) ** 2, 0) / (values.length - 1);
}

function ranked(scores: ArrayLike<number>, labels: ArrayLike<boolean | number>) {
  const positives: number[] = [];
  const negatives: number[] = [];
  for (let row = 0; row < scores.length; row++) (labels[row] ? positives : negatives).push(row);
  return { positives, negatives, ranks: midRanks(scores) };
}

/** Ranks from 1; equal values share the mean of their ranks. */
export function midRanks(values: ArrayLike<number>): Float64Array {
  const order = Uint32Array.from({ length: values.length }, (_, i) => i);
  order.sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end] ?? 0] === values[order[start] ?? 0]) end += 1;
    for (let i = start; i < end; i++) ranks[order[i] ?? 0] = (start + end + 1) / 2;
    start = end;
  }
  return ranks;
}
