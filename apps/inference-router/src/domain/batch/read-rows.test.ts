import { join } from "node:path";
import type { Column } from "@throughline/tables";
import { expect, test } from "vitest";
import { platform } from "../../testing-platform.ts";
import type { BatchColumns } from "./batch-columns.ts";
import { readRows } from "./read-rows.ts";

test("rows that are not there are no rows without values", async () => {
  const on = await platform();
  const path = join(on.dir, "input.parquet");
  const table: readonly Column[] = [{ name: "a", type: "float64" }];
  await on.tables.importRows({ output: path, columns: table }, [[0.5], [1.5]]);
  const columns: BatchColumns = { names: ["a"], rowOf: ([a = null]) => ({ entity: { a }, asOfNs: 0n }) };
  const { signal } = new AbortController();
  const rows = await readRows(on, { path, columns, offset: 1, limit: 1, signal });
  expect(rows.at(0)).toEqual(columns.rowOf([1.5]));
  // A piece is missing, and all of it.
  await expect(readRows(on, { path, columns, offset: 1, limit: 2, signal })).rejects.toThrow("one piece");
  await expect(readRows(on, { path, columns, offset: 2, limit: 2, signal })).rejects.toThrow("as many rows");
});
