import { chiSquareSurvival } from "./distributions.ts";
import type { TestResult } from "./two-sample.ts";

/** The result of a chi-square test. */
export interface ChiSquareResult extends TestResult {
  readonly degrees: number;
  /** Cramer's V, the effect size in [0, 1], which does not grow with the sample. */
  readonly cramersV: number;
  /** The smallest expected count: below 5 the p-value is rough (Cochran 1954, doi:10.2307/3001616). */
  readonly leastExpected: number;
}

/**
 * Pearson's chi-square test of homogeneity: do the rows of counts come from one distribution over the columns? Columns and rows without
 * counts are left out; without two of each left, nothing can differ (statistic 0, p-value 1).
 */
export function chiSquareTest(table: readonly (readonly number[])[]): ChiSquareResult {
  const sum = (values: readonly number[]): number => values.reduce((total, it) => total + it, 0);
  const rows = table.map(sum);
  const columns = (table[0] ?? []).map((_, j) => sum(table.map((row) => row[j] ?? 0)));
  const total = sum(rows);
  let [statistic, leastExpected] = [0, Number.POSITIVE_INFINITY];
  for (const [i, row] of table.entries()) {
    for (const [j, column] of columns.entries()) {
      const expected = ((rows[i] ?? 0) * column) / total;
      if (!(expected > 0)) continue;
      statistic += ((row[j] ?? 0) - expected) ** 2 / expected;
      leastExpected = Math.min(leastExpected, expected);
    }
  }
  const [used, kinds] = [rows, columns].map((it) => it.filter((count) => count > 0).length) as [number, number];
  const degrees = Math.max(0, (used - 1) * (kinds - 1));
  if (degrees === 0) return { statistic: 0, pValue: 1, degrees: 0, cramersV: 0, leastExpected };
  const cramersV = Math.sqrt(statistic / (total * (Math.min(used, kinds) - 1)));
  return { statistic, pValue: chiSquareSurvival(statistic, degrees), degrees, cramersV, leastExpected };
}
