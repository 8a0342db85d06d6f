import { kolmogorovSurvival } from "./distributions.ts";

/** Products of sample sizes up to which the p-value is exact. */
const EXACT_PRODUCT_MAX = 1_000_000;

/** The result of a test: the effect, and how surprising it would be if nothing had changed. */
export interface TestResult {
  readonly statistic: number;
  readonly pValue: number;
}

/**
 * The two-sample Kolmogorov-Smirnov test, two-sided: the largest distance of the two empirical distribution functions. The p-value is
 * exact without ties for products of sizes up to 1,000,000 (lattice paths, Hodges 1958, doi:10.1007/BF02589501), above by the limiting
 * distribution; with ties it is too large rather than too small. NaN of an empty sample. Values must not be NaN.
 */
export function kolmogorovSmirnov(a: ArrayLike<number>, b: ArrayLike<number>): TestResult {
  const [x, y] = [Float64Array.from(a).sort(), Float64Array.from(b).sort()];
  const [m, n] = [x.length, y.length];
  if (m === 0 || n === 0) return { statistic: Number.NaN, pValue: Number.NaN };
  // In units of 1/(m n), whole numbers, so that equal distances are equal.
  let most = 0;
  for (let i = 0, j = 0; i < m && j < n; ) {
    const value = Math.min(x[i] ?? 0, y[j] ?? 0);
    while (i < m && x[i] === value) i += 1;
    while (j < n && y[j] === value) j += 1;
    most = Math.max(most, Math.abs(i * n - j * m));
  }
  const statistic = most / (m * n);
  const pValue =
    m * n <= EXACT_PRODUCT_MAX
      ? exactSurvival(most, m, n)
      : kolmogorovSurvival(statistic * Math.sqrt((m * n) / (m + n)));
  return { statistic, pValue: Math.min(1, Math.max(0, pValue)) };
}

/** P(D >= most / (m n)): one less the share of lattice paths from (0, 0) to (m, n) that stay nearer to the diagonal than that. */
function exactSurvival(most: number, m: number, n: number): number {
  const inside = (i: number, j: number): boolean => Math.abs(i * n - j * m) < most;
  const shares = new Float64Array(n + 1);
  for (let j = 0; j <= n; j++) shares[j] = inside(0, j) && (j === 0 || (shares[j - 1] ?? 0) > 0) ? 1 : 0;
  for (let i = 1; i <= m; i++) {
    for (let j = 0; j <= n; j++) {
      // The share of all paths to (i, j): the last step came from the left with chance i/(i+j), else from below.
      const left = ((shares[j] ?? 0) * i) / (i + j);
      const below = j === 0 ? 0 : ((shares[j - 1] ?? 0) * j) / (i + j);
      shares[j] = inside(i, j) ? left + below : 0;
    }
  }
  return 1 - (shares[n] ?? 0);
}

/**
 * The Wasserstein-1 distance: the area between the two empirical distribution functions, in the unit of the values. NaN of an empty
 * sample.
 */
export function wassersteinDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [x, y] = [Float64Array.from(a).sort(), Float64Array.from(b).sort()];
  if (x.length === 0 || y.length === 0) return Number.NaN;
  const all = Float64Array.from([...x, ...y]).sort();
  let [i, j, area] = [0, 0, 0];
  for (let k = 0; k + 1 < all.length; k++) {
    const value = all[k] ?? 0;
    while (i < x.length && (x[i] ?? 0) <= value) i += 1;
    while (j < y.length && (y[j] ?? 0) <= value) j += 1;
    area += Math.abs(i / x.length - j / y.length) * ((all[k + 1] ?? 0) - value);
  }
  return area;
}
