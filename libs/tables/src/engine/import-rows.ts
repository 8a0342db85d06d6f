import {
  blobValue,
  DuckDBDataChunk,
  DuckDBTimestampNanosecondsValue,
  type DuckDBType,
  type DuckDBValue,
  listValue,
} from "@duckdb/node-api";
import type { FeatureValue } from "@throughline/kernel";
import { badPlan, badValue } from "../errors.ts";
import type { ImportPlan } from "../port.ts";
import type { Column, ColumnType, Row, ScalarType, WrittenTable } from "../table.ts";
import { isColumnType, itemType, nativeType } from "./column-types.ts";
import type { JobContext } from "./job-context.ts";
import { openSession, type Session } from "./session.ts";
import { identifier } from "./sql.ts";
import { partialPath, writeTable } from "./write-table.ts";

/** See TableEngine.importRows. */
export async function importRows(plan: ImportPlan, context: JobContext): Promise<WrittenTable> {
  const { columns, output } = plan;
  checkColumns(columns);
  await using session = await openSession(context, { reads: [], writes: [partialPath(output, context)] });
  const rows = await rowsTable(session, columns);
  for (let batch = await context.pull(); batch !== undefined; batch = await context.pull()) {
    rows.append(batch as readonly Row[]);
  }
  rows.end();
  return await writeTable(session, { select: rows.select, output, columns }, context);
}

/** A table that takes rows in batches of at most 2,048. */
export interface RowsTable {
  append(batch: readonly Row[]): void;
  end(): void;
  /** SQL that reads the rows in the order they came. */
  readonly select: string;
}

/** Makes a table for rows of declared columns. */
export async function rowsTable(session: Session, columns: readonly Column[]): Promise<RowsTable> {
  await session.run(
    `CREATE TEMP TABLE rows (${columns.map((it) => `${identifier(it.name)} ${nativeType(it.type)}`).join(", ")})`,
  );
  const appender = await session.connection.createAppender("rows", "main", "temp");
  const types = columns.map((_, i) => appender.columnType(i));
  let firstRow = 1;
  return {
    append(batch) {
      appender.appendDataChunk(chunkOf(batch, { columns, types, firstRow }));
      firstRow += batch.length;
    },
    end: () => appender.closeSync(),
    select: "SELECT * FROM rows ORDER BY rowid",
  };
}

/** Fails for a declaration that no table can have. */
export function checkColumns(columns: readonly Column[]): void {
  if (columns.length === 0) throw badPlan("columns", "there must be at least one column");
  const names = new Set<string>();
  for (const { name, type } of columns) {
    if (name === "") throw badPlan("columns", "a column has no name");
    // DuckDB compares names without case, and so do most readers of Parquet.
    if (names.has(name.toLowerCase()))
      throw badPlan("columns", `two columns are named "${name}" (upper and lower case are the same)`);
    if (!isColumnType(type)) throw badPlan("columns", `column "${name}" has the unknown type "${type}"`);
    names.add(name.toLowerCase());
  }
}

interface ChunkShape {
  readonly columns: readonly Column[];
  readonly types: readonly DuckDBType[];
  /** Number of the batch's first row, for errors. */
  readonly firstRow: number;
}

function chunkOf(rows: readonly Row[], shape: ChunkShape): DuckDBDataChunk {
  const { columns, types, firstRow } = shape;
  rows.forEach((row, i) => {
    if (row.length !== columns.length) {
      throw badValue({
        rowNumber: firstRow + i,
        column: columns[0]?.name ?? "",
        text: `${row.length} values`,
        type: `row of ${columns.length} values`,
      });
    }
  });
  const chunk = DuckDBDataChunk.create(types, rows.length);
  chunk.setColumns(
    columns.map((column, at) =>
      rows.map((row, i) => {
        const value = row[at] ?? null;
        const native = nativeValue(value, column.type);
        if (native !== undefined) return native;
        throw badValue({ rowNumber: firstRow + i, column: column.name, text: shown(value), type: column.type });
      }),
    ),
  );
  return chunk;
}

/** The value as DuckDB takes it; undefined if it is not of the type. */
function nativeValue(value: FeatureValue, type: ColumnType): DuckDBValue | undefined {
  if (value === null) return null;
  const item = itemType(type);
  if (item === undefined) return NATIVE[type as ScalarType](value);
  if (!Array.isArray(value)) return undefined;
  const items = (value as readonly FeatureValue[]).map((it) => (it === null ? null : NATIVE[item](it)));
  return items.includes(undefined) ? undefined : listValue(items as DuckDBValue[]);
}

const fits = (value: bigint): boolean => BigInt.asIntN(64, value) === value;

const NATIVE: Readonly<Record<ScalarType, (value: FeatureValue) => DuckDBValue | undefined>> = {
  bool: (value) => (typeof value === "boolean" ? value : undefined),
  int64: (value) => (typeof value === "bigint" && fits(value) ? value : undefined),
  float64: (value) => (typeof value === "number" ? value : undefined),
  string: (value) => (typeof value === "string" && value.isWellFormed() ? value : undefined),
  bytes: (value) => (value instanceof Uint8Array ? blobValue(value) : undefined),
  timestamp: (value) =>
    value !== null && typeof value === "object" && "ns" in value && fits(value.ns)
      ? new DuckDBTimestampNanosecondsValue(value.ns)
      : undefined,
};

/** A value as text, for errors. */
export const shown = (value: FeatureValue): string =>
  JSON.stringify(value, (_, it: unknown) =>
    typeof it === "bigint" ? `${it}n` : it instanceof Uint8Array ? `${it.length} bytes` : it,
  ) ?? "";
