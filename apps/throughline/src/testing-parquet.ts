import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Connection } from "@throughline/client";
import { ArtifactKind } from "@throughline/contracts/throughline/lineage/v1/artifact_pb";
import { type Column, openTables, type Row } from "@throughline/tables";
import { uploadBytes } from "./testing-shop.ts";

/** Writes rows to a Parquet file in a folder, uploads it, and gives its digest. */
export async function uploadTable(
  connection: Connection,
  dir: string,
  table: { readonly columns: readonly Column[]; readonly rows: readonly Row[] },
): Promise<string> {
  await using tables = await openTables({ dataDir: join(dir, "test-tables"), memoryLimitMiB: 128, threads: 1 });
  const output = join(dir, "table.parquet");
  await tables.importRows({ columns: table.columns, output }, table.rows);
  const { digest } = await uploadBytes(connection, Uint8Array.from(await readFile(output)), ArtifactKind.DATASET);
  return digest;
}
