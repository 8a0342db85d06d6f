/**
 * A sum of floats without any rounding: numbers whose exact total it is, none of which overlaps another, the largest first
 * (Shewchuk 1997, doi:10.1007/PL00009321). Each is the total of itself and all after it, rounded to the nearest float, so that
 * equal totals are equal lists, whatever was added and taken away, and in which order.
 */
export type ExactSum = readonly number[];

export const NO_SUM: ExactSum = [];

/** Numbers that fit into a total which no sum of squares overflows. */
export const MAGNITUDE_MAX = 1e100;

/** The sum with more numbers in it. */
export function plus(sum: ExactSum, ...values: readonly number[]): ExactSum {
  let parts: number[] = [...sum].reverse();
  for (const value of values) parts = grown(parts, value);
  return canonical(parts);
}

/** The sum with a * b more. The product is exact too, unless it is below 1e-290. */
export function plusProduct(sum: ExactSum, a: number, b: number): ExactSum {
  const [high, low] = exactProduct(a, b);
  return plus(sum, high, low);
}

/** The total, rounded to the nearest float. */
export const total = (sum: ExactSum): number => sum[0] ?? 0;

/**
 * sum - a * b / n, rounded about once: what is left of a sum of products around the means. Twice the digits of a float are
 * kept on the way, so that values far from 0 and close to each other keep their variance.
 */
export function aroundMeans({ sum, a, b, n }: { sum: ExactSum; a: ExactSum; b: ExactSum; n: number }): number {
  const [aHigh, aLow] = [a[0] ?? 0, a[1] ?? 0];
  const [bHigh, bLow] = [b[0] ?? 0, b[1] ?? 0];
  const [high, low] = exactProduct(aHigh, bHigh);
  const product = [high, low + aHigh * bLow + aLow * bHigh] as const;
  const quotient = product[0] / n;
  const [back, rest] = exactProduct(quotient, n);
  const correction = (product[0] - back - rest + product[1]) / n;
  return total(plus(sum, -quotient, -correction));
}

/** Adds one number to parts that do not overlap, the smallest first. */
function grown(parts: readonly number[], value: number): number[] {
  const next: number[] = [];
  let carried = value;
  for (const part of parts) {
    const sum = carried + part;
    const lost = roundedOff(carried, part, sum);
    if (lost !== 0) next.push(lost);
    carried = sum;
  }
  if (carried !== 0) next.push(carried);
  return next;
}

/** What a + b lost when it was rounded to `sum` (Knuth's two-sum). */
function roundedOff(a: number, b: number, sum: number): number {
  const seen = sum - a;
  return a - (sum - seen) + (b - seen);
}

function canonical(parts: number[]): ExactSum {
  const found: number[] = [];
  let rest = parts;
  while (rest.length > 0) {
    const nearest = nearestFloat(rest);
    found.push(nearest);
    rest = grown(rest, -nearest);
  }
  return found;
}

/** The float nearest to the exact total of parts, the smallest first; a tie is broken by the parts below it. */
function nearestFloat(parts: readonly number[]): number {
  let at = parts.length - 1;
  let sum = parts[at] ?? 0;
  let lost = 0;
  while (at > 0 && lost === 0) {
    at--;
    const part = parts[at] ?? 0;
    const next = sum + part;
    lost = part - (next - sum);
    sum = next;
  }
  const below = parts[at - 1] ?? 0;
  if ((lost < 0 && below < 0) || (lost > 0 && below > 0)) {
    const twice = lost * 2;
    const next = sum + twice;
    if (next - sum === twice) return next;
  }
  return sum;
}

/** a * b as a float and what it lost (Dekker 1971, doi:10.1007/BF01397083). */
function exactProduct(a: number, b: number): readonly [number, number] {
  const product = a * b;
  const [aHigh, aLow] = halves(a);
  const [bHigh, bLow] = halves(b);
  return [product, aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow)];
}

function halves(value: number): readonly [number, number] {
  const scaled = 134_217_729 * value;
  const high = scaled - (scaled - value);
  return [high, value - high];
}
