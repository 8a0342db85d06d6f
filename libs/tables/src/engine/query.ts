import {
  blobValue,
  type DuckDBResult,
  DuckDBTimestampNanosecondsValue,
  type DuckDBValue,
  listValue,
} from "@duckdb/node-api";
import type { FeatureValue } from "@throughline/kernel";
import { badPlan, tooManyRows } from "../errors.ts";
import type { QueryPlan, ReadPlan, RowsPlan, SelectPlan } from "../port.ts";
import type { Column, Row, RowSet } from "../table.ts";
import { describe, describeMixed, describeSegments, nativeType, pick, widened } from "./column-types.ts";
import type { JobContext } from "./job-context.ts";
import { chunkRows, chunksOf } from "./result-rows.ts";
import { lockSettings, openSession, queryFailure, type Session } from "./session.ts";
import { identifier, parquetRows, typedParquetRows } from "./sql.ts";

const ROWS_MAX = 100_000;

/** See TableEngine.readRows. */
export async function readRows(plan: ReadPlan, context: JobContext): Promise<RowSet> {
  const { offset = 0, limit } = plan;
  checkCount("limit", limit, ROWS_MAX);
  checkCount("offset", offset, Number.MAX_SAFE_INTEGER);
  await using session = await openSession(context, { reads: plan.segments, writes: [] });
  const { columns, select } = await selected(session, plan);
  const result = await session.stream(`${select} LIMIT ${limit} OFFSET ${offset}`);
  return { columns, rows: await rowsOf(result, context) };
}

/** The columns of a RowsPlan, and SQL that reads them in row order with our types. */
export async function selected(
  session: Session,
  plan: RowsPlan,
): Promise<{ readonly columns: readonly Column[]; readonly select: string }> {
  const { found, mixed } = await describeMixed(session, plan.segments);
  const columns = pick(found, plan.columns ?? found.map((it) => it.name), plan.segments[0] ?? "");
  const values = columns.map((it) => `${widened(it)} AS ${identifier(it.name)}`);
  const typed = columns.map((it) => ({ name: it.name, type: nativeType(it.type) }));
  const rows = mixed ? typedParquetRows(plan.segments, typed) : parquetRows(plan.segments);
  return { columns, select: `SELECT ${values.join(", ")} FROM ${rows}` };
}

/** See TableEngine.query. */
export async function query(plan: QueryPlan, context: JobContext): Promise<RowSet> {
  checkCount("rowsMax", plan.rowsMax, ROWS_MAX);
  await using session = await openSession(context, { reads: filesOf(plan), writes: [] });
  await openInputs(session, plan);
  try {
    const { columns, select, values } = await boundQuery(session, plan);
    const result = await session.stream(`${select} LIMIT ${plan.rowsMax + 1}`, values);
    const rows = await rowsOf(result, context);
    if (rows.length > plan.rowsMax) throw tooManyRows(plan.rowsMax);
    return { columns, rows };
  } catch (error) {
    throw queryFailure(error);
  }
}

/** The files that a query reads. */
export const filesOf = (plan: SelectPlan): readonly string[] => Object.values(plan.inputs).flat();

/** Gives the inputs their names, and locks the settings: what runs next is not written by the engine. */
export async function openInputs(session: Session, { inputs }: SelectPlan): Promise<void> {
  for (const [name, segments] of Object.entries(inputs)) {
    await describeSegments(session, segments);
    await session.run(`CREATE TEMP VIEW ${identifier(name)} AS SELECT * FROM ${plainRows(segments)}`);
  }
  await lockSettings(session);
}

/** A query with the columns that it gives, and SQL that gives them with our types. */
export interface BoundQuery {
  readonly columns: readonly Column[];
  readonly select: string;
  readonly values: Record<string, DuckDBValue>;
}

/** Finds what a query over open inputs gives. */
export async function boundQuery(session: Session, { sql, parameters = {} }: SelectPlan): Promise<BoundQuery> {
  const inner = `(${sql}\n)`;
  const values = Object.fromEntries(Object.entries(parameters).map(([name, it]) => [name, parameter(it)]));
  const found = await describeQuery(session, inner, values);
  const columns = pick(
    found,
    found.map((it) => it.name),
    "the query's result",
  );
  const casts = columns.map((it) => `${widened(it)} AS ${identifier(it.name)}`).join(", ");
  return { columns, select: `SELECT ${casts} FROM ${inner}`, values };
}

/** DuckDB can describe only a query whose parameters are bound, which DESCRIBE cannot take: an empty table can. */
async function describeQuery(session: Session, inner: string, values: Record<string, DuckDBValue>) {
  await session.run(`CREATE TEMP TABLE shape AS SELECT * FROM ${inner} LIMIT 0`, values);
  return describe(session, "shape");
}

const plainRows = (segments: readonly string[]): string =>
  parquetRows(segments).replace("file_row_number = true, ", "");

async function rowsOf(result: DuckDBResult, context: JobContext): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const chunk of chunksOf(result)) {
    context.signal.throwIfAborted();
    rows.push(...chunkRows(chunk));
  }
  return rows;
}

function parameter(value: FeatureValue): DuckDBValue {
  if (value === null || typeof value !== "object") return value;
  if (value instanceof Uint8Array) return blobValue(value);
  if ("ns" in value) return new DuckDBTimestampNanosecondsValue(value.ns);
  return listValue(value.map(parameter));
}

function checkCount(path: string, count: number, most: number): void {
  if (!Number.isSafeInteger(count) || count < 0 || count > most) {
    throw badPlan(path, `${count} is not a whole number from 0 to ${most}`);
  }
}
