import { type Interval, momentsOf, populationVariance, wilsonInterval } from "@throughline/stats";
import type { DataColumn } from "./column.ts";

/** How much the values of a column differ. */
export interface Spread {
  readonly rows: number;
  readonly missing: number;
  /** Different values; missing ones are none. */
  readonly distinct: number;
  /** The share of rows that have the commonest value (missing counts as one), with its Wilson interval of 95%. */
  readonly commonest: Interval;
  /** The population variance; NaN for categories. */
  readonly variance: number;
  /** The standard deviation over the size of the mean; NaN for categories, infinite for a mean of 0. */
  readonly relativeDeviation: number;
}

/** The spread of a column. */
export function spreadOf(column: DataColumn): Spread {
  const counts = new Map<number, number>();
  const values = column.kind === "numeric" ? column.values : column.codes;
  let missing = 0;
  for (const value of values) {
    if (Number.isNaN(value) || (column.kind === "categorical" && value < 0)) missing += 1;
    else counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  let most = missing;
  for (const count of counts.values()) most = Math.max(most, count);
  const moments = column.kind === "numeric" ? momentsOf(column.values.filter((it) => !Number.isNaN(it))) : undefined;
  const variance = moments ? populationVariance(moments) : Number.NaN;
  return {
    rows: values.length,
    missing,
    distinct: counts.size,
    commonest: wilsonInterval(most, values.length),
    variance,
    relativeDeviation: moments ? Math.sqrt(variance) / Math.abs(moments.mean) : Number.NaN,
  };
}
