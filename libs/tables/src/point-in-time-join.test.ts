import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { JoinPlan, ViewInput } from "./join-plan.ts";
import { type ScratchTables, scratchTables } from "./scratch-tables.ts";
import type { Column, Row } from "./table.ts";

let scratch: ScratchTables;
beforeAll(async () => {
  scratch = await scratchTables();
});
afterAll(() => scratch[Symbol.asyncDispose]());

const START = 1_600_000_000_000_000_000n;
const EVENT_COLUMNS: Column[] = [
  { name: "key", type: "string" },
  { name: "part", type: "int64" },
  { name: "event_time", type: "timestamp" },
  { name: "knowledge_time", type: "timestamp" },
  { name: "amount", type: "int64" },
  { name: "score", type: "float64" },
  { name: "flag", type: "bool" },
];
const SPINE_COLUMNS: Column[] = [
  { name: "id", type: "int64" },
  { name: "who", type: "string" },
  { name: "part", type: "int64" },
  { name: "cutoff", type: "timestamp" },
];

const at = (steps: number | bigint | null) => (steps === null ? null : { ns: START + BigInt(steps) });
const keyArb = fc.option(fc.constantFrom("a", "b", "ä'\""), { freq: 8 });
const partArb = fc.option(fc.constantFrom(1n, -2n), { freq: 8 });
// Few steps of one nanosecond, so that ties and the edges of TTL and windows happen all the time.
const stepArb = fc.option(fc.integer({ min: 0, max: 12 }), { freq: 15 });
const eventArb: fc.Arbitrary<Row> = fc
  .record({
    key: keyArb,
    part: partArb,
    event: stepArb,
    delay: fc.option(fc.integer({ min: -3, max: 6 }), { freq: 15 }),
    amount: fc.option(fc.oneof(fc.bigInt({ min: -5n, max: 5n }), fc.constantFrom(2n ** 53n + 1n, -(2n ** 55n) - 3n))),
    score: fc.option(fc.double()),
    flag: fc.option(fc.boolean()),
  })
  .map((it) => {
    const known = it.event === null || it.delay === null ? null : it.event + it.delay;
    return [it.key, it.part, at(it.event), at(known), it.amount, it.score, it.flag];
  });
const spineArb = fc.tuple(keyArb, partArb, stepArb).map(([who, part, cutoff]) => [who, part, at(cutoff)] as const);

const keys = [
  { spineColumn: "who", viewColumn: "key" },
  { spineColumn: "part", viewColumn: "part" },
];
const times = { eventTimeColumn: "event_time", knowledgeTimeColumn: "knowledge_time" };

function viewsOver(
  segments: readonly string[],
  spans: { readonly ttlNs: bigint | undefined; readonly windowNs: bigint },
) {
  const views: ViewInput[] = [
    {
      kind: "latest",
      name: "both keys",
      segments,
      keys,
      ...times,
      ttlNs: spans.ttlNs,
      columns: [
        { name: "amount", as: "latest_amount" },
        { name: "score", as: "latest_score" },
        { name: "event_time", as: "latest_at" },
      ],
    },
    {
      kind: "latest",
      name: "no keys",
      segments,
      keys: [],
      ...times,
      ttlNs: undefined,
      columns: [{ name: "key", as: "last_key" }],
    },
    {
      kind: "aggregate",
      name: "window",
      segments,
      keys: keys.slice(0, 1),
      ...times,
      windowNs: spans.windowNs,
      aggregations: [
        { function: "count", column: undefined, as: "rows" },
        { function: "count", column: "score", as: "scores" },
        { function: "sum", column: "amount", as: "sum_amount" },
        { function: "mean", column: "amount", as: "mean_amount" },
        { function: "mean", column: "flag", as: "share" },
        { function: "min", column: "amount", as: "min_amount" },
        { function: "max", column: "amount", as: "max_amount" },
      ],
    },
  ];
  return views;
}

test("every spine row gets what plain loops over the events find, for ties, late data, nulls and edges of TTL and window", async () => {
  const timelines = fc.record({
    spine: fc.array(spineArb, { maxLength: 60, size: "max" }),
    events: fc.array(fc.array(eventArb, { maxLength: 60, size: "max" }), { minLength: 1, maxLength: 3 }),
    ttlNs: fc.option(fc.bigInt({ min: 0n, max: 6n }), { nil: undefined }),
    windowNs: fc.bigInt({ min: 1n, max: 6n }),
  });
  await fc.assert(
    fc.asyncProperty(timelines, async ({ spine, events, ttlNs, windowNs }) => {
      const rows = spine.map((it, i): Row => [BigInt(i), ...it]);
      const half = Math.floor(rows.length / 2);
      const spines = [rows.slice(0, half), rows.slice(half)].map((it) => scratch.write(SPINE_COLUMNS, it));
      const segments = events.map((it) => scratch.write(EVENT_COLUMNS, it));
      const pathsOf = async (files: typeof spines) => (await Promise.all(files)).map((it) => it.path);
      const plan: JoinPlan = {
        spine: { segments: await pathsOf(spines), cutoffColumn: "cutoff", columns: ["id", "who"] },
        views: viewsOver(await pathsOf(segments), { ttlNs, windowNs }),
      };
      const result = await scratch.engine.pointInTimeJoin({ ...plan, output: scratch.path("joined.parquet") });
      const all = rows.map((_, i) => i);
      const expected = await scratch.engine.bruteForceJoin(plan, all);
      const joined = await scratch.engine.readRows({ segments: [result.path], limit: 1_000 });
      expect(joined.rows).toEqual(expected.map((it) => it.values));
      expect(joined.rows.map((it) => it[0])).toEqual(all.map(BigInt));
      const certificate = await scratch.engine.certify(plan, result, { seed: 7, sampleRows: 10 });
      expect(certificate).toMatchObject({ mismatchedRows: 0, mismatches: [], rowsWithLaterKnowledge: 0 });
    }),
    { numRuns: 25 },
  );
});
