import { incompleteGamma } from "./gamma.ts";

/** P(Z <= x) of the standard normal distribution, with its digits kept in the left tail. */
export function normalCdf(x: number): number {
  const tail = incompleteGamma(0.5, (x * x) / 2).upper / 2;
  return x < 0 ? tail : 1 - tail;
}

/** The x with normalCdf(x) = p, for p in [0, 1]. */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) return Number.NaN;
  if (p === 0.5) return 0;
  if (p > 0.5) return -normalQuantile(1 - p);
  return p === 0 ? Number.NEGATIVE_INFINITY : crossing((x) => normalCdf(x) - p, -40, 0);
}

/** P(X <= x) of the chi-square distribution. */
export const chiSquareCdf = (x: number, degrees: number): number =>
  incompleteGamma(degrees / 2, Math.max(0, x) / 2).lower;

/** P(X > x) of the chi-square distribution: the p-value of a statistic. */
export const chiSquareSurvival = (x: number, degrees: number): number =>
  incompleteGamma(degrees / 2, Math.max(0, x) / 2).upper;

/** The x with chiSquareCdf(x) = p, for p in [0, 1). */
export function chiSquareQuantile(p: number, degrees: number): number {
  if (!(p >= 0 && p < 1) || !(degrees > 0)) return Number.NaN;
  let high = degrees + 1;
  while (chiSquareCdf(high, degrees) < p) high *= 2;
  return crossing((x) => chiSquareCdf(x, degrees) - p, 0, high);
}

/**
 * P(K > x) of the Kolmogorov distribution, by whichever of its two theta series converges fast (Kolmogorov 1933; Marsaglia,
 * Tsang and Wang 2003, doi:10.18637/jss.v008.i18).
 */
export function kolmogorovSurvival(x: number): number {
  if (x <= 0) return 1;
  if (x < 1) {
    const terms = [1, 3, 5, 7, 9].map((k) => Math.exp(-(k * k * Math.PI * Math.PI) / (8 * x * x)));
    return 1 - (Math.sqrt(2 * Math.PI) / x) * terms.reduce((sum, it) => sum + it, 0);
  }
  const terms = [1, 2, 3, 4, 5].map((k) => (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * x * x));
  return terms.reduce((sum, it) => sum + it, 0);
}

/** Where a rising function crosses zero within [low, high]: bisection until the numbers between run out. */
function crossing(rising: (x: number) => number, low: number, high: number): number {
  let [a, b] = [low, high];
  for (let i = 0; i < 1_100; i++) {
    const middle = (a + b) / 2;
    if (middle <= a || middle >= b) break;
    if (rising(middle) < 0) a = middle;
    else b = middle;
  }
  return Math.abs(rising(a)) < Math.abs(rising(b)) ? a : b;
}
