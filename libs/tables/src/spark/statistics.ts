import { type FeatureValue, invariant } from "@throughline/kernel";
import { itemType, pick } from "../engine/column-types.ts";
import { badPlan, typeUnsupported } from "../errors.ts";
import type { SliceStatistics, StatisticsPlan, TableStatistics } from "../statistics-plan.ts";
import type { Column, Row } from "../table.ts";
import { assembled } from "./column-statistics.ts";
import { openRows } from "./file-rows.ts";
import { fileDescriber } from "./files.ts";
import { resultRows } from "./result-rows.ts";
import type { SparkSession } from "./session.ts";
import type { SparkCall } from "./spark-call.ts";
import { nothingFound, runPasses } from "./statistics-passes.ts";
import { isFiniteSql } from "./statistics-sql.ts";

const SLICES_MAX = 100;
const HISTOGRAM_BUCKETS = 20;
const TOP_VALUES = 20;

/**
 * See TableEngine.statistics. The figures are those of the embedded engine but for the last bits of sums of floats, and for what is an
 * estimate there and here: distinct counts and quantiles above their limits, which are drawn by Spark's own hash.
 */
export async function statisticsOnSpark(call: SparkCall, plan: StatisticsPlan): Promise<TableStatistics> {
  checkRange("histogramBuckets", plan.histogramBuckets, 1_000);
  checkRange("topValues", plan.topValues, 10_000);
  checkRange("slicesMax", plan.slicesMax, 10_000);
  const shape = await fileDescriber(call.embedded, call.options)(plan.segments);
  const names = plan.columns ?? shape.columns.flatMap((it) => (it.type === undefined ? [] : [it.name]));
  const columns = pick(shape.columns, names, "the table");
  const weight = plan.weightColumn === undefined ? undefined : pick(shape.columns, [plan.weightColumn], "the table")[0];
  if (weight && weight.type !== "int64" && weight.type !== "float64")
    throw typeUnsupported(weight.name, weight.type, "a number");
  const sliceBy = sliceColumns(pick(shape.columns, plan.sliceBy ?? [], "the table"));
  await using session = await call.open();
  const read = [
    ...columns.map((column, i) => ({ column, as: `c${i}` })),
    ...sliceBy.map((column, i) => ({ column, as: `s${i}` })),
    ...(weight ? [{ column: weight, as: "v" }] : []),
  ];
  const files = await openRows(session, { name: "files", shape, columns: read }, call.files);
  session.phase(0, 0.1);
  const slicesMax = plan.slicesMax ?? SLICES_MAX;
  const slices = await findSlices(session, { files, sliceBy, slicesMax });
  const table = {
    columns,
    isWeighted: weight !== undefined,
    histogramBuckets: plan.histogramBuckets ?? HISTOGRAM_BUCKETS,
    topValues: plan.topValues ?? TOP_VALUES,
  };
  const rows = rowsQuery({ files, columns, weight, slices: slices.query, sliceBy });
  const found = await runPasses({ ...table, session, rows, call });
  const of = (g: number): SliceStatistics => assembled(table, found.get(g) ?? nothingFound());
  invariant(of(0).rowCount === shape.rowCount, "statistics see every row");
  return {
    ...of(0),
    slices: slices.values.map((values, i) => ({ values, ...of(i + 1) })),
    slicesLeftOut: slices.count - slices.values.length,
  };
}

function checkRange(path: string, value: number | undefined, most: number): void {
  if (value !== undefined && !(Number.isInteger(value) && value >= 1 && value <= most)) {
    throw badPlan(path, `${value} is not a whole number from 1 to ${most}`);
  }
}

function sliceColumns(columns: readonly Column[]): readonly Column[] {
  const list = columns.find((it) => itemType(it.type) !== undefined || it.type === "bytes" || it.type === "float64");
  if (list) throw typeUnsupported(list.name, list.type, "bool, int64, string or timestamp, to slice by");
  return columns;
}

interface Slices {
  readonly values: readonly Row[];
  /** All there are, also those beyond `slicesMax`. */
  readonly count: number;
  /** SQL for g (from 1) and s0.. (values) of those that are wanted; undefined if there are none. */
  readonly query: string | undefined;
}

/** The combinations of values, the most frequent first, and equally frequent ones by value. */
async function findSlices(
  session: SparkSession,
  {
    files,
    sliceBy,
    slicesMax,
  }: { readonly files: string; readonly sliceBy: readonly Column[]; readonly slicesMax: number },
): Promise<Slices> {
  if (sliceBy.length === 0) return { values: [], count: 0, query: undefined };
  const names = sliceBy.map((_, i) => `s${i}`).join(", ");
  const order = sliceBy.map((_, i) => `s${i} NULLS LAST`).join(", ");
  const ranked = `SELECT ROW_NUMBER() OVER (ORDER BY count DESC, ${order}) AS g, ${names}, COUNT(*) OVER () AS slices
    FROM (SELECT ${names}, COUNT(*) AS count FROM (${files}) GROUP BY ${names})`;
  const query = `SELECT * FROM (${ranked}) WHERE g <= ${slicesMax}`;
  const values: Row[] = [];
  let count = 0;
  for await (const row of resultRows(session.rows(`${query} ORDER BY g`))) {
    values.push(sliceBy.map((it, i) => sliceValue(it, row[i + 1] ?? null)));
    count = Number(row.at(-1));
  }
  return { values, count, query };
}

const sliceValue = ({ type }: Column, value: FeatureValue): FeatureValue =>
  type === "timestamp" && typeof value === "bigint" ? { ns: value } : value;

interface RowsSource {
  readonly files: string;
  readonly columns: readonly Column[];
  readonly weight: Column | undefined;
  readonly slices: string | undefined;
  readonly sliceBy: readonly Column[];
}

/** The rows that statistics are over, see statistics-sql.ts: all of them, and those of a slice once more. */
function rowsQuery({ files, columns, weight, slices, sliceBy }: RowsSource): string {
  const number = "CAST(v AS DOUBLE)";
  // Never null, negative, infinite or NaN, so that sums of weights mean something.
  const usable = weight ? `IF(${isFiniteSql(number)} AND ${number} > 0, ${number}, 0D)` : "1D";
  const others = [`${usable} AS w`, ...columns.map((_, i) => `c${i}`)].join(", ");
  const whole = `SELECT r, 0 AS g, ${others} FROM (${files})`;
  if (slices === undefined) return whole;
  const same = sliceBy.map((_, i) => `z.s${i} <=> t.s${i}`).join(" AND ");
  return `${whole} UNION ALL SELECT /*+ BROADCAST(z) */ r, z.g, ${others} FROM (${files}) t JOIN (${slices}) z ON ${same}`;
}
