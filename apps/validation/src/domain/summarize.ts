import type * as tables from "@throughline/tables";
import type { ColumnStatistics, NumericStatistics, TextStatistics, ValueType } from "./statistics.ts";

/** What the statistics of a data set ask the table engine for. Changing it changes what equal data are described by. */
export const STATISTICS_FORM = { histogramBuckets: 50, topValues: 1_000 } as const;

/**
 * Floats are added up in an order that may differ from run to run, so that the last digits of a sum do too. Keeping so
 * many digits, counted from the largest value of the column, makes equal data have equal statistics.
 */
const DIGITS_KEPT = 9;

/** Describes the columns of a table in the words of the contract. */
export function summarize({ columns }: tables.SliceStatistics): readonly ColumnStatistics[] {
  return columns.map((it) => ({
    name: it.name,
    type: valueType(it.type),
    presentCount: it.count,
    missingCount: it.missing,
    distinctCount: it.distinct.count,
    ...kindOf(it),
  }));
}

function kindOf(column: tables.ColumnStatistics): { numeric: NumericStatistics } | { text: TextStatistics } | object {
  if (column.bool) return { numeric: ofTruthValues(column.bool) };
  if (column.numeric) return { numeric: ofNumbers(column.numeric) };
  if (column.type === "string") return { text: ofText(column) };
  return {};
}

function valueType(type: tables.ColumnType): ValueType {
  return type.startsWith("list<") ? "LIST" : (type.toUpperCase() as ValueType);
}

const NOTHING_FINITE = {
  mean: Number.NaN,
  standardDeviation: Number.NaN,
  min: Number.NaN,
  max: Number.NaN,
  deciles: [],
  histogram: [],
} as const;

function ofNumbers(numeric: tables.NumericStatistics): NumericStatistics {
  const { moments, zeroCount, nanCount } = numeric;
  const infiniteCount = numeric.positiveInfinityCount + numeric.negativeInfinityCount;
  if (moments.count === 0) return { ...NOTHING_FINITE, zeroCount, nanCount, infiniteCount };
  const min = unsigned(numeric.min);
  const max = unsigned(numeric.max);
  const scale = Math.max(Math.abs(min), Math.abs(max));
  return {
    // Rounding must not move the mean out of the range of the values.
    mean: Math.min(max, Math.max(min, rounded(moments.mean, scale))),
    standardDeviation: rounded(numeric.standardDeviation, scale),
    min,
    max,
    zeroCount,
    nanCount,
    infiniteCount,
    deciles: decilesOf(numeric.quantiles.values),
    histogram: numeric.histogram.map(({ low, high, count }) => ({ low: unsigned(low), high: unsigned(high), count })),
  };
}

/** Zero has one form in JSON, and so it has in statistics. */
const unsigned = (value: number): number => (value === 0 ? 0 : value);

/** The deciles among quantiles at equal steps; where no quantile is at a decile, the one below it. */
function decilesOf(quantiles: readonly number[]): readonly number[] {
  const last = quantiles.length - 1;
  return Array.from({ length: 11 }, (_, i) => unsigned(quantiles[Math.floor((i * last) / 10)] as number));
}

/** Rounds to digits below the decimal power of `scale`. */
function rounded(value: number, scale: number): number {
  if (!Number.isFinite(value) || scale === 0) return unsigned(value);
  const decimals = DIGITS_KEPT - Math.ceil(Math.log10(scale));
  if (decimals > 100 || decimals < 0) return Number(value.toPrecision(DIGITS_KEPT));
  return unsigned(Number(value.toFixed(decimals)));
}

function ofTruthValues(bool: { readonly trueCount: number; readonly falseCount: number }): NumericStatistics {
  const { trueCount, falseCount } = bool;
  const count = trueCount + falseCount;
  const zero = { zeroCount: falseCount, nanCount: 0, infiniteCount: 0 };
  if (count === 0) return { ...NOTHING_FINITE, ...zero };
  const mean = trueCount / count;
  return {
    mean,
    standardDeviation: count === 1 ? 0 : Math.sqrt((mean * (1 - mean) * count) / (count - 1)),
    min: falseCount > 0 ? 0 : 1,
    max: trueCount > 0 ? 1 : 0,
    ...zero,
    deciles: Array.from({ length: 11 }, (_, i) => (Math.floor((i * (count - 1)) / 10) < falseCount ? 0 : 1)),
    histogram: [
      { low: 0, high: 0.5, count: falseCount },
      { low: 0.5, high: 1, count: trueCount },
    ],
  };
}

function ofText({ text, topValues }: tables.ColumnStatistics): TextStatistics {
  return {
    meanLength: Number((text?.lengthMean ?? 0).toPrecision(DIGITS_KEPT)),
    topValues: topValues.map(({ value, count }) => ({ value, count })),
  };
}
