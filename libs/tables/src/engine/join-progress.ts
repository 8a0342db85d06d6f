import type { Pass } from "./passes.ts";
import type { Session } from "./session.ts";
import { literals } from "./sql.ts";

/** Below so many rows a step is over before it is worth to find out how many bytes it reads. */
const ROWS_TO_WATCH = 2_000_000;

/** How far a join is. Each step counts as the rows that it reads or writes, of all. */
export interface JoinProgress {
  /** Begins a step of so many rows. */
  rows(rowCount: number): void;
  /** Begins a step that reads some columns, and counts as `share` of their rows. */
  reading(pass: Pass, columns: readonly string[], share: number): Promise<void>;
  /** Begins the last step, which reads columns of views and writes. */
  writing(rowCount: number, reads: readonly ColumnsToRead[]): Promise<void>;
}

/** Columns of some rows; no rows when the pass is undefined. */
export interface ColumnsToRead {
  readonly pass: Pass | undefined;
  readonly columns: readonly string[];
}

/** Begins to count; `allRows` is the sum of all steps. */
export function joinProgress(session: Session, allRows: number): JoinProgress {
  let done = 0;
  const next = (rowCount: number, bytes: number): void => {
    const from = done;
    done += rowCount;
    session.phase(from / Math.max(allRows, 1), Math.min(1, done / Math.max(allRows, 1)), bytes);
  };
  return {
    rows: (rowCount) => next(rowCount, 0),
    async reading(pass, columns, share) {
      next(pass.rowCount * share, await bytesOf(session, { pass, columns }));
    },
    async writing(rowCount, reads) {
      let [bytes, readRows] = [0, 0];
      for (const it of reads) {
        bytes += await bytesOf(session, it);
        readRows += it.pass?.rowCount ?? 0;
      }
      // The bytes are read before the rest of the step is done, which is what its other rows stand for.
      next(rowCount, bytes * (rowCount / Math.max(readRows, 1)));
    },
  };
}

/** Bytes of the columns in the files of a pass; 0 when the rows are few. Of a part of a file it is the part's share. */
async function bytesOf(session: Session, { pass, columns }: ColumnsToRead): Promise<number> {
  if (!pass || pass.rowCount < ROWS_TO_WATCH || columns.length === 0) return 0;
  const [bytes, rows] = await session.one(
    `SELECT sum(total_compressed_size), sum(row_group_num_rows) / count(DISTINCT path_in_schema)
     FROM parquet_metadata(${literals(pass.segments)}) WHERE list_contains(${literals(columns)}, split_part(path_in_schema, ', ', 1))`,
  );
  return Number(bytes) * Math.min(1, pass.rowCount / Math.max(Number(rows), 1));
}
