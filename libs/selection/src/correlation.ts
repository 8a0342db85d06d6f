import { type Interval, midRanks, twoSidedZ } from "@throughline/stats";

/** Pearson's correlation of two lists without missing values; NaN if one of them is constant. */
export const pearson = (a: Float64Array, b: Float64Array): number => cosine(centred(a), centred(b));

/** Spearman's correlation: Pearson's of the ranks, equal values sharing the mean of theirs. */
export const spearman = (a: Float64Array, b: Float64Array): number => pearson(midRanks(a), midRanks(b));

/** The deviations from the mean, brought to a length of 1; NaN if all values are equal. The correlation is their `cosine`. */
export function centred(values: Float64Array): Float64Array {
  // Rounding would give a constant a length that is not quite 0.
  if (values.every((it) => it === values[0])) return values.map(() => Number.NaN);
  const mean = values.reduce((sum, it) => sum + it, 0) / values.length;
  const deviations = values.map((it) => it - mean);
  // Divided by the largest, no square leaves the range of numbers.
  const most = deviations.reduce((found, it) => Math.max(found, Math.abs(it)), 0);
  const length = most * Math.sqrt(deviations.reduce((sum, it) => sum + (it / most) ** 2, 0));
  return deviations.map((it) => it / length);
}

/** The sum of products, in [-1, 1]. */
export function cosine(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return Math.min(1, Math.max(-1, sum));
}

/** The interval of a correlation of so many rows by Fisher's transformation (1921); exact for normal values alone. */
export function correlationInterval(estimate: number, rows: number, level = 0.95): Interval {
  const half = rows > 3 ? twoSidedZ(level) / Math.sqrt(rows - 3) : Number.POSITIVE_INFINITY;
  return { estimate, low: Math.tanh(Math.atanh(estimate) - half), high: Math.tanh(Math.atanh(estimate) + half), level };
}
