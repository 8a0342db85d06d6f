import { notFound } from "@throughline/kernel";
import type { RequestIdentity } from "@throughline/store";
import type { Anomaly } from "./anomaly.ts";
import { changesOf } from "./changes.ts";
import { getStatistics } from "./compute-statistics.ts";
import type { Deps } from "./deps.ts";
import { type ColumnDrift, type ColumnPair, compareColumns, type DriftReport, limitOf, P_VALUE_MAX } from "./drift.ts";
import { columnUnknown } from "./errors.ts";
import { count } from "./figures.ts";
import { getSchema } from "./keep-schema.ts";
import { driftReportName, requireProject } from "./names.ts";
import type { ColumnSchema, Distance } from "./schema.ts";
import type { ColumnStatistics, DatasetStatistics } from "./statistics.ts";
import { lineageOf } from "./thread.ts";
import { validateStatistics } from "./validate-statistics.ts";

export interface CompareRequest {
  /** Id of the project. */
  readonly project: string;
  /** Names of statistics. */
  readonly baseline: string;
  readonly current: string;
  /** Name of the schema whose limits are used; empty: the usual limits. */
  readonly schema: string;
  /** Empty: those that both have, and that have a limit if there is a schema. */
  readonly columns: readonly string[];
  readonly actor: string;
  readonly request: RequestIdentity;
}

/** Compares two statistics and keeps the report. */
export async function compareStatistics(deps: Deps, request: CompareRequest): Promise<DriftReport> {
  const { project, actor } = request;
  requireProject(project, request.baseline, "baseline");
  requireProject(project, request.current, "current");
  if (request.schema !== "") requireProject(project, request.schema, "schema");
  const baseline = await getStatistics(deps, request.baseline);
  const current = await getStatistics(deps, request.current);
  const schema = request.schema === "" ? undefined : (await getSchema(deps, request.schema)).columns;
  const columns = compareColumns(pairsOf({ baseline, current, schema, wanted: request.columns }));
  const wanted = new Set(request.columns);
  const isWanted = (it: Anomaly) => wanted.size === 0 || it.column === "" || wanted.has(it.column);
  const found = schema ? validateStatistics(current, schema) : changesOf(baseline, current);
  const timeMs = deps.clock.now();
  const thing: DriftReport = {
    name: driftReportName.format({ project, report: deps.newId() }),
    baselineDigest: baseline.digest,
    currentDigest: current.digest,
    columns,
    anomalies: [...found.filter(isWanted), ...columns.flatMap(driftAnomaly)],
    createTimeMs: timeMs,
  };
  const inputs = [
    { digest: baseline.digest, role: "baseline" },
    { digest: current.digest, role: "current" },
  ];
  const record = lineageOf({ project, kind: "VALIDATE", resource: thing.name, actor, timeMs, inputs });
  return deps.reports.add({ thing, record, request: request.request });
}

/** Fails with NOT_FOUND. */
export async function getDriftReport({ reports }: Deps, name: string): Promise<DriftReport> {
  const found = await reports.find(name);
  if (!found) throw notFound(name);
  return found;
}

function pairsOf(given: {
  readonly baseline: DatasetStatistics;
  readonly current: DatasetStatistics;
  readonly schema: readonly ColumnSchema[] | undefined;
  readonly wanted: readonly string[];
}): readonly ColumnPair[] {
  const { baseline, current, schema, wanted } = given;
  const before = comparable(baseline);
  const now = comparable(current);
  for (const [i, it] of wanted.entries()) {
    const path = `columns[${i}]`;
    if (!before.has(it)) throw columnUnknown(it, baseline.name, path);
    if (!now.has(it)) throw columnUnknown(it, current.name, path);
  }
  const names = wanted.length > 0 ? [...new Set(wanted)] : [...before.keys()].filter((it) => now.has(it));
  return names.flatMap((name): ColumnPair[] => {
    const pair = { baseline: before.get(name) as ColumnStatistics, current: now.get(name) as ColumnStatistics };
    const limit = limitOf(pair.current, schema);
    // A schema that states no limit says that the column is not compared.
    return schema && !limit ? [] : [{ ...pair, limit }];
  });
}

/** The columns whose values have a distribution: lists and bytes have none. */
const comparable = ({ columns }: DatasetStatistics): ReadonlyMap<string, ColumnStatistics> =>
  new Map(columns.flatMap((it) => (it.numeric || it.text ? [[it.name, it]] : [])));

/** What a distance is called in a sentence, and its anomaly: as in TensorFlow Data Validation where that has the distance. */
const NAMES: Readonly<Record<Distance, { readonly words: string; readonly anomaly: string }>> = {
  JENSEN_SHANNON: { words: "Jensen-Shannon", anomaly: "COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH" },
  L_INFINITY: { words: "L-infinity", anomaly: "COMPARATOR_L_INFTY_HIGH" },
  POPULATION_STABILITY: { words: "population stability", anomaly: "COMPARATOR_POPULATION_STABILITY_HIGH" },
  KOLMOGOROV_SMIRNOV: { words: "Kolmogorov-Smirnov", anomaly: "COMPARATOR_KOLMOGOROV_SMIRNOV_HIGH" },
  WASSERSTEIN: { words: "Wasserstein", anomaly: "COMPARATOR_WASSERSTEIN_HIGH" },
};

function driftAnomaly({ column, verdict, distances, adjustedPValue, currentCount }: ColumnDrift): readonly Anomaly[] {
  const judged =
    distances.find((it) => it.limit > 0 && it.value > it.limit) ?? distances.find((it) => it.value > it.limit);
  if (verdict !== "DRIFTED" || !judged) return [];
  const { words, anomaly } = NAMES[judged.distance];
  const chance = (adjustedPValue ?? 0) < 1e-6 ? "below 0.000001" : (adjustedPValue ?? 0).toPrecision(2);
  return [
    {
      column,
      type: anomaly,
      description: `The ${words} distance to the baseline is ${judged.value.toPrecision(3)}; at most ${judged.limit} is expected. ${count(currentCount)} values, adjusted p-value ${chance} (needed: below ${P_VALUE_MAX}).`,
      severity: "WARNING",
      observed: judged.value,
      expected: judged.limit,
    },
  ];
}
