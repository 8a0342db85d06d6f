import type { DomainError } from "@throughline/kernel";
import { badPlan, columnUnknown, typeUnsupported } from "../errors.ts";
import type { Column, ColumnType, FoundColumn, ScalarType } from "../table.ts";
import type { Session } from "./session.ts";
import { identifier, literal, parquetRows, typedParquetRows } from "./sql.ts";

const SCALARS: Readonly<Record<string, ScalarType>> = {
  BOOLEAN: "bool",
  TINYINT: "int64",
  SMALLINT: "int64",
  INTEGER: "int64",
  BIGINT: "int64",
  UTINYINT: "int64",
  USMALLINT: "int64",
  UINTEGER: "int64",
  UBIGINT: "int64",
  FLOAT: "float64",
  DOUBLE: "float64",
  VARCHAR: "string",
  UUID: "string",
  JSON: "string",
  BLOB: "bytes",
  DATE: "timestamp",
  TIMESTAMP: "timestamp",
  TIMESTAMP_S: "timestamp",
  TIMESTAMP_MS: "timestamp",
  TIMESTAMP_NS: "timestamp",
  "TIMESTAMP WITH TIME ZONE": "timestamp",
};

const NATIVE: Readonly<Record<ScalarType, string>> = {
  bool: "BOOLEAN",
  int64: "BIGINT",
  float64: "DOUBLE",
  string: "VARCHAR",
  bytes: "BLOB",
  timestamp: "TIMESTAMP_NS",
};

/** Our type for DuckDB's; undefined when there is none. */
export function columnTypeOf(native: string): ColumnType | undefined {
  const item = native.endsWith("[]") ? scalarOf(native.slice(0, -2)) : undefined;
  return item ? `list<${item}>` : scalarOf(native);
}

function scalarOf(native: string): ScalarType | undefined {
  if (native.startsWith("DECIMAL(")) return "float64";
  if (native.startsWith("ENUM(")) return "string";
  return SCALARS[native];
}

/** The type of a list's items; undefined for scalars. */
export const itemType = (type: ColumnType): ScalarType | undefined =>
  /^list<(.*)>$/.exec(type)?.[1] as ScalarType | undefined;

/** DuckDB's type that holds ours. */
export function nativeType(type: ColumnType): string {
  const item = itemType(type);
  return item ? `${NATIVE[item]}[]` : NATIVE[type as ScalarType];
}

/** True for the names of our types. */
export const isColumnType = (type: string): type is ColumnType => (itemType(type as ColumnType) ?? type) in NATIVE;

/** SQL for a column widened to our type. */
export const widened = (column: Column, from = ""): string =>
  `CAST(${from}${identifier(column.name)} AS ${nativeType(column.type)})`;

/**
 * The same for columns that are read whole. DuckDB skips no rows by a condition on it, but it asks no calendar for a time with
 * a zone, which takes twenty times as long as taking its count.
 *
 * What has no count, the infinite times, goes by way of its text: a cast that stands in `nanoseconds` of the same column too
 * would be taken out of both, and so be made for every row.
 */
export const widenedWhole = (column: Column): string => {
  if (column.type !== "timestamp") return widened(column);
  const name = identifier(column.name);
  return `coalesce(make_timestamp_ns(epoch_ns(${name})), CAST(CAST(${name} AS VARCHAR) AS TIMESTAMP_NS))`;
};

/**
 * SQL for a time column as int64 nanoseconds. Of the raw column, since a cast of times with a zone asks the calendar for each
 * of them; the cast is left to what has no nanoseconds by itself, the infinite times.
 */
export const nanoseconds = (column: Column): string =>
  column.type === "timestamp"
    ? `coalesce(epoch_ns(${identifier(column.name)}), epoch_ns(${widened(column)}))`
    : widened(column);

/** The columns that a query gives. */
export async function describe(session: Session, from: string): Promise<readonly FoundColumn[]> {
  const rows = await (await session.run(`DESCRIBE SELECT * FROM ${from}`)).getRows();
  return rows.map(([name, native]) => ({
    name: String(name),
    type: columnTypeOf(String(native)),
    nativeType: String(native),
  }));
}

/**
 * The columns of Parquet files that belong together. Fails if a file lacks a column of the first, or has it in another type; also in
 * another type of DuckDB's for the same type of ours, unless the first has what holds all of them: DuckDB reads all files in the types
 * of the first, and loses what these do not hold.
 */
export async function describeSegments(session: Session, segments: readonly string[]): Promise<readonly FoundColumn[]> {
  const { found, mixed } = await describeMixed(session, segments);
  if (mixed) throw mixed;
  return found;
}

/** The same, with the failure for types of DuckDB's that differ: for readers that tell DuckDB which types to read. */
export async function describeMixed(
  session: Session,
  segments: readonly string[],
): Promise<{ readonly found: readonly FoundColumn[]; readonly mixed: DomainError | undefined }> {
  let mixed: DomainError | undefined;
  const [first, ...others] = segments;
  if (first === undefined) throw badPlan("segments", "there must be at least one file");
  const found = await describe(session, `read_parquet(${literal(first)})`);
  for (const segment of others) {
    const columns = await describe(session, `read_parquet(${literal(segment)})`);
    for (const wanted of found) {
      const column = columns.find((it) => it.name === wanted.name);
      if (!column)
        throw columnUnknown(
          wanted.name,
          segment,
          columns.map((it) => it.name),
        );
      if (column.type !== wanted.type)
        throw typeUnsupported(wanted.name, column.nativeType, `${wanted.type}, as in ${first}`);
      const holdsAll = wanted.type !== undefined && wanted.nativeType === nativeType(wanted.type);
      if (column.nativeType !== wanted.nativeType && !holdsAll)
        mixed ??= typeUnsupported(wanted.name, column.nativeType, `${wanted.nativeType}, as in ${first}`);
    }
  }
  return { found, mixed };
}

/** The columns of files that may lack some of them. Fails if a file has one in another type. */
export async function describeTyped(
  session: Session,
  segments: readonly string[],
  columns: readonly Column[],
): Promise<readonly FoundColumn[]> {
  const typed = columns.map((it): FoundColumn => ({ ...it, nativeType: nativeType(it.type) }));
  for (const segment of segments) {
    const found = await describe(session, `read_parquet(${literal(segment)})`);
    for (const wanted of typed) {
      const column = found.find((it) => it.name === wanted.name);
      if (column && column.type !== wanted.type)
        throw typeUnsupported(wanted.name, column.nativeType, `${wanted.type}, as the plan says`);
    }
  }
  return typed;
}

/** The rows of a view's files, or of some of them. */
export const viewRows = (segments: readonly string[], columns: readonly Column[] | undefined): string =>
  columns
    ? typedParquetRows(
        segments,
        columns.map(({ name, type }) => ({ name, type: nativeType(type) })),
      )
    : parquetRows(segments);

/** Picks columns by name, each of which must have one of our types. `path` names the table for errors. */
export function pick(found: readonly FoundColumn[], names: readonly string[], path: string): readonly Column[] {
  return names.map((name) => {
    const column = found.find((it) => it.name === name);
    if (!column)
      throw columnUnknown(
        name,
        path,
        found.map((it) => it.name),
      );
    if (column.type === undefined) {
      throw typeUnsupported(
        name,
        column.nativeType,
        "bool, an integer, a float, a string, bytes, a time, or a list of these",
      );
    }
    return { name, type: column.type };
  });
}

/** Picks a time: a timestamp, or an int64 of nanoseconds. */
export function pickTime(found: readonly FoundColumn[], name: string, path: string): Column {
  const [column] = pick(found, [name], path);
  if (column?.type === "timestamp" || column?.type === "int64") return column;
  throw typeUnsupported(name, String(column?.type), "a timestamp, or int64 nanoseconds");
}
