import type { FeatureValue } from "@throughline/kernel";
import type { ColumnType } from "./table.ts";

/** What to compute over a table of one or more Parquet files with the same columns. */
export interface StatisticsPlan {
  readonly segments: readonly string[];
  /** Which columns. Default: all of a supported type. */
  readonly columns?: readonly string[];
  /** A numeric column of weights >= 0: adds the `weighted` figures. A row whose weight is null, negative or not finite counts as 0. */
  readonly weightColumn?: string;
  /** Adds the same statistics for every combination of values of these columns, the most frequent first, at most `slicesMax` (default 100). */
  readonly sliceBy?: readonly string[];
  readonly slicesMax?: number;
  /** Equal-width buckets of a histogram. Default 20. */
  readonly histogramBuckets?: number;
  /** Values to list by count. Default 20. */
  readonly topValues?: number;
}

/** Statistics of a table. */
export interface TableStatistics extends SliceStatistics {
  readonly slices: readonly (SliceStatistics & { readonly values: readonly FeatureValue[] })[];
  /** Slices that `slicesMax` left out. */
  readonly slicesLeftOut: number;
}

/** Statistics of some rows. */
export interface SliceStatistics {
  readonly rowCount: number;
  /** Sum of the weights, when there is a weight column. */
  readonly weight?: number;
  readonly columns: readonly ColumnStatistics[];
}

/** Statistics of one column. */
export interface ColumnStatistics {
  readonly name: string;
  readonly type: ColumnType;
  /** Rows with a value, and rows without. */
  readonly count: number;
  readonly missing: number;
  readonly distinct: Distinct;
  /** By count, then by value; empty for float64, bytes and lists. Values of bool, int64 and timestamp are written as text. */
  readonly topValues: readonly ValueCount[];
  /** int64, float64 and timestamp (in seconds) columns. */
  readonly numeric?: NumericStatistics;
  /** string columns (in characters) and bytes columns (in bytes). */
  readonly text?: TextStatistics;
  readonly list?: ListStatistics;
  readonly bool?: { readonly trueCount: number; readonly falseCount: number };
  /** The exact range of an int64 or timestamp column, where float64 would round. */
  readonly range?: { readonly min: bigint; readonly max: bigint };
}

/** How many different values there are; for float64, bytes and lists an estimate above 100,000 (HyperLogLog, relative error about 2 %). */
export interface Distinct {
  readonly count: number;
  readonly exact: boolean;
}

/** A value and how often it is there. */
export interface ValueCount {
  readonly value: string;
  readonly count: number;
  readonly weight?: number;
}

/**
 * Moments, quantiles and histograms over the finite values. `moments` are mergeable: `m2` is the sum of squared deviations from
 * the mean. Float sums may differ in the last bits from run to run where several threads add.
 */
export interface NumericStatistics {
  readonly moments: { readonly count: number; readonly mean: number; readonly m2: number };
  readonly weighted?: { readonly weight: number; readonly mean: number; readonly variance: number };
  readonly min: number;
  readonly max: number;
  /** Sample standard deviation (divisor n - 1); 0 for fewer than two values. */
  readonly standardDeviation: number;
  readonly zeroCount: number;
  readonly nanCount: number;
  readonly positiveInfinityCount: number;
  readonly negativeInfinityCount: number;
  readonly quantiles: Quantiles;
  /** Equal-width buckets from min to max. */
  readonly histogram: readonly Bucket[];
}

/**
 * The values at the percentiles 0 to 100, each a value of the column (the one at rank floor(p/100 * (n-1)) from 0); empty when there are none. Exact up to
 * 4,000,000 values; above, of a fixed sample of the rows, and `rankError` bounds the error of every rank with
 * probability 0.999999 (Dvoretzky, Kiefer and Wolfowitz 1956 with Massart's constant, doi:10.1214/aop/1176990746).
 */
export interface Quantiles {
  readonly values: readonly number[];
  readonly rankError: number;
}

/** Values in [low, high); the last bucket includes `high`. */
export interface Bucket {
  readonly low: number;
  readonly high: number;
  readonly count: number;
  readonly weight?: number;
}

/** Lengths of texts or byte strings. */
export interface TextStatistics {
  readonly lengthMin: number;
  readonly lengthMax: number;
  readonly lengthMean: number;
  readonly emptyCount: number;
}

/** Numbers of items of the lists of a column. */
export interface ListStatistics {
  readonly itemsMin: number;
  readonly itemsMax: number;
  readonly itemsMean: number;
}
