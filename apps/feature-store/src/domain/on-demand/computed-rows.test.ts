import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOfJson } from "@throughline/kernel";
import { openTables, type TableEngine } from "@throughline/tables";
import { afterAll, beforeAll, expect, test } from "vitest";
import { computeRows } from "./computed-rows.ts";
import type { OnDemandView } from "./on-demand-view.ts";
import { boundOutputs } from "./program.ts";

let folder: string;
let tables: TableEngine;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "computed-rows-"));
  tables = await openTables({ dataDir: join(folder, "tables"), memoryLimitMiB: 256, threads: 2, processes: 1 });
});
afterAll(async () => {
  await tables.close();
  await rm(folder, { recursive: true, force: true });
});

/** More than two pieces, and more than one group of rows in a file. */
const ROW_COUNT = 145_000;

const VIEW: OnDemandView = {
  project: "p",
  id: "od",
  version: 1,
  digest: digestOfJson("a definition"),
  views: [],
  requestColumns: [{ name: "n", type: "int64", description: "" }],
  outputs: [
    { name: "double", description: "", expression: "n * 2", type: "int64" },
    { name: "text", description: "", expression: "string(n)", type: "string" },
  ],
  description: "",
  owner: "",
  cost: 5,
  createTimeMs: 0,
};

test("rows of many pieces have the outputs of their own inputs, in their order", async () => {
  const rows = Array.from({ length: ROW_COUNT }, (_, i) => [BigInt(i), `hidden ${i}`]);
  const columns = [
    { name: "n", type: "int64" as const },
    { name: "hidden", type: "string" as const },
  ];
  const table = await tables.importRows({ columns, output: join(folder, "joined.parquet") }, rows);
  const computed = await computeRows(tables, {
    table,
    outputs: boundOutputs(VIEW, ["double", "text"], { n: "int" }),
    dropped: new Set(["hidden"]),
    output: join(folder, "computed.parquet"),
    signal: new AbortController().signal,
  });
  expect(computed.rowCount).toBe(ROW_COUNT);
  expect(computed.columns.map((it) => it.name)).toEqual(["n", "od__double", "od__text"]);
  let next = 0n;
  for (let offset = 0; offset < ROW_COUNT; offset += 50_000) {
    const read = await tables.readRows({ segments: [computed.path], offset, limit: 50_000 });
    const wrong = read.rows.find(
      ([n, double, text]) => n !== next++ || double !== 2n * (n as bigint) || text !== String(n),
    );
    expect(wrong).toBeUndefined();
  }
  expect(next).toBe(BigInt(ROW_COUNT));
});
