import {
  alignHistograms,
  type Histogram,
  jensenShannon,
  jensenShannonOfCounts,
  lInfinity,
  populationStabilityIndex,
  wassersteinDistance,
} from "@throughline/stats";
import type { ColumnStatistics, TableEngine } from "@throughline/tables";
import { quoted } from "../segment-query.ts";
import type { ComparedRows } from "./compare-values.ts";
import type { ComparedFeature } from "./joined-rows.ts";
import type { Distances } from "./skew-report.ts";

type Tables = Pick<TableEngine, "query" | "statistics">;

/** How far the served and the joined distribution of one feature are from each other. Undefined if a side has no value. */
export function distancesOf(
  tables: Tables,
  rows: ComparedRows,
  feature: ComparedFeature,
): Promise<Distances | undefined> {
  const isCounted = feature.type === "string" || feature.type === "bool" || feature.type === "bytes";
  return isCounted ? byCounts(tables, rows, feature) : byHistograms(tables, rows, feature);
}

async function byHistograms(
  tables: Tables,
  { path, signal }: ComparedRows,
  { served, name }: ComparedFeature,
): Promise<Distances | undefined> {
  const plan = { segments: [path], columns: [served, name], histogramBuckets: 50, topValues: 1 };
  const { columns } = await tables.statistics(plan, { signal });
  const [first, second] = [served, name].map((it) => columns.find((column) => column.name === it));
  if (!first?.numeric || !second?.numeric || first.count === 0 || second.count === 0) return undefined;
  const aligned = alignHistograms(histogramOf(first), histogramOf(second));
  const [a, b] = [first.numeric.quantiles.values, second.numeric.quantiles.values];
  return {
    jensenShannon: jensenShannonOfCounts(aligned.first, aligned.second),
    populationStability: populationStabilityIndex(aligned.first, aligned.second),
    ...(a.length > 0 && b.length > 0 && { wasserstein: wassersteinDistance(a, b) }),
  };
}

const histogramOf = ({ numeric }: ColumnStatistics): Histogram => ({
  buckets: numeric?.histogram ?? [],
  unplacedCount:
    (numeric?.nanCount ?? 0) + (numeric?.positiveInfinityCount ?? 0) + (numeric?.negativeInfinityCount ?? 0),
});

/** Values that have a cell of their own; the others share one. */
const VALUES_MAX = 1_000;

async function byCounts(
  tables: Tables,
  { path, signal }: ComparedRows,
  { served, name }: ComparedFeature,
): Promise<Distances | undefined> {
  const side = (column: string, a: number): string =>
    `SELECT ${quoted(column)} AS v, ${a} AS a, ${1 - a} AS b FROM rows WHERE ${quoted(column)} IS NOT NULL`;
  const counted = `SELECT v, CAST(sum(a) AS BIGINT) AS a, CAST(sum(b) AS BIGINT) AS b
    FROM (${side(served, 1)} UNION ALL ${side(name, 0)}) GROUP BY v`;
  const sql = `SELECT CAST(i AS BIGINT), CAST(sum(a) AS BIGINT), CAST(sum(b) AS BIGINT)
    FROM (SELECT a, b, least(row_number() OVER (ORDER BY a + b DESC, v), ${VALUES_MAX + 1}) AS i FROM (${counted}))
    GROUP BY i ORDER BY i`;
  const { rows } = await tables.query({ sql, inputs: { rows: [path] }, rowsMax: VALUES_MAX + 1 }, { signal });
  const cells = rows.map(([i, a, b]) => ({ value: String(i), first: Number(a), second: Number(b) }));
  const first = new Map(cells.map((it) => [it.value, it.first]));
  const second = new Map(cells.map((it) => [it.value, it.second]));
  if (![first, second].every((side) => side.values().some((it) => it > 0))) return undefined;
  return {
    jensenShannon: jensenShannon(first, second),
    populationStability: populationStabilityIndex([...first.values()], [...second.values()]),
    lInfinity: lInfinity(first, second),
  };
}
