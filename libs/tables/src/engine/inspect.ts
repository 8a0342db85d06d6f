import type { TableFile, TableShape } from "../table.ts";
import { describe } from "./column-types.ts";
import { csvFailure, csvRows } from "./csv.ts";
import type { JobContext } from "./job-context.ts";
import { openSession } from "./session.ts";
import { literal } from "./sql.ts";

/** See TableEngine.inspect. */
export async function inspect(file: TableFile, context: JobContext): Promise<TableShape> {
  await using session = await openSession(context, { reads: [file.path], writes: [] });
  if (file.format === "parquet") {
    const rows = `read_parquet(${literal(file.path)})`;
    const columns = await describe(session, rows);
    const [rowCount] = await session.one(`SELECT count(*) FROM ${rows}`);
    return { columns, rowCount: Number(rowCount) };
  }
  try {
    const columns = await describe(session, csvRows(file.path, file.csv, "guessed"));
    const [rowCount] = await session.one(`SELECT count(*) FROM ${csvRows(file.path, file.csv)}`);
    return { columns, rowCount: Number(rowCount) };
  } catch (error) {
    throw await csvFailure(error, file);
  }
}
