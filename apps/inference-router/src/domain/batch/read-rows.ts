import { type FeatureValue, invariant } from "@throughline/kernel";
import type { ColumnValues, TableEngine } from "@throughline/tables";
import type { BatchRows } from "./answer-rows.ts";
import type { BatchColumns } from "./batch-columns.ts";

/** Rows that are read at once: what comes is taken in in one turn of the event loop, in which nobody is answered. */
export const READ_ROWS = 2_500;

interface RowsRead {
  readonly path: string;
  readonly columns: BatchColumns;
  readonly offset: number;
  /** At most READ_ROWS, and no more than there are. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

export type ReadRows = Pick<BatchRows, "count" | "at">;

/**
 * Some rows of a batch's file; row groups before them are skipped. They come by column, since many small lists would take ten times as long to
 * take in.
 */
export async function readRows(
  { tables }: { readonly tables: Pick<TableEngine, "queryColumns"> },
  { path, columns, offset, limit, signal }: RowsRead,
): Promise<ReadRows> {
  // A file without a column that can be read still has its rows.
  if (columns.names.length === 0) return { count: limit, at: () => columns.rowOf([]) };
  const sql = `SELECT ${columns.names.map(identifier).join(", ")} FROM input LIMIT ${limit} OFFSET ${offset}`;
  let values: readonly ColumnValues[] | undefined;
  for await (const piece of tables.queryColumns({ sql, inputs: { input: [path] } }, { signal })) {
    invariant(piece.rowCount === limit, "rows that are read at once come in one piece");
    values = piece.columns;
  }
  invariant(values, "there are as many rows as are read");
  const read = values;
  return { count: limit, at: (row) => columns.rowOf(read.map((it) => valueAt(it, row))) };
}

const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

function valueAt(column: ColumnValues, row: number): FeatureValue {
  if ("values" in column) return column.values[row] ?? null;
  return column.nulls?.[row] ? null : (column.numbers[row] ?? null);
}
