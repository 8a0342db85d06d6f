import type { FeatureValue } from "@throughline/kernel";
import type { TableEngine } from "@throughline/tables";
import { quoted } from "../segment-query.ts";
import type { ComparedFeature } from "./joined-rows.ts";
import type { Differences, SkewExample } from "./skew-report.ts";

/** Rows with the served and the joined values of features. */
export interface ComparedRows {
  readonly path: string;
  readonly features: readonly ComparedFeature[];
  readonly signal: AbortSignal;
}

/** Features that one query compares: each takes five aggregates. */
const FEATURES_MAX = 100;

/** True where the served value is not the joined one: NaN is NaN, 0 is -0, and missing is missing alone. */
export const differs = ({ served, name }: ComparedFeature): string =>
  `${quoted(served)} IS DISTINCT FROM ${quoted(name)}`;

/** What differs in each feature, in their order. */
export async function differencesOf(
  tables: Pick<TableEngine, "query">,
  { path, features, signal }: ComparedRows,
): Promise<readonly Differences[]> {
  const found: Differences[] = [];
  for (let at = 0; at < features.length; at += FEATURES_MAX) {
    const some = features.slice(at, at + FEATURES_MAX);
    const sql = `SELECT ${some.flatMap(aggregates).join(", ")} FROM rows`;
    const { rows } = await tables.query({ sql, inputs: { rows: [path] }, rowsMax: 1 }, { signal });
    const row = rows[0] ?? [];
    found.push(...some.map((_, i) => differencesIn(row.slice(i * 5, i * 5 + 5))));
  }
  return found;
}

function aggregates(feature: ComparedFeature): readonly string[] {
  const [served, joined] = [quoted(feature.served), quoted(feature.name)];
  const different = differs(feature);
  const distance = distanceOf(feature);
  const apart = `FILTER (${different} AND ${distance} IS NOT NULL)`;
  return [
    `count(*) FILTER (${different})`,
    `count(*) FILTER (${served} IS NULL AND ${joined} IS NOT NULL)`,
    `count(*) FILTER (${served} IS NOT NULL AND ${joined} IS NULL)`,
    `max(${distance}) ${apart}`,
    `favg(${distance}) ${apart}`,
  ];
}

/** The absolute difference as a float; null where there is none. Whole numbers are subtracted exactly before they are rounded. */
function distanceOf({ served, name, type }: ComparedFeature): string {
  const [a, b] = [quoted(served), quoted(name)];
  if (type === "int64") return `CAST(abs(CAST(${a} AS HUGEINT) - CAST(${b} AS HUGEINT)) AS DOUBLE)`;
  if (type !== "float64") return "CAST(NULL AS DOUBLE)";
  return `CASE WHEN isfinite(${a}) AND isfinite(${b}) AND isfinite(${a} - ${b}) THEN abs(${a} - ${b}) END`;
}

function differencesIn(row: readonly FeatureValue[]): Differences {
  const [differing, servedMissing, joinedMissing] = row.map((it) => Number(it ?? 0));
  const [max, mean] = [row[3], row[4]];
  return {
    differingCount: differing ?? 0,
    servedMissingCount: servedMissing ?? 0,
    joinedMissingCount: joinedMissing ?? 0,
    absoluteDifference:
      typeof max === "number" && typeof mean === "number" ? { max, mean: Number(mean.toPrecision(9)) } : undefined,
  };
}

/** Rows in which any of the features differs. */
export async function differingRows(
  tables: Pick<TableEngine, "query">,
  { path, features, signal }: ComparedRows,
): Promise<number> {
  if (features.length === 0) return 0;
  const sql = `SELECT count(*) FILTER (${features.map(differs).join(" OR ")}) FROM rows`;
  const { rows } = await tables.query({ sql, inputs: { rows: [path] }, rowsMax: 1 }, { signal });
  return Number(rows[0]?.[0] ?? 0);
}

/** Some differing rows of one feature: the largest absolute differences first, then in the log's order. */
export async function examplesOf(
  tables: Pick<TableEngine, "query">,
  { path, signal }: ComparedRows,
  { feature, count }: { readonly feature: ComparedFeature; readonly count: number },
): Promise<readonly SkewExample[]> {
  const sql = `SELECT p, epoch_ns(as_of), ${quoted(feature.served)}, ${quoted(feature.name)} FROM rows
    WHERE ${differs(feature)} ORDER BY ${distanceOf(feature)} DESC NULLS LAST, n LIMIT ${count}`;
  const { rows } = await tables.query({ sql, inputs: { rows: [path] }, rowsMax: count }, { signal });
  return rows.map(([prediction, asOf, served = null, joined = null]) => ({
    prediction: String(prediction),
    asOfNs: asOf as bigint,
    served,
    joined,
  }));
}
