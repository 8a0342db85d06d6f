import type { FeatureValue } from "@throughline/kernel";
import { badPlan, typeUnsupported } from "../errors.ts";
import type { ColumnStatistics, SliceStatistics, StatisticsPlan, TableStatistics } from "../statistics-plan.ts";
import type { Column } from "../table.ts";
import type { ColumnReader } from "./column-reader.ts";
import { columnStatistics } from "./column-statistics.ts";
import { describeSegments, itemType, pick, widened } from "./column-types.ts";
import type { JobContext } from "./job-context.ts";
import { chunkRows, chunksOf } from "./result-rows.ts";
import { openSession, type Session } from "./session.ts";
import { identifier, literal, parquetRows } from "./sql.ts";

const SLICES_MAX = 100;
const HISTOGRAM_BUCKETS = 20;
const TOP_VALUES = 20;

/** See TableEngine.statistics. */
export async function statistics(plan: StatisticsPlan, context: JobContext): Promise<TableStatistics> {
  const { segments, sliceBy = [], slicesMax = SLICES_MAX } = plan;
  checkRange("histogramBuckets", plan.histogramBuckets, 1_000);
  checkRange("topValues", plan.topValues, 10_000);
  checkRange("slicesMax", plan.slicesMax, 10_000);
  await using session = await openSession(context, { reads: segments, writes: [] });
  const found = await describeSegments(session, segments);
  const names = plan.columns ?? found.flatMap((it) => (it.type === undefined ? [] : [it.name]));
  const columns = pick(found, names, "the table");
  const weight = plan.weightColumn === undefined ? undefined : pick(found, [plan.weightColumn], "the table")[0];
  if (weight && weight.type !== "int64" && weight.type !== "float64")
    throw typeUnsupported(weight.name, weight.type, "a number");
  const whole = { session, columns, weight, plan };
  const slices = sliceBy.length === 0 ? [] : await findSlices(session, segments, pick(found, sliceBy, "the table"));
  const steps = 1 + Math.min(slices.length, slicesMax);
  session.phase(0, 1 / steps);
  const table = await sliceStatistics(whole, undefined);
  const parts: (SliceStatistics & { readonly values: readonly FeatureValue[] })[] = [];
  for (const [i, slice] of slices.slice(0, slicesMax).entries()) {
    session.phase((i + 1) / steps, (i + 2) / steps);
    parts.push({ values: slice.values, ...(await sliceStatistics(whole, slice.condition)) });
  }
  return { ...table, slices: parts, slicesLeftOut: slices.length - parts.length };
}

function checkRange(path: string, value: number | undefined, most: number): void {
  if (value !== undefined && !(Number.isInteger(value) && value >= 1 && value <= most)) {
    throw badPlan(path, `${value} is not a whole number from 1 to ${most}`);
  }
}

interface Slice {
  readonly values: readonly FeatureValue[];
  readonly condition: string;
}

/** The combinations of values, the most frequent first, and equally frequent ones by value. */
async function findSlices(session: Session, segments: readonly string[], columns: readonly Column[]): Promise<Slice[]> {
  const list = columns.find((it) => itemType(it.type) !== undefined || it.type === "bytes" || it.type === "float64");
  if (list) throw typeUnsupported(list.name, list.type, "bool, int64, string or timestamp, to slice by");
  const values = columns.map((it, i) => `${widened(it)} AS v${i}, CAST(${widened(it)} AS VARCHAR) AS t${i}`);
  const order = columns.map((_, i) => `v${i}`).join(", ");
  const result = await session.stream(
    `SELECT v.* FROM (SELECT ${values.join(", ")} FROM ${parquetRows(segments)}) v GROUP BY ALL ORDER BY count(*) DESC, ${order}`,
  );
  const slices: Slice[] = [];
  for await (const chunk of chunksOf(result)) {
    for (const row of chunkRows(chunk)) {
      const conditions = columns.map((column, i) => {
        const text = row[2 * i + 1];
        const left = `CAST(${widened(column)} AS VARCHAR)`;
        return typeof text === "string" ? `${left} = ${literal(text)}` : `${identifier(column.name)} IS NULL`;
      });
      slices.push({ values: columns.map((_, i) => row[2 * i] ?? null), condition: conditions.join(" AND ") });
    }
  }
  return slices;
}

interface Whole {
  readonly session: Session;
  readonly columns: readonly Column[];
  readonly weight: Column | undefined;
  readonly plan: StatisticsPlan;
}

/** A usable weight: never null, negative, infinite or NaN, so that sums of weights mean something. */
function weightSql(weight: Column | undefined): string | undefined {
  if (!weight) return undefined;
  const value = `CAST(${identifier(weight.name)} AS DOUBLE)`;
  return `CASE WHEN isfinite(${value}) AND ${value} > 0 THEN ${value} ELSE 0 END`;
}

async function sliceStatistics(
  { session, columns, weight, plan }: Whole,
  condition: string | undefined,
): Promise<SliceStatistics> {
  const w = weightSql(weight);
  const where = condition === undefined ? "" : `WHERE ${condition}`;
  const reader: ColumnReader = {
    session,
    rows: (column) =>
      `(SELECT ${widened(column)} AS x, ${w ?? "1"} AS w, file_index AS f, file_row_number AS n
        FROM ${parquetRows(plan.segments)} ${where})`,
    isWeighted: w !== undefined,
    histogramBuckets: plan.histogramBuckets ?? HISTOGRAM_BUCKETS,
    topValues: plan.topValues ?? TOP_VALUES,
  };
  const [rowCount, total] = await session.one(
    `SELECT count(*), sum(${w ?? "1"}) FROM ${parquetRows(plan.segments)} ${where}`,
  );
  const results: ColumnStatistics[] = [];
  for (const column of columns) results.push(await columnStatistics(reader, column));
  return { rowCount: Number(rowCount), ...(w === undefined ? {} : { weight: Number(total) }), columns: results };
}
