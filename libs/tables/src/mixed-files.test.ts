import { DuckDBInstance } from "@duckdb/node-api";
import { beforeAll, expect, test } from "vitest";
import type { JoinPlan } from "./join-plan.ts";
import type { TableEngine } from "./port.ts";
import { type ScratchTables, scratchTables } from "./scratch-tables.ts";

/** Files of others, which have the same columns of ours in types of DuckDB's that hold more or less. */
const KINDS = [
  "7::TINYINT AS \"i'é\", [1, NULL]::TINYINT[] AS l, 0.1::FLOAT AS x, '2020-02-29 12:34:56'::TIMESTAMP AS t",
  "300::UINTEGER AS \"i'é\", [70000]::INTEGER[] AS l, 0.1::DOUBLE AS x, '2020-02-29 12:34:56.123456789'::TIMESTAMP_NS AS t",
  "2::BIGINT AS \"i'é\", NULL::BIGINT[] AS l, 0.1::DECIMAL(9, 3) AS x, '2020-02-29'::DATE AS t",
];

let scratch: ScratchTables;
let segments: readonly string[];
beforeAll(async () => {
  scratch = await scratchTables();
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  segments = KINDS.map((_, i) => scratch.path(`kind-${i}.parquet`));
  for (const [i, it] of KINDS.entries())
    await connection.run(`COPY (SELECT ${it} FROM range(3)) TO '${segments[i]}' (FORMAT parquet)`);
  instance.closeSync();
  return () => scratch[Symbol.asyncDispose]();
});

const digestsOf = async (engine: TableEngine, of: readonly string[]) =>
  (await Array.fromAsync(engine.rowDigests({ segments: of }))).flat();

test("a time that nanoseconds do not reach is refused without the folder of its file", async () => {
  const late = scratch.path("late.parquet");
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run(`COPY (SELECT '2500-01-01'::TIMESTAMP AS t FROM range(3)) TO '${late}' (FORMAT parquet)`);
  instance.closeSync();
  const call = scratch.engine.readRows({ segments: [late, segments[1] ?? ""], columns: ["t"], limit: 9 });
  const error = await call.catch((it: unknown) => it as Error);
  expect(error).toMatchObject({ reason: "TABLE_VALUE_RANGE" });
  expect((error as Error).message).toContain("late.parquet");
  expect((error as Error).message).not.toContain("/");
});

test("rows of files with other native types are the same together as one by one", async () => {
  const { engine } = scratch;
  for (const order of [segments, segments.toReversed()]) {
    const single = await Promise.all(order.map((it) => digestsOf(engine, [it])));
    expect(await digestsOf(engine, order)).toEqual(single.flat());
    const rows = await Promise.all(order.map((it) => engine.readRows({ segments: [it], limit: 9 })));
    const all = await engine.readRows({ segments: order, limit: 99 });
    expect(all.rows).toEqual(rows.flatMap((it) => it.rows));
  }
  const { rows } = await engine.readRows({ segments, columns: ["t"], offset: 3, limit: 1 });
  expect(rows).toEqual([[{ ns: 1_582_979_696_123_456_789n }]]);
});

test("what would read them in the types of the first file refuses them, and takes a first file that holds all", async () => {
  const { engine, path } = scratch;
  const unlike = { reason: "TABLE_TYPE_UNSUPPORTED" };
  const sql = 'SELECT max("i\'é") AS s, max(t) AS t FROM f';
  await expect(engine.query({ sql, inputs: { f: segments }, rowsMax: 1 })).rejects.toMatchObject(unlike);
  await expect(engine.statistics({ segments })).rejects.toMatchObject(unlike);
  const plan: JoinPlan = { spine: { segments, cutoffColumn: "t", columns: ["x"] }, views: [] };
  await expect(engine.pointInTimeJoin({ ...plan, output: path("joined.parquet") })).rejects.toMatchObject(unlike);
  const all = await engine.readRows({ segments, limit: 99 });
  const { path: widest } = await engine.importRows({ columns: all.columns, output: path("widest.parquet") }, []);
  const inputs = { f: [widest, ...segments] };
  const found = await engine.query({ sql, inputs, rowsMax: 1 });
  expect(found.rows).toEqual([[300n, { ns: 1_582_979_696_123_456_789n }]]);
});
