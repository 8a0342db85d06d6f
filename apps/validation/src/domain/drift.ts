import type { Digest } from "@throughline/kernel";
import { chiSquareTest, holm } from "@throughline/stats";
import type { Anomaly } from "./anomaly.ts";
import { type Comparison, compareNumbers } from "./number-distances.ts";
import { numberDistribution } from "./number-distribution.ts";
import { type ColumnSchema, type Distance, type DistanceLimit, isNumeric, usualLimit } from "./schema.ts";
import { type ColumnStatistics, finiteCount } from "./statistics.ts";
import { compareText } from "./text-distances.ts";

/** How far a data set is from its baseline. */
export interface DriftReport {
  readonly name: string;
  readonly baselineDigest: Digest;
  readonly currentDigest: Digest;
  /** The furthest first. */
  readonly columns: readonly ColumnDrift[];
  readonly anomalies: readonly Anomaly[];
  readonly createTimeMs: number;
}

export type DriftVerdict = "STABLE" | "DRIFTED" | "NOT_ENOUGH_DATA";

/** How far one column is from its baseline. */
export interface ColumnDrift {
  readonly column: string;
  readonly distances: readonly MeasuredDistance[];
  readonly baselineCount: number;
  readonly currentCount: number;
  readonly pValue?: number;
  readonly adjustedPValue?: number;
  readonly verdict: DriftVerdict;
}

/** `limit` is 0 where the verdict used none. */
export interface MeasuredDistance {
  readonly distance: Distance;
  readonly value: number;
  readonly limit: number;
}

/** A column in both statistics, with the limit that holds for it. */
export interface ColumnPair {
  readonly baseline: ColumnStatistics;
  readonly current: ColumnStatistics;
  readonly limit: DistanceLimit | undefined;
}

/** Fewer values on either side are too few to tell. */
export const SAMPLE_MIN = 100;

/** A verdict of DRIFTED needs an adjusted p-value below this, besides a distance above the limit. */
export const P_VALUE_MAX = 0.01;

/**
 * Compares columns. A column has drifted if its distance is above the limit and the two-sample test, after Holm's
 * correction over all columns, says that this is more than chance: large samples do not make small changes an alarm,
 * and small samples do not make chance one.
 */
export function compareColumns(pairs: readonly ColumnPair[]): readonly ColumnDrift[] {
  const compared = pairs.map((pair) => ({ pair, counts: countsOf(pair), comparison: comparisonOf(pair) }));
  const tested = compared.filter((it) => it.comparison !== undefined);
  const adjusted = holm(tested.map((it) => (it.comparison as Comparison).pValue));
  const adjustedOf = new Map(tested.map((it, i) => [it.pair, adjusted[i] as number]));
  return compared
    .map(({ pair, counts, comparison }) => {
      const drift = columnDrift(pair, counts, { comparison, adjustedPValue: adjustedOf.get(pair) });
      return { drift, effect: effectOf(drift, pair) };
    })
    .sort(furthestFirst)
    .map((it) => it.drift);
}

interface Ranked {
  readonly drift: ColumnDrift;
  readonly effect: number;
}

const furthestFirst = (a: Ranked, b: Ranked): number => {
  if (a.effect !== b.effect) return a.effect > b.effect ? -1 : 1;
  return a.drift.column < b.drift.column ? -1 : 1;
};

function columnDrift(
  { current, limit }: ColumnPair,
  counts: Counts,
  found: { readonly comparison: Comparison | undefined; readonly adjustedPValue: number | undefined },
): ColumnDrift {
  const { comparison, adjustedPValue } = found;
  const base = { column: current.name, baselineCount: counts.baseline, currentCount: counts.current };
  if (!comparison || adjustedPValue === undefined) return { ...base, distances: [], verdict: "NOT_ENOUGH_DATA" };
  const distances = comparison.distances.map((it) => ({
    ...it,
    limit: it.distance === limit?.distance ? limit.limit : 0,
  }));
  const isBeyond =
    limit !== undefined && distances.some((it) => it.distance === limit.distance && it.value > limit.limit);
  const verdict = isBeyond && adjustedPValue < P_VALUE_MAX ? "DRIFTED" : "STABLE";
  return { ...base, distances, pValue: comparison.pValue, adjustedPValue, verdict };
}

interface Counts {
  readonly baseline: number;
  readonly current: number;
}

const countsOf = ({ baseline, current }: ColumnPair): Counts => ({
  baseline: valueCount(baseline),
  current: valueCount(current),
});

/** Values that a distribution is made of: NaN and infinities have no place in one. */
const valueCount = ({ numeric, presentCount }: ColumnStatistics): number =>
  numeric ? finiteCount(numeric) : presentCount;

function comparisonOf(pair: ColumnPair): Comparison | undefined {
  const { baseline, current } = pair;
  const counts = countsOf(pair);
  if (counts.baseline < SAMPLE_MIN || counts.current < SAMPLE_MIN) return undefined;
  if (baseline.text && current.text) return compareText(baseline, current);
  if (!baseline.numeric || !current.numeric) return undefined;
  const comparison = compareNumbers(
    numberDistribution(baseline.numeric, baseline.type),
    numberDistribution(current.numeric, current.type),
  );
  if (baseline.type !== "BOOL" || current.type !== "BOOL") return comparison;
  const table = [baseline.numeric, current.numeric].map((it) => it.histogram.map((bucket) => bucket.count));
  return { ...comparison, pValue: chiSquareTest(table).pValue };
}

/** How far beyond its limit a column is; one without a limit is measured by the usual one of numbers or text. */
function effectOf(drift: ColumnDrift, { current, limit }: ColumnPair): number {
  const by = limit ?? usualLimit(isNumeric(current.type) ? "FLOAT64" : "STRING");
  const measured = drift.distances.find((it) => it.distance === by?.distance);
  if (!by || !measured) return -1;
  return by.limit > 0 ? measured.value / by.limit : measured.value > 0 ? Number.POSITIVE_INFINITY : 0;
}

/** The limit of a column: the schema's if there is a schema, the usual one otherwise. */
export const limitOf = (
  column: ColumnStatistics,
  schema: readonly ColumnSchema[] | undefined,
): DistanceLimit | undefined =>
  schema ? schema.find((it) => it.name === column.name)?.driftLimit : usualLimit(column.type);
