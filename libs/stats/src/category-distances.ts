/** How often each value is there. */
export type Counts = Readonly<Record<string, number>> | ReadonlyMap<string, number>;

/** Two distributions over the same values. */
interface Pair {
  readonly p: readonly number[];
  readonly q: readonly number[];
}

function paired(a: Counts, b: Counts): Pair {
  const [first, second] = [toMap(a), toMap(b)];
  const values = [...new Set([...first.keys(), ...second.keys()])];
  return { p: values.map((it) => first.get(it) ?? 0), q: values.map((it) => second.get(it) ?? 0) };
}

const toMap = (counts: Counts): ReadonlyMap<string, number> =>
  counts instanceof Map ? counts : new Map(Object.entries(counts as Readonly<Record<string, number>>));

/** Shares of counts; all 0 when there are none. */
export function sharesOf(counts: readonly number[]): readonly number[] {
  const sum = counts.reduce((total, it) => total + it, 0);
  return sum === 0 ? counts : counts.map((it) => it / sum);
}

/** The largest difference of the shares of one value. In [0, 1]. */
export function lInfinity(a: Counts, b: Counts): number {
  const { p, q } = paired(a, b);
  const [left, right] = [sharesOf(p), sharesOf(q)];
  return left.reduce((most, it, i) => Math.max(most, Math.abs(it - (right[i] ?? 0))), 0);
}

/** The largest difference of counts over the sum of all counts of both: max |x - y| / sum (x + y). 0 when both are empty. */
export function normalizedAbsoluteDifference(a: Counts, b: Counts): number {
  const { p, q } = paired(a, b);
  const total = [...p, ...q].reduce((sum, it) => sum + it, 0);
  return total === 0 ? 0 : p.reduce((most, it, i) => Math.max(most, Math.abs(it - (q[i] ?? 0))), 0) / total;
}

/**
 * The Jensen-Shannon divergence of counts in the same order, base 2, so in [0, 1] (Lin 1991, doi:10.1109/18.61115). Both empty: 0;
 * one empty: 1.
 */
export function jensenShannonOfCounts(a: readonly number[], b: readonly number[]): number {
  const [p, q] = [sharesOf(a), sharesOf(b)];
  const [left, right] = [a, b].map((it) => it.some((count) => count > 0));
  if (!left || !right) return left === right ? 0 : 1;
  const part = (x: number, y: number): number => (x === 0 ? 0 : x * Math.log2((2 * x) / (x + y)));
  const sum = p.reduce((total, x, i) => total + part(x, q[i] ?? 0) + part(q[i] ?? 0, x), 0);
  return Math.min(1, Math.max(0, sum / 2));
}

/** The Jensen-Shannon divergence of categorical counts; see jensenShannonOfCounts. */
export function jensenShannon(a: Counts, b: Counts): number {
  const { p, q } = paired(a, b);
  return jensenShannonOfCounts(p, q);
}

/**
 * The population stability index, sum (p - q) ln(p / q), over buckets in the same order. A share below `least` counts as `least`, so that
 * an empty bucket is not infinite. Customary reading: below 0.1 the same, above 0.25 changed; it grows as samples shrink.
 */
export function populationStabilityIndex(a: readonly number[], b: readonly number[], least = 1e-4): number {
  const [p, q] = [sharesOf(a), sharesOf(b)].map((shares) => shares.map((it) => Math.max(least, it)));
  return (p ?? []).reduce((sum, x, i) => sum + (x - (q?.[i] ?? least)) * Math.log(x / (q?.[i] ?? least)), 0);
}
