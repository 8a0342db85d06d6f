import {
  addProductToSum,
  addSum,
  addToSum,
  type ExactSum,
  exactValue,
  nearest,
  noSum,
  SUM_EXPONENT,
  SUMMABLE_MAX,
} from "./exact-sum.ts";

/** Count, least, greatest, and the exact sums of numbers and of their squares. */
export interface MomentState {
  count: number;
  min: number;
  max: number;
  readonly sum: ExactSum;
  readonly squares: ExactSum;
}

export const noMoments = (): MomentState => ({
  count: 0,
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
  sum: noSum(),
  squares: noSum(),
});

/** Numbers that are missing, infinite or beyond 2^500 teach nothing. */
export const isTeaching = (value: number): boolean => Math.abs(value) <= SUMMABLE_MAX;

export function addMoments(state: MomentState, values: Float64Array): void {
  for (const value of values) {
    if (!isTeaching(value)) continue;
    state.count += 1;
    if (value < state.min) state.min = value;
    if (value > state.max) state.max = value;
    addToSum(state.sum, value);
    addProductToSum(state.squares, value, value);
  }
}

export function mergeMoments(state: MomentState, other: MomentState): void {
  state.count += other.count;
  state.min = Math.min(state.min, other.min);
  state.max = Math.max(state.max, other.max);
  addSum(state.sum, other.sum);
  addSum(state.squares, other.squares);
}

/** The mean, rounded once. */
export const meanOf = ({ count, sum }: MomentState): number => nearest(exactValue(sum), BigInt(count), SUM_EXPONENT);

/** The variance of the population, rounded once: nothing cancels, however far the numbers are from zero. */
export const varianceOf = ({ count, sum, squares }: MomentState): number =>
  covariance(exactValue(squares), [exactValue(sum), exactValue(sum)], { count, divisor: BigInt(count) });

/**
 * (n * sum of products - product of sums) / (n * divisor), rounded once. Sums are multiples of 2^SUM_EXPONENT.
 */
export function covariance(
  products: bigint,
  [a, b]: readonly [bigint, bigint],
  { count, divisor }: { readonly count: number; readonly divisor: bigint },
): number {
  const n = BigInt(count);
  const numerator = ((n * products) << BigInt(-SUM_EXPONENT)) - a * b;
  return nearest(numerator, n * divisor, 2 * SUM_EXPONENT);
}
