import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Column, openTables, type Row } from "@throughline/tables";

/** The bytes of a Parquet file with some rows. */
export async function parquet(columns: readonly Column[], rows: readonly Row[]): Promise<Uint8Array> {
  const dir = await mkdtemp(join(tmpdir(), "console-parquet-"));
  const tables = await openTables({ dataDir: join(dir, "tables"), memoryLimitMiB: 256, threads: 1, processes: 1 });
  try {
    const output = join(dir, "rows.parquet");
    await tables.importRows({ output, columns }, rows);
    return await readFile(output);
  } finally {
    await tables.close();
    await rm(dir, { recursive: true, force: true });
  }
}
