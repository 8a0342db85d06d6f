import { access, readdir } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ScratchTables, scratchTables } from "./scratch-tables.ts";
import type { Column, Row, WrittenTable } from "./table.ts";

const COLUMNS: Column[] = [
  { name: "n", type: "int64" },
  { name: "time", type: "timestamp" },
  { name: "x", type: "float64" },
];
// A little is left out of each of several row groups, so that the pieces of the input could show in the bytes.
const ROWS = Array.from(
  { length: 250_000 },
  (_, i): Row => [BigInt((i * 7_919) % 250_007), i % 37 === 0 ? null : { ns: BigInt(i) }, Math.sin(i)],
);

let scratch: ScratchTables;
let table: WrittenTable;
beforeAll(async () => {
  scratch = await scratchTables();
  table = await scratch.write(COLUMNS, ROWS);
});
afterAll(() => scratch[Symbol.asyncDispose]());

const inputs = () => ({ numbers: [table.path] });

describe("a query that is written", () => {
  test("gives the bytes that the import of its rows gives, and keeps the order of its input", async () => {
    const sql = "SELECT *, row_number() OVER () - 1 AS row FROM numbers WHERE time IS NOT NULL";
    const written = await scratch.engine.writeQuery({ sql, inputs: inputs(), output: scratch.path("kept.parquet") });
    const kept = ROWS.filter((it) => it[1] !== null).map((it, i) => [...it, BigInt(i)]);
    const imported = await scratch.write([...COLUMNS, { name: "row", type: "int64" }], kept);
    expect(written).toEqual({ ...imported, path: scratch.path("kept.parquet") });
  });

  test("gives the same bytes whatever the number of threads", async () => {
    await using other = await scratchTables({ threads: 1 });
    const plan = {
      sql: "SELECT n % 1000 AS g, sum(x) AS total, $name AS name FROM numbers GROUP BY g ORDER BY g",
      inputs: inputs(),
      parameters: { name: "ä" },
      output: scratch.path("sums.parquet"),
    };
    const [ours, others] = await Promise.all([scratch, other].map((it) => it.engine.writeQuery(plan)));
    expect(ours?.fileDigest).toBe(others?.fileDigest);
    expect(ours?.columns).toEqual([
      { name: "g", type: "int64" },
      { name: "total", type: "float64" },
      { name: "name", type: "string" },
    ]);
    const { rows } = await scratch.engine.readRows({ segments: [plan.output], columns: ["g", "name"], limit: 2 });
    expect(rows).toEqual([
      [0n, "ä"],
      [1n, "ä"],
    ]);
  });

  test.each([
    ["another file", "SELECT * FROM read_csv('/etc/passwd')"],
    ["a setting", "SELECT 1); SET threads = 7; SELECT (1"],
    ["a file to write", "SELECT 1); COPY (SELECT 1) TO '/tmp/y.parquet'; SELECT (1"],
    ["a column that is not there", "SELECT m FROM numbers"],
  ])("cannot reach %s, and leaves no file", async (_, sql) => {
    const output = scratch.path("never.parquet");
    const before = await readdir(scratch.path("."));
    await expect(scratch.engine.writeQuery({ sql, inputs: inputs(), output })).rejects.toMatchObject({
      reason: "TABLE_BAD_QUERY",
    });
    expect(await readdir(scratch.path("."))).toEqual(before);
  });

  test("leaves no file when it is cancelled", async () => {
    const output = scratch.path("cancelled.parquet");
    const sql = "SELECT count(*) AS n FROM range(1000000) a, range(1000000) b WHERE a.range <> b.range";
    const signal = AbortSignal.timeout(50);
    const call = scratch.engine.writeQuery({ sql, inputs: {}, output }, { signal });
    await expect(call).rejects.toMatchObject({ reason: "TABLE_DEADLINE" });
    await expect(access(output)).rejects.toThrow("ENOENT");
    expect((await readdir(scratch.path("."))).filter((it) => it.startsWith("cancelled"))).toEqual([]);
  });
});
