import { wilsonInterval } from "@throughline/stats";
import { type ColumnSchema, usualLimit } from "./schema.ts";
import { type ColumnStatistics, finiteCount, type NumericStatistics, type ValueType } from "./statistics.ts";

/**
 * How a schema follows from statistics:
 *
 * - Presence: 1 if every row has a value; otherwise the lower end of the share's Wilson interval at 99.9 %.
 * - Range: from a tenth of the observed range below the smallest value to a tenth of it above the largest; values of one
 *   sign keep their sign; integers are rounded outwards. Not for truth values and times, not from fewer than 100 finite
 *   values, and not where NaN or infinities are, since these lie in no range.
 * - Domain: for text with at most 100 different values, each of them 10 times on average, from at least 100 rows. All
 *   values must be in it.
 */
const RULES = {
  presenceLevel: 0.999,
  rangeMargin: 0.1,
  rowsMin: 100,
  domainValuesMax: 100,
  domainRepeatsMin: 10,
} as const;

/** Proposes what columns should look like: the data behind the statistics has no anomaly under it. */
export const inferSchema = (columns: readonly ColumnStatistics[]): readonly ColumnSchema[] =>
  columns.map((it): ColumnSchema => {
    const domain = domainOf(it);
    const driftLimit = usualLimit(it.type);
    return {
      name: it.name,
      type: it.type,
      minPresentShare: presenceOf(it),
      ...(it.numeric ? rangeOf(it.type, it.numeric) : {}),
      domain,
      minDomainMass: domain.length > 0 ? 1 : 0,
      ...(driftLimit ? { driftLimit } : {}),
    };
  });

function presenceOf({ presentCount, missingCount }: ColumnStatistics): number {
  const rowCount = presentCount + missingCount;
  if (rowCount === 0) return 0;
  if (missingCount === 0) return 1;
  const { low } = wilsonInterval(presentCount, rowCount, RULES.presenceLevel);
  return Math.floor(low * 10_000) / 10_000;
}

function rangeOf(type: ValueType, numeric: NumericStatistics): { readonly min?: number; readonly max?: number } {
  const hasRange = type === "INT64" || type === "FLOAT64";
  const { min, max, nanCount, infiniteCount } = numeric;
  if (!hasRange || nanCount > 0 || infiniteCount > 0 || finiteCount(numeric) < RULES.rowsMin) return {};
  const margin = RULES.rangeMargin * (max > min ? max - min : Math.abs(max));
  const low = min >= 0 ? Math.max(0, min - margin) : min - margin;
  const high = max <= 0 ? Math.min(0, max + margin) : max + margin;
  if (!Number.isFinite(low) || !Number.isFinite(high)) return {};
  return type === "INT64" ? { min: Math.floor(low), max: Math.ceil(high) } : { min: low, max: high };
}

function domainOf({ text, presentCount, distinctCount }: ColumnStatistics): readonly string[] {
  const fewValues = distinctCount <= Math.min(RULES.domainValuesMax, presentCount / RULES.domainRepeatsMin);
  if (!text || presentCount < RULES.rowsMin || !fewValues || text.topValues.length < distinctCount) return [];
  return text.topValues.map((it) => it.value).sort();
}
