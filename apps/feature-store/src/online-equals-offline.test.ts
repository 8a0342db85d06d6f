import { AggregateFunction } from "@throughline/contracts/throughline/features/v1/definition_pb";
import { FileFormat } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import type { Digest, FeatureValue } from "@throughline/kernel";
import { fromNs, valueToProto } from "@throughline/rpc";
import type { Column, Row } from "@throughline/tables";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestPlatform, testPlatform, trainingSetResult } from "./testing-platform.ts";

const PARENT = "projects/p";
const START = 1_600_000_000_000_000_000n;
const COLUMNS: Column[] = [
  { name: "who", type: "string" },
  { name: "part", type: "int64" },
  { name: "event", type: "timestamp" },
  { name: "known", type: "timestamp" },
  { name: "amount", type: "int64" },
  { name: "score", type: "float64" },
  { name: "flag", type: "bool" },
  { name: "seen", type: "timestamp" },
  { name: "raw", type: "bytes" },
];
const WIRE = {
  bool: ValueType.BOOL,
  int64: ValueType.INT64,
  float64: ValueType.FLOAT64,
  string: ValueType.STRING,
  bytes: ValueType.BYTES,
  timestamp: ValueType.TIMESTAMP,
} as const;
const wireColumns = (columns: readonly Column[]) =>
  columns.map(({ name, type }) => ({ name, type: WIRE[type as keyof typeof WIRE] }));
const wireRow = (names: readonly string[], row: Row) => ({
  values: Object.fromEntries(names.map((name, i) => [name, valueToProto(row[i] ?? null)])),
});

const at = (steps: number | null) => (steps === null ? null : { ns: START + BigInt(steps) });
const who = fc.option(fc.constantFrom("a", "b", "ä'\"\u0000"), { freq: 8 });
const part = fc.option(fc.constantFrom(1n, -2n), { freq: 10 });
// Few steps of one nanosecond, so that ties and the edges of ttl and windows happen all the time.
const row: fc.Arbitrary<Row> = fc
  .record({
    who,
    part,
    event: fc.option(fc.integer({ min: 0, max: 10 }), { freq: 15 }),
    delay: fc.integer({ min: 0, max: 6 }),
    amount: fc.option(fc.oneof(fc.bigInt({ min: -5n, max: 5n }), fc.constantFrom(2n ** 58n + 1n, -(2n ** 58n) - 3n))),
    score: fc.option(fc.double()),
    flag: fc.option(fc.boolean()),
    raw: fc.option(fc.uint8Array({ maxLength: 3 })),
  })
  .map((it) => {
    const known = it.event === null ? null : it.event + it.delay;
    return [it.who, it.part, at(it.event), at(known), it.amount, it.score, it.flag, at(known), it.raw];
  });
const step = fc.record({ kind: fc.constantFrom("push", "load"), rows: fc.array(row, { minLength: 1, maxLength: 14 }) });
const timeline = fc.record({
  steps: fc.array(
    fc.oneof({ weight: 3, arbitrary: step }, { weight: 1, arbitrary: fc.constant("materialize" as const) }),
    {
      minLength: 1,
      maxLength: 4,
    },
  ),
  spine: fc.array(fc.tuple(who, part, fc.integer({ min: 0, max: 18 })), { minLength: 1, maxLength: 20 }),
  ttl: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
  windows: fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 20 })),
});
type Timeline = typeof timeline extends fc.Arbitrary<infer T> ? T : never;

let platform: TestPlatform;
let runs = 0;
beforeAll(async () => {
  platform = await testPlatform();
  const keys = wireColumns(COLUMNS.slice(0, 2));
  await platform.features.createEntity({ parent: PARENT, entityId: "thing", entity: { keys } });
});
afterAll(() => platform.close());

async function defineView(id: string, { ttl, windows }: Timeline): Promise<void> {
  const { features } = platform;
  await features.createSource({
    parent: PARENT,
    sourceId: id,
    source: {
      columns: wireColumns(COLUMNS),
      eventTimeColumn: "event",
      knowledgeTime: { case: "knowledgeTimeColumn", value: "known" },
      skipRowsWithoutTime: true,
    },
  });
  const column = (name: string) => ({ name, kind: { case: "column" as const, value: name } });
  const aggregate = (name: string, fn: AggregateFunction, window: number, of = "") => ({
    name,
    kind: { case: "aggregate" as const, value: { function: fn, column: of, window: { nanos: window } } },
  });
  await features.applyFeatureView({
    parent: PARENT,
    featureViewId: id,
    featureView: {
      entity: `${PARENT}/entities/thing`,
      source: `${PARENT}/sources/${id}`,
      ...(ttl !== undefined && { ttl: { nanos: ttl } }),
      features: [
        column("amount"),
        column("score"),
        column("seen"),
        column("raw"),
        aggregate("rows", AggregateFunction.COUNT, windows[0]),
        aggregate("sum", AggregateFunction.SUM, windows[0], "amount"),
        aggregate("mean", AggregateFunction.MEAN, windows[1], "amount"),
        aggregate("share", AggregateFunction.MEAN, windows[1], "flag"),
      ],
    },
  });
  await features.applyFeatureService({
    parent: PARENT,
    featureServiceId: id,
    featureService: { views: [{ view: `${PARENT}/featureViews/${id}` }] },
  });
}

async function take(id: string, it: Timeline["steps"][number]): Promise<void> {
  const { features } = platform;
  const source = `${PARENT}/sources/${id}`;
  if (it === "materialize") {
    await platform.ended((await features.materialize({ featureService: `${PARENT}/featureServices/${id}` })).operation);
  } else if (it.kind === "push") {
    const names = COLUMNS.map((column) => column.name);
    await features.pushRows({ source, rows: it.rows.map((values) => wireRow(names, values)) });
  } else {
    const digest = await platform.upload(COLUMNS, it.rows);
    await platform.ended((await features.loadSource({ source, digest, format: FileFormat.PARQUET })).operation);
  }
}

/** Row digests of the training set over a spine. */
async function offline(id: string, spine: Timeline["spine"]): Promise<readonly Digest[]> {
  const columns: Column[] = [...COLUMNS.slice(0, 2), { name: "cutoff", type: "timestamp" }];
  const spineDigest = await platform.upload(
    columns,
    spine.map(([who, part, cutoff]): Row => [who, part, at(cutoff)]),
  );
  const { operation } = await platform.features.createTrainingSet({
    parent: PARENT,
    featureService: `${PARENT}/featureServices/${id}`,
    spineDigest,
    cutoffColumn: "cutoff",
  });
  const made = trainingSetResult(await platform.ended(operation));
  const names = made?.columns.slice(columns.length).map((it) => it.name) ?? [];
  const segments = [await platform.blobs.localFile(made?.fileDigest as Digest)];
  return (await Array.fromAsync(platform.tables.rowDigests({ segments, columns: names }))).flat();
}

async function online(id: string, [who, part, cutoff]: Timeline["spine"][number]): Promise<string | undefined> {
  const values: FeatureValue[] = [who, part];
  const { vectors } = await platform.features.getOnlineFeatures({
    featureService: `${PARENT}/featureServices/${id}`,
    rows: [wireRow(["who", "part"], values)],
    asOf: fromNs(at(cutoff)?.ns ?? 0n),
  });
  return vectors[0]?.rowDigest;
}

test("an online read has the row digest of the training set's row, for ties, late rows, nulls and edges, however the rows came", async () => {
  await fc.assert(
    fc.asyncProperty(timeline, async (it) => {
      const id = `run${runs++}`;
      await defineView(id, it);
      for (const one of it.steps) await take(id, one);
      await take(id, "materialize");
      const expected = await offline(id, it.spine);
      const found = await Promise.all(it.spine.map((one) => online(id, one)));
      expect(found).toEqual(expected);
    }),
    { numRuns: 15, interruptAfterTimeLimit: 12_000 },
  );
});
