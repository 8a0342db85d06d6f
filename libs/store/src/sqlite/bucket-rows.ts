import { type Bucket, bucketsOf } from "../buckets.ts";
import type { BucketQuery } from "../sample.ts";
import type { Point } from "../series.ts";
import type { Database } from "./database.ts";
import { joined, type Sql, sql } from "./expression.ts";

type PointColumns = readonly [step: bigint | null, time: bigint | null, sequence: bigint | null, value: number | null];
type BucketRow = readonly [number: bigint, low: bigint, high: bigint, ...min: PointColumns, ...max: PointColumns];

/** Creates the table of the buckets of a family of series. */
export function createBuckets(database: Database, name: string): void {
  database.exec(`CREATE TABLE IF NOT EXISTS "b_${name}" (
    series INTEGER NOT NULL, level INTEGER NOT NULL, number INTEGER NOT NULL, low INTEGER NOT NULL, high INTEGER NOT NULL,
    min_step INTEGER, min_time INTEGER, min_sequence INTEGER, min_value REAL,
    max_step INTEGER, max_time INTEGER, max_sequence INTEGER, max_value REAL,
    PRIMARY KEY (series, level, number)
  ) STRICT, WITHOUT ROWID`);
}

/** Adds points to the buckets of a series, within a transaction. Adding one again changes nothing. */
export function addToBuckets(database: Database, name: string, { series, points }: SeriesPoints): void {
  const put = database.statement(putSql(name));
  for (const { level, number, lowStep, highStep, min, max } of bucketsOf(points))
    put.run(series, level, number, lowStep, highStep, ...columnsOf(min), ...columnsOf(max));
}

/** Points of the series of a number. */
interface SeriesPoints {
  readonly series: number;
  readonly points: readonly Point[];
}

const columnsOf = (point: Point | undefined) =>
  point === undefined ? [null, null, null, null] : [point.step, point.timeMs, point.sequence, point.value + 0];

/** The statement that adds to buckets, by family: it is long, and needed for each append. */
const puts = new Map<string, string>();

function putSql(name: string): string {
  const known = puts.get(name) ?? newPutSql(name);
  puts.set(name, known);
  return known;
}

function newPutSql(name: string): string {
  const taking = (side: "min" | "max", sign: "<" | ">") =>
    ["step", "time", "sequence", "value"].map(
      (column) => `${side}_${column} = CASE WHEN ${side}_value IS NULL OR excluded.${side}_value ${sign} ${side}_value
        THEN excluded.${side}_${column} ELSE ${side}_${column} END`,
    );
  return `INSERT INTO "b_${name}" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
    low = min(low, excluded.low), high = max(high, excluded.high),
    ${[...taking("min", "<"), ...taking("max", ">")].join(", ")}`;
}

/** Reads buckets of the series of a number. */
export function readBuckets(
  database: Database,
  name: string,
  { series, query }: { readonly series: Sql; readonly query: BucketQuery },
): readonly Bucket[] {
  const tests = [sql`series = ${series} AND level = ${query.level} AND number >= ${query.from}`];
  if (query.before !== undefined) tests.push(sql`number < ${query.before}`);
  if (query.fromStep !== undefined) tests.push(sql`high >= ${query.fromStep}`);
  if (query.beforeStep !== undefined) tests.push(sql`low < ${query.beforeStep}`);
  const { text, values } = sql`${joined(tests, " AND ")} ORDER BY number LIMIT ${query.limit}`;
  const columns =
    "number, low, high, min_step, min_time, min_sequence, min_value, max_step, max_time, max_sequence, max_value";
  const rows = database.bigintStatement(`SELECT ${columns} FROM "b_${name}" WHERE ${text}`).all(...values);
  return (rows as unknown as BucketRow[]).map(([number, lowStep, highStep, ...columns]) => {
    const min = pointIn(columns.slice(0, 4) as unknown as PointColumns);
    const max = pointIn(columns.slice(4) as unknown as PointColumns);
    return { level: query.level, number, lowStep, highStep, ...(min && { min }), ...(max && { max }) };
  });
}

function pointIn([step, timeMs, sequence, value]: PointColumns): Point | undefined {
  if (step === null || timeMs === null || sequence === null || value === null) return undefined;
  return { step, timeMs: Number(timeMs), sequence, value };
}
