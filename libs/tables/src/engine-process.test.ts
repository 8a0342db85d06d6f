import { setImmediate as breathe } from "node:timers/promises";
import { expect, test } from "vitest";
import { tableProcess } from "./engine/table-process.ts";
import { scratchTables } from "./scratch-tables.ts";

const ENDLESS = {
  sql: "SELECT sum(a.range * b.range) AS s FROM range(10000000) a, range(10000000) b",
  inputs: {},
  rowsMax: 1,
};
const QUICK = { sql: "SELECT 1::BIGINT AS one", inputs: {}, rowsMax: 1 };

test("a call that is aborted stops, and the next one works", async () => {
  await using scratch = await scratchTables();
  const leaving = new AbortController();
  const endless = scratch.engine.query(ENDLESS, { signal: leaving.signal });
  const after = scratch.engine.query(QUICK);
  setTimeout(() => leaving.abort(), 100);
  await expect(endless).rejects.toMatchObject({ kind: "cancelled", reason: "TABLE_CANCELLED" });
  expect((await after).rows).toEqual([[1n]]);
});

test("a call that runs out of time says so", async () => {
  await using scratch = await scratchTables();
  const endless = scratch.engine.query(ENDLESS, { signal: AbortSignal.timeout(100) });
  await expect(endless).rejects.toMatchObject({ kind: "deadline", reason: "TABLE_DEADLINE" });
});

test("a call that waits for a free process can be aborted too, and more than the queue holds are refused", async () => {
  await using scratch = await scratchTables({ queueMax: 1 });
  const leaving = new AbortController();
  const { signal } = leaving;
  const calls = [ENDLESS, QUICK, QUICK].map((plan) => scratch.engine.query(plan, { signal }));
  const refused = expect(calls[2]).rejects.toMatchObject({ reason: "TABLE_QUEUE_FULL" });
  const aborted = calls.slice(0, 2).map((it) => expect(it).rejects.toMatchObject({ reason: "TABLE_CANCELLED" }));
  await refused;
  leaving.abort();
  await Promise.all(aborted);
});

const LIMITS = { memoryLimitMiB: 128, threads: 1, spillFolder: "/nonexistent", partialSuffix: ".partial" };
const nothing = async (): Promise<undefined> => undefined;
const CALL = { limits: LIMITS, nextInput: nothing, takeOutput: nothing, onProgress: () => {}, signal: undefined };

test("a killed process fails its call, and a new one starts with the next", async () => {
  const process_ = tableProcess(256);
  const call = { ...CALL, job: "query" } as const;
  const endless = process_.run({ ...call, plan: ENDLESS });
  const first = process_.pid();
  if (first) process.kill(first, "SIGKILL");
  await expect(endless).rejects.toMatchObject({ kind: "unavailable", reason: "TABLE_ENGINE_DIED" });
  expect(await process_.run({ ...call, plan: QUICK })).toMatchObject({ rows: [[1n]] });
  expect(process_.pid()).not.toBe(first);
  await process_.close();
  expect(process_.pid()).toBeUndefined();
});

test.each<[string, (late: PromiseWithResolvers<unknown>) => void]>([
  ["comes", (late) => late.resolve([[666n]])],
  ["fails", (late) => late.reject(new Error("the caller is gone"))],
])("input that %s after its job was stopped does nothing to the next job of the process", async (_, end) => {
  await using scratch = await scratchTables();
  const process_ = tableProcess(256);
  const call = { ...CALL, job: "importRows" } as const;
  const planOf = (name: string) => ({ columns: [{ name: "n", type: "int64" }], output: scratch.path(name) });
  const late = Promise.withResolvers<unknown>();
  const asked = Promise.withResolvers<void>();
  const leaving = new AbortController();
  const nextLate = (): Promise<unknown> => {
    asked.resolve();
    return late.promise;
  };
  const stopped = process_.run({ ...call, plan: planOf("a"), nextInput: nextLate, signal: leaving.signal });
  await asked.promise;
  leaving.abort();
  await expect(stopped).rejects.toMatchObject({ reason: "TABLE_CANCELLED" });
  const own = [[[1n]], undefined];
  const nextOwn = async (): Promise<unknown> => {
    end(late);
    await breathe();
    return own.shift();
  };
  expect(await process_.run({ ...call, plan: planOf("b"), nextInput: nextOwn })).toMatchObject({ rowCount: 1 });
  expect((await scratch.engine.readRows({ segments: [planOf("b").output], limit: 2 })).rows).toEqual([[1n]]);
  await process_.close();
});

test("closing fails what runs and what comes", async () => {
  const scratch = await scratchTables();
  const endless = scratch.engine.query(ENDLESS);
  const failed = expect(endless).rejects.toMatchObject({ reason: "TABLE_CLOSED" });
  await scratch[Symbol.asyncDispose]();
  await failed;
  await expect(scratch.engine.query(QUICK)).rejects.toMatchObject({ reason: "TABLE_CLOSED" });
});

test("what needs more memory than the limit fails as exhausted, and the process lives on", async () => {
  await using scratch = await scratchTables({ memoryLimitMiB: 64 });
  const greedy = { sql: "SELECT len(list(range)) AS n FROM range(100000000)", inputs: {}, rowsMax: 1 };
  await expect(scratch.engine.query(greedy)).rejects.toMatchObject({ kind: "exhausted", reason: "TABLE_MEMORY_LIMIT" });
  expect((await scratch.engine.query(QUICK)).rows).toEqual([[1n]]);
});

test.each([
  ["another file", "SELECT * FROM read_csv('/etc/passwd')"],
  ["a pattern of files", "SELECT * FROM glob('/*')"],
  ["a database", "SELECT * FROM x); ATTACH '/tmp/y.db'; SELECT (1"],
  ["a setting", "SELECT 1); SET threads = 7; SELECT (1"],
  ["a file to write", "SELECT 1); COPY (SELECT 1) TO '/tmp/y.parquet'; SELECT (1"],
  ["the environment", "SELECT getenv('HOME')"],
])("a query cannot reach %s", async (_, sql) => {
  await using scratch = await scratchTables();
  await expect(scratch.engine.query({ sql, inputs: {}, rowsMax: 10 })).rejects.toMatchObject({
    reason: "TABLE_BAD_QUERY",
  });
});
