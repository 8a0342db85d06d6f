import { setImmediate as breathe } from "node:timers/promises";
import { sampledRows } from "@throughline/selection";
import type { Column, Row, TableEngine } from "@throughline/tables";
import type { ScratchFiles } from "./scratch.ts";
import { quoted } from "./segment-query.ts";

/** Which rows of a Parquet file to read. */
export interface RowSample {
  /** An absolute path. */
  readonly file: string;
  readonly rowCount: number;
  /** At least one, by name. */
  readonly columns: readonly string[];
  /** At most 100,000: all rows if there are no more. */
  readonly rowsMax: number;
  readonly seed: number;
  /** Folder for files in between. */
  readonly scratch: ScratchFiles;
  readonly signal: AbortSignal;
}

/** About so many values are in memory at a time. */
const VALUES_MAX = 100_000;
/** Stands for the number of a row beside the columns of a file. */
const ROW_NUMBER = "__drawn_row_number";

/** Columns that can be compared: those that hold one value in each row. */
export const comparable = ({ type }: Pick<Column, "type">): boolean => !type.startsWith("list<");

/** Rows that were chosen, ready to be read. */
export interface OpenSample {
  readonly rowCount: number;
  /** The rows in their order, in pieces; from the first one each time it is called. */
  read(): AsyncGenerator<readonly Row[]>;
}

/** Chooses some rows of a file, drawn by a seed. The same seed draws the same rows with every engine. */
export async function openSample(tables: TableEngine, sample: RowSample): Promise<OpenSample> {
  const { columns, rowsMax, seed, signal } = sample;
  const isWhole = sample.rowCount <= rowsMax;
  const file = isWhole ? sample.file : await drawnFile(tables, sample, sampledRows(sample.rowCount, rowsMax, seed));
  const rowCount = Math.min(sample.rowCount, rowsMax);
  return {
    rowCount,
    async *read() {
      const most = Math.max(1, Math.floor(VALUES_MAX / columns.length));
      for (let offset = 0; offset < rowCount; offset += most) {
        const limit = Math.min(most, rowCount - offset);
        const { rows } = await tables.readRows({ segments: [file], columns, offset, limit }, { signal });
        yield rows;
        // The loop of events goes on between two pieces.
        await breathe();
      }
    },
  };
}

/** Writes the drawn rows to a file of their own, so that reading them costs no pass for each piece. */
async function drawnFile(tables: TableEngine, sample: RowSample, drawn: Uint32Array): Promise<string> {
  const { file, columns, scratch, signal } = sample;
  const numbers = await tables.importRows(
    { columns: [{ name: ROW_NUMBER, type: "int64" }], output: scratch.path("drawn-numbers.parquet") },
    Array.from(drawn, (it) => [BigInt(it)]),
    { signal },
  );
  const names = columns.map(quoted).join(", ");
  const numbered = `SELECT ${names}, row_number() OVER () - 1 AS ${ROW_NUMBER} FROM rows`;
  const sql = `SELECT ${names} FROM (${numbered}) r JOIN drawn USING (${ROW_NUMBER}) ORDER BY ${ROW_NUMBER}`;
  const inputs = { rows: [file], drawn: [numbers.path] };
  return (await tables.writeQuery({ sql, inputs, output: scratch.path("drawn-rows.parquet") }, { signal })).path;
}
