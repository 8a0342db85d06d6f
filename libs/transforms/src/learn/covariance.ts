import {
  addProductToSum,
  addSum,
  addToSum,
  type ExactSum,
  exactValue,
  nearest,
  noSum,
  SUM_EXPONENT,
} from "./exact-sum.ts";
import { covariance, isTeaching } from "./moments.ts";

/** The exact sums of numbers and of their products, over the rows that have all of them. */
export interface CovarianceState {
  count: number;
  readonly sums: readonly ExactSum[];
  /** Of number i with number j, j at most i, row by row. */
  readonly products: readonly ExactSum[];
}

export const noCovariance = (width: number): CovarianceState => ({
  count: 0,
  sums: Array.from({ length: width }, noSum),
  products: Array.from({ length: (width * (width + 1)) / 2 }, noSum),
});

export function addCovariance(state: CovarianceState, columns: readonly Float64Array[]): void {
  const rows = columns[0]?.length ?? 0;
  const row = new Float64Array(columns.length);
  for (let r = 0; r < rows; r++) {
    columns.forEach((it, i) => {
      row[i] = it[r] as number;
    });
    if (row.every(isTeaching)) addRow(state, row);
  }
}

function addRow(state: CovarianceState, row: Float64Array): void {
  state.count += 1;
  let at = 0;
  for (let i = 0; i < row.length; i++) {
    const value = row[i] as number;
    addToSum(state.sums[i] as ExactSum, value);
    for (let j = 0; j <= i; j++) addProductToSum(state.products[at++] as ExactSum, value, row[j] as number);
  }
}

export function mergeCovariance(state: CovarianceState, other: CovarianceState): void {
  state.count += other.count;
  state.sums.forEach((it, i) => void addSum(it, other.sums[i] as ExactSum));
  state.products.forEach((it, i) => void addSum(it, other.products[i] as ExactSum));
}

/** The means, and the covariances of the sample, each rounded once. Needs two rows. */
export function covarianceMatrix({ count, sums, products }: CovarianceState): {
  readonly mean: readonly number[];
  readonly matrix: readonly Float64Array[];
} {
  const exact = sums.map(exactValue);
  const matrix = sums.map(() => new Float64Array(sums.length));
  let at = 0;
  for (let i = 0; i < sums.length; i++)
    for (let j = 0; j <= i; j++) {
      const pair = [exact[i] as bigint, exact[j] as bigint] as const;
      const value = covariance(exactValue(products[at++] as ExactSum), pair, { count, divisor: BigInt(count - 1) });
      (matrix[i] as Float64Array)[j] = value;
      (matrix[j] as Float64Array)[i] = value;
    }
  return { mean: exact.map((it) => nearest(it, BigInt(count), SUM_EXPONENT)), matrix };
}
