/** Count, mean and sum of squared deviations from the mean: what mean and variance need, and two of which merge. */
export interface Moments {
  readonly count: number;
  readonly mean: number;
  readonly m2: number;
}

/** The moments of nothing; the neutral element of `mergeMoments`. */
export const NO_MOMENTS: Moments = { count: 0, mean: 0, m2: 0 };

/** Adds one value (Welford 1962, doi:10.1080/00401706.1962.10490022). */
export function addValue(moments: Moments, value: number): Moments {
  const count = moments.count + 1;
  const delta = value - moments.mean;
  const mean = moments.mean + delta / count;
  return { count, mean, m2: moments.m2 + delta * (value - mean) };
}

export const momentsOf = (values: Iterable<number>): Moments => {
  let moments = NO_MOMENTS;
  for (const value of values) moments = addValue(moments, value);
  return moments;
};

/** The moments of both parts together (Chan, Golub and LeVeque 1983, doi:10.1080/00031305.1983.10483115). */
export function mergeMoments(a: Moments, b: Moments): Moments {
  if (a.count === 0) return b;
  if (b.count === 0) return a;
  const count = a.count + b.count;
  const delta = b.mean - a.mean;
  return {
    count,
    mean: a.mean + (delta * b.count) / count,
    m2: a.m2 + b.m2 + (delta * delta * a.count * b.count) / count,
  };
}

/** The sample variance (divisor n - 1); NaN for fewer than two values. */
export const sampleVariance = ({ count, m2 }: Moments): number => (count > 1 ? m2 / (count - 1) : Number.NaN);

/** The variance of the values themselves (divisor n); NaN for none. */
export const populationVariance = ({ count, m2 }: Moments): number => (count > 0 ? m2 / count : Number.NaN);
