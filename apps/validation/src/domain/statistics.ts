import { canonicalJson, type Digest, type Json } from "@throughline/kernel";

/** The types of columns, in the words of `throughline.type.v1.ValueType` without its prefix. */
export const VALUE_TYPES = ["BOOL", "INT64", "FLOAT64", "STRING", "BYTES", "TIMESTAMP", "LIST"] as const;

export type ValueType = (typeof VALUE_TYPES)[number];

/** What statistics say: everything that their digest covers. */
export interface StatisticsContent {
  readonly dataDigest: Digest;
  readonly rowCount: number;
  readonly columns: readonly ColumnStatistics[];
}

/** Statistics without their columns, as lists show them. */
export interface StatisticsSummary {
  readonly name: string;
  readonly digest: Digest;
  readonly dataDigest: Digest;
  readonly rowCount: number;
  readonly createTimeMs: number;
}

/** Statistics of a data set. */
export interface DatasetStatistics extends StatisticsSummary {
  readonly columns: readonly ColumnStatistics[];
}

/** Statistics of one column. Lists and bytes have neither `numeric` nor `text`. */
export interface ColumnStatistics {
  readonly name: string;
  readonly type: ValueType;
  readonly presentCount: number;
  readonly missingCount: number;
  readonly distinctCount: number;
  /** Of numbers, truth values (0 and 1) and timestamps (seconds since 1970). */
  readonly numeric?: NumericStatistics;
  readonly text?: TextStatistics;
}

/** Without a finite value, `mean`, `standardDeviation`, `min` and `max` are NaN, and the lists are empty. */
export interface NumericStatistics {
  readonly mean: number;
  /** With divisor n - 1; 0 for one value. */
  readonly standardDeviation: number;
  readonly min: number;
  readonly max: number;
  readonly zeroCount: number;
  readonly nanCount: number;
  readonly infiniteCount: number;
  /** At 0, 0.1, ... 1: values of the column at the lower nearest rank. */
  readonly deciles: readonly number[];
  /** Equal widths from min to max; `low <= value < high`, the last one closed. */
  readonly histogram: readonly Bucket[];
}

export interface Bucket {
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** Text. Without a value the mean length is 0. */
export interface TextStatistics {
  /** In characters. */
  readonly meanLength: number;
  /** The most frequent values, by frequency and then value. */
  readonly topValues: readonly ValueCount[];
}

export interface ValueCount {
  readonly value: string;
  readonly count: number;
}

/** Number of finite values, of which the moments, deciles and buckets are. */
export const finiteCount = (numeric: NumericStatistics): number =>
  numeric.histogram.reduce((sum, it) => sum + it.count, 0);

/** The bytes that statistics are addressed by. What is not defined (NaN) is null. */
export function statisticsText({ dataDigest, rowCount, columns }: StatisticsContent): string {
  return canonicalJson({ dataDigest, rowCount, columns: columns.map(columnJson) });
}

/** The reverse of `statisticsText`, for bytes that we wrote. */
export function parseStatistics(text: string): StatisticsContent {
  const content = JSON.parse(text, (key, value: unknown) =>
    value === null && UNDEFINED_FIGURES.has(key) ? Number.NaN : value,
  );
  return content as StatisticsContent;
}

const UNDEFINED_FIGURES: ReadonlySet<string> = new Set(["mean", "standardDeviation", "min", "max"]);

function columnJson({ numeric, text, ...column }: ColumnStatistics): Json {
  return {
    ...column,
    ...(numeric ? { numeric: numericJson(numeric) } : {}),
    ...(text
      ? {
          text: {
            meanLength: text.meanLength,
            topValues: text.topValues.map(({ value, count }) => ({ value, count })),
          },
        }
      : {}),
  };
}

function numericJson({ deciles, histogram, ...figures }: NumericStatistics): Json {
  const defined = Object.entries(figures).map(([key, value]) => [key, Number.isNaN(value) ? null : value]);
  return {
    ...Object.fromEntries(defined),
    deciles: [...deciles],
    histogram: histogram.map(({ low, high, count }) => ({ low, high, count })),
  };
}
