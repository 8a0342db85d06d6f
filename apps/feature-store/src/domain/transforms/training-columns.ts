import { setImmediate as breathe } from "node:timers/promises";
import type { ColumnValues, Row, TableEngine } from "@throughline/tables";
import { type Columns, type ColumnValue, columnOf, type RawColumn } from "@throughline/transforms";
import { quoted } from "../segment-query.ts";

/** Rows of a table, as the columns of transforms and as they are. */
export interface Piece {
  readonly columns: Columns;
  /** Values of the other columns that were asked for. */
  readonly others: readonly Row[];
}

/** What to read of a table. */
export interface Reading {
  /** An absolute path. */
  readonly file: string;
  readonly rowCount: number;
  readonly columns: readonly RawColumn[];
  /** Columns that are handed on as they are. */
  readonly others: readonly string[];
  /** Elements in a row that will be in memory with it besides its values. */
  readonly widthBesides: number;
  readonly signal: AbortSignal;
}

/** About so many values are in memory at a time. */
const VALUES_MAX = 1_000_000;
const PIECE_ROWS = { min: 64, max: 10_000 } as const;
/** The loop of events goes on after so many values, which take some milliseconds. */
const VALUES_AT_ONCE = 25_000;

/** Reads a Parquet file from its first row to its last, in pieces. */
export async function* trainingColumns(tables: TableEngine, reading: Reading): AsyncGenerator<Piece> {
  const { file, rowCount, columns, others, signal } = reading;
  const names = [...columns.map((it) => it.name), ...others];
  const fitting = Math.floor(VALUES_MAX / (names.length + reading.widthBesides));
  const limit = Math.max(PIECE_ROWS.min, Math.min(PIECE_ROWS.max, fitting));
  for (let offset = 0; offset < rowCount; offset += limit) {
    const { rows } = await tables.readRows({ segments: [file], columns: names, offset, limit }, { signal });
    const atOnce = Math.max(1, Math.floor(VALUES_AT_ONCE / names.length));
    for (let from = 0; from < rows.length; from += atOnce) {
      yield pieceOf(rows.slice(from, from + atOnce), columns);
      await breathe();
    }
  }
}

/** Values of a batch of a stream, whose rows are as many as the engine likes: more columns are read page by page. */
const STREAMED_COLUMNS_MAX = 200;

/**
 * The same without other columns, in one pass over the file. It takes a process of the table engine until it ends: whoever
 * reads must not wait for another one meanwhile.
 */
export async function* streamedColumns(
  tables: TableEngine,
  { file, rowCount, columns, signal }: Pick<Reading, "file" | "rowCount" | "columns" | "signal">,
): AsyncGenerator<Columns> {
  if (columns.length > STREAMED_COLUMNS_MAX) {
    const pages = trainingColumns(tables, { file, rowCount, columns, others: [], widthBesides: 0, signal });
    for await (const it of pages) yield it.columns;
    return;
  }
  const sql = `SELECT ${columns.map((it) => quoted(it.name)).join(", ")} FROM rows`;
  const atOnce = Math.max(1, Math.floor(VALUES_AT_ONCE / columns.length));
  for await (const batch of tables.queryColumns({ sql, inputs: { rows: [file] } }, { signal })) {
    for (let from = 0; from < batch.rowCount; from += atOnce) {
      const to = Math.min(batch.rowCount, from + atOnce);
      yield new Map(
        columns.map(({ name, type }, i) => [name, columnOf(name, type, valuesOf(batch.columns[i], from, to))]),
      );
      await breathe();
    }
  }
}

function valuesOf(column: ColumnValues | undefined, from: number, to: number): readonly ColumnValue[] {
  if (!column) return [];
  if ("values" in column) return column.values.slice(from, to) as readonly ColumnValue[];
  const { numbers, nulls } = column;
  return Array.from({ length: to - from }, (_, i) => (nulls?.[from + i] === 1 ? null : (numbers[from + i] ?? null)));
}

const pieceOf = (rows: readonly Row[], columns: readonly RawColumn[]): Piece => ({
  columns: new Map(
    columns.map(({ name, type }, i) => [
      name,
      columnOf(
        name,
        type,
        rows.map((row) => row[i] as ColumnValue),
      ),
    ]),
  ),
  others: rows.map((row) => row.slice(columns.length)),
});
