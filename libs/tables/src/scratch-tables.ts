import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openTables, type TablesConfig } from "./open-tables.ts";
import type { TableEngine } from "./port.ts";
import type { Column, Row, WrittenTable } from "./table.ts";

/** An engine in a folder of its own, for tests. */
export interface ScratchTables extends AsyncDisposable {
  readonly engine: TableEngine;
  /** A path in the folder. */
  path(name: string): string;
  /** Writes rows to a new file. */
  write(columns: readonly Column[], rows: readonly Row[]): Promise<WrittenTable>;
}

export async function scratchTables(config: Partial<TablesConfig> = {}): Promise<ScratchTables> {
  const folder = await mkdtemp(join(tmpdir(), "tables-"));
  const engine = await openTables({
    dataDir: join(folder, "data"),
    memoryLimitMiB: 512,
    threads: 2,
    processes: 1,
    ...config,
  });
  let files = 0;
  const path = (name: string): string => join(folder, name);
  return {
    engine,
    path,
    write: (columns, rows) => engine.importRows({ columns, output: path(`rows-${files++}.parquet`) }, rows),
    async [Symbol.asyncDispose]() {
      await engine.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
