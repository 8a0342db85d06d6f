import type { Aggregate } from "@throughline/windows";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { JoinPlan, WindowView } from "./join-plan.ts";
import { type ScratchTables, scratchTables } from "./scratch-tables.ts";
import type { Column, Row } from "./table.ts";

let scratch: ScratchTables;
beforeAll(async () => {
  scratch = await scratchTables();
});
afterAll(() => scratch[Symbol.asyncDispose]());

const START = 1_600_000_000_000_000_000n;
const EVENTS: Column[] = [
  { name: "key", type: "string" },
  { name: "part", type: "bytes" },
  { name: "event_time", type: "timestamp" },
  { name: "knowledge_time", type: "timestamp" },
  { name: "amount", type: "int64" },
  { name: "score", type: "float64" },
  { name: "flag", type: "bool" },
  { name: "word", type: "string" },
  { name: "raw", type: "bytes" },
  { name: "seen", type: "timestamp" },
];
const SPINE: Column[] = [
  { name: "who", type: "string" },
  { name: "part", type: "bytes" },
  { name: "cutoff", type: "timestamp" },
];

const NUMBERS = ["amount", "score"];
const AGGREGATES: readonly (readonly [Aggregate, readonly string[]])[] = [
  [{ function: "sum" }, ["score", "amount"]],
  [{ function: "mean" }, ["score", "flag"]],
  [{ function: "variance" }, [...NUMBERS, "flag"]],
  [{ function: "standardDeviation" }, NUMBERS],
  [{ function: "min" }, ["score", "flag", "word", "raw", "seen"]],
  [{ function: "max" }, ["amount", "score", "word"]],
  [{ function: "first", k: 1 }, ["amount", "raw"]],
  [{ function: "first", k: 2 }, ["amount"]],
  [{ function: "last", k: 1 }, ["amount", "score", "seen"]],
  [{ function: "last", k: 3 }, ["word"]],
  [{ function: "top", k: 2 }, ["word", "amount"]],
  [{ function: "distinct" }, ["score", "raw"]],
  [{ function: "approximateDistinct", accuracy: 0.1 }, ["score"]],
  [{ function: "quantile", quantile: 0.5, accuracy: 0.01 }, NUMBERS],
  [{ function: "quantile", quantile: 0.9, accuracy: 0.01 }, ["score"]],
  [{ function: "count" }, ["word"]],
];

function windowOver(segments: readonly string[], windowNs: bigint, keyCount: number): WindowView {
  return {
    kind: "window",
    name: `window of ${keyCount}`,
    segments,
    keys: [
      { spineColumn: "who", viewColumn: "key" },
      { spineColumn: "part", viewColumn: "part" },
    ].slice(0, keyCount),
    eventTimeColumn: "event_time",
    knowledgeTimeColumn: "knowledge_time",
    windowNs,
    aggregates: AGGREGATES.flatMap(([aggregate, columns], i) =>
      columns.map((column) => ({ aggregate, column, as: `w${keyCount}_${i}_${column}` })),
    ),
  };
}

const at = (steps: number | null) => (steps === null ? null : { ns: START + BigInt(steps) });
const who = fc.option(fc.constantFrom("a", "b", "a\u0000"), { freq: 8 });
const part = fc.option(fc.constantFrom(Buffer.of(), Buffer.of(0, 255)), { freq: 8 });
const step = fc.option(fc.integer({ min: 0, max: 12 }), { freq: 15 });
const event: fc.Arbitrary<Row> = fc
  .record({
    who,
    part,
    event: step,
    delay: fc.option(fc.integer({ min: -3, max: 6 }), { freq: 15 }),
    amount: fc.option(fc.bigInt({ min: -5n, max: 5n })),
    // The arithmetic of all floats is tested in libs/windows, where no engine has to start for it.
    score: fc.option(
      fc.oneof(
        fc.integer({ min: -40, max: 40 }).map((it) => it / 8),
        fc.constantFrom(0.1, 0.2, -0.1, -0, 1e300, Number.NaN, Number.NEGATIVE_INFINITY),
      ),
    ),
    flag: fc.option(fc.boolean()),
    word: fc.option(fc.constantFrom("", "b", "ä", "\u{10000}", "\uffff")),
    raw: fc.option(fc.uint8Array({ maxLength: 2 })),
  })
  .map((it) => {
    const known = it.event === null || it.delay === null ? null : it.event + it.delay;
    return [it.who, it.part, at(it.event), at(known), it.amount, it.score, it.flag, it.word, it.raw, at(known)];
  });
const cut: fc.Arbitrary<Row> = fc.tuple(who, part, step).map(([key, of, cutoff]) => [key, of, at(cutoff)]);

test("a window of states gives each spine row what the oracle finds, for ties, late data, nulls, NaN and edges", async () => {
  const timelines = fc.record({
    spine: fc.array(cut, { maxLength: 20, size: "max" }),
    events: fc.array(fc.array(event, { maxLength: 60, size: "max" }), { minLength: 1, maxLength: 3 }),
    windowNs: fc.bigInt({ min: 1n, max: 8n }),
    keyCount: fc.constantFrom(0, 1),
  });
  await fc.assert(
    fc.asyncProperty(timelines, async ({ spine, events, windowNs, keyCount }) => {
      const { path } = await scratch.write(SPINE, spine);
      const segments: string[] = [];
      for (const it of events) segments.push((await scratch.write(EVENTS, it)).path);
      const plan: JoinPlan = {
        spine: { segments: [path], cutoffColumn: "cutoff", columns: ["who"] },
        views: [keyCount, 2].map((it, i) => ({ ...windowOver(segments, windowNs, it), name: `view ${i}` })),
      };
      const result = await scratch.engine.pointInTimeJoin({ ...plan, output: scratch.path("joined.parquet") });
      const certificate = await scratch.engine.certify(plan, result, { seed: 7, sampleRows: 1_000 });
      expect(certificate).toMatchObject({ mismatches: [], mismatchedRows: 0, rowsWithLaterKnowledge: 0 });
      expect(result.rowCount).toBe(spine.length);
    }),
    { numRuns: 12, interruptAfterTimeLimit: 60_000 },
  );
});

test("windows of many rows of one entity slide over pages of the engine", async () => {
  const row = (i: number): Row => {
    const time = { ns: START + BigInt(i) };
    return ["a", Buffer.of(), time, time, BigInt(i % 97), i / 8, i % 2 === 0, `w${i % 7}`, Buffer.of(i % 3), time];
  };
  const count = 52_000;
  const { path: segment } = await scratch.write(
    EVENTS,
    Array.from({ length: count }, (_, i) => row(i)),
  );
  const cuts = Array.from({ length: 80 }, (_, i): Row => ["a", Buffer.of(), { ns: START + BigInt(i * 649) }]);
  const { path } = await scratch.write(SPINE, cuts);
  const window = windowOver([segment], 1_500n, 1);
  const plan: JoinPlan = {
    spine: { segments: [path], cutoffColumn: "cutoff", columns: [] },
    views: [{ ...window, aggregates: window.aggregates.filter((it) => it.column === "score") }],
  };
  const result = await scratch.engine.pointInTimeJoin({ ...plan, output: scratch.path("long.parquet") });
  const certificate = await scratch.engine.certify(plan, result, { seed: 1, sampleRows: 12 });
  expect(certificate).toMatchObject({ mismatches: [], mismatchedRows: 0, rowsWithLaterKnowledge: 0 });
  expect(result.views).toEqual([{ name: "window of 1", matchedRows: 80, laterRows: 0 }]);
});

test("an aggregate that its column's type does not have is refused with its place in the plan", async () => {
  const { path } = await scratch.write(EVENTS, []);
  const spine = { segments: [(await scratch.write(SPINE, [])).path], cutoffColumn: "cutoff", columns: ["who"] };
  const view: WindowView = {
    ...windowOver([path], 1n, 1),
    aggregates: [{ aggregate: { function: "sum" }, column: "word", as: "sum" }],
  };
  const output = scratch.path("refused.parquet");
  await expect(scratch.engine.pointInTimeJoin({ spine, views: [view], output })).rejects.toMatchObject({
    reason: "TABLE_BAD_PLAN",
    message: expect.stringContaining("views[0].aggregates[0].column"),
  });
});
