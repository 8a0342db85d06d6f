import { AggregateFunction } from "@throughline/contracts/throughline/features/v1/definition_pb";
import { FileFormat } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import type { Digest, FeatureValue } from "@throughline/kernel";
import { fromNs, valueToProto } from "@throughline/rpc";
import type { Column, Row } from "@throughline/tables";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { everyOnlineStore, type OnlineStoreKind } from "./testing-online-stores.ts";
import { trainingSetResult } from "./testing-operations.ts";
import { type TestPlatform, testPlatform } from "./testing-platform.ts";

const PARENT = "projects/p";
const START = 1_600_000_000_000_000_000n;
const COLUMNS: Column[] = [
  { name: "who", type: "string" },
  { name: "part", type: "int64" },
  { name: "grade", type: "float64" },
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

/**
 * Lengths of a step of time. Of one nanosecond, so that ties and the edges of ttl and windows happen all the time; and such
 * that windows begin and end within tiles of a minute, an hour and a day, and hold some of these.
 */
const STEPS_NS = [1n, 25_000_000_000n, 2_500_000_000_000n, 34_000_000_000_000n];

const at = (steps: number | null, stepNs: bigint) => (steps === null ? null : { ns: START + BigInt(steps) * stepNs });
const who = fc.option(fc.constantFrom("a", "b", "ä'\"\u0000"), { freq: 8 });
const part = fc.option(fc.constantFrom(1n, -2n), { freq: 10 });
/** Keys are compared by value: zeros of both signs are one. */
const grade = fc.option(fc.constantFrom(0, -0, 1, 0.1, Number.POSITIVE_INFINITY), { freq: 10 });
/** Rows can have what is no key. */
const gradeOfRow = fc.oneof({ weight: 9, arbitrary: grade }, { weight: 1, arbitrary: fc.constant(Number.NaN) });
const rowOf = (stepNs: bigint): fc.Arbitrary<Row> =>
  fc
    .record({
      who,
      part,
      grade: gradeOfRow,
      event: fc.option(fc.integer({ min: 0, max: 10 }), { freq: 15 }),
      delay: fc.integer({ min: 0, max: 6 }),
      amount: fc.option(fc.oneof(fc.bigInt({ min: -5n, max: 5n }), fc.constantFrom(2n ** 58n + 1n, -(2n ** 58n) - 3n))),
      score: fc.option(fc.oneof(fc.double(), fc.constantFrom(0.1, 0.2, -0.3, -0, Number.NaN))),
      flag: fc.option(fc.boolean()),
      raw: fc.option(fc.uint8Array({ maxLength: 3 })),
    })
    .map((it) => {
      const known = it.event === null ? null : it.event + it.delay;
      const [event, seen] = [at(it.event, stepNs), at(known, stepNs)];
      return [it.who, it.part, it.grade, event, seen, it.amount, it.score, it.flag, seen, it.raw];
    });
const stepOf = (stepNs: bigint) =>
  fc.record({ kind: fc.constantFrom("push", "load"), rows: fc.array(rowOf(stepNs), { minLength: 1, maxLength: 14 }) });
const timeline = fc.constantFrom(...STEPS_NS).chain((stepNs) =>
  fc.record({
    stepNs: fc.constant(stepNs),
    steps: fc.array(
      fc.oneof({ weight: 3, arbitrary: stepOf(stepNs) }, { weight: 1, arbitrary: fc.constant("materialize" as const) }),
      { minLength: 1, maxLength: 4 },
    ),
    spine: fc.array(fc.tuple(who, part, grade, fc.integer({ min: 0, max: 18 })), { minLength: 1, maxLength: 20 }),
    ttl: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
    windows: fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 20 })),
  }),
);
type Timeline = typeof timeline extends fc.Arbitrary<infer T> ? T : never;

const F = AggregateFunction;
/** All functions, over columns of all types: function, which of the two windows, column, parameters. */
const AGGREGATES: readonly (readonly [AggregateFunction, 0 | 1, string, object?])[] = [
  [F.COUNT, 0, ""],
  [F.SUM, 0, "amount"],
  [F.MEAN, 1, "amount"],
  [F.MEAN, 1, "flag"],
  [F.SUM, 1, "score"],
  [F.MEAN, 0, "score"],
  [F.VARIANCE, 1, "amount"],
  [F.VARIANCE, 0, "flag"],
  [F.STANDARD_DEVIATION, 1, "score"],
  [F.MIN, 0, "amount"],
  [F.MIN, 1, "score"],
  [F.MAX, 1, "score"],
  [F.MAX, 0, "seen"],
  [F.MAX, 1, "raw"],
  [F.MIN, 1, "flag"],
  [F.FIRST, 1, "amount"],
  [F.FIRST, 0, "raw", { k: 2 }],
  [F.LAST, 1, "score"],
  [F.LAST, 1, "score", { k: 3 }],
  [F.TOP, 1, "amount"],
  [F.TOP, 0, "score", { k: 2 }],
  [F.DISTINCT, 1, "raw"],
  [F.APPROXIMATE_DISTINCT, 1, "score", { accuracy: 0.1 }],
  [F.QUANTILE, 0, "amount", { quantile: 0.5 }],
  [F.QUANTILE, 1, "score", { quantile: 0.9, accuracy: 0.05 }],
];

let platform: TestPlatform;
let runs = 0;
/** Opens a platform on an online store for the tests of a group. */
function usePlatform({ empty }: Pick<OnlineStoreKind, "empty">): void {
  beforeAll(async () => {
    const openOnline = await empty();
    platform = await testPlatform(undefined, { around: (stores) => ({ ...stores, openOnline }) });
    const keys = wireColumns(COLUMNS.slice(0, 3));
    await platform.features.createEntity({ parent: PARENT, entityId: "thing", entity: { keys } });
  });
  afterAll(() => platform.close());
}

const durationOf = (ns: bigint) => ({ seconds: ns / 1_000_000_000n, nanos: Number(ns % 1_000_000_000n) });

async function defineView(id: string, { ttl, windows, stepNs }: Timeline): Promise<void> {
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
  const aggregates = AGGREGATES.map(([computes, window, column, parameters = {}], i) => ({
    name: `aggregate_${i}`,
    kind: {
      case: "aggregate" as const,
      value: { function: computes, column, window: durationOf(BigInt(windows[window]) * stepNs), ...parameters },
    },
  }));
  await features.applyFeatureView({
    parent: PARENT,
    featureViewId: id,
    featureView: {
      entity: `${PARENT}/entities/thing`,
      source: `${PARENT}/sources/${id}`,
      ...(ttl !== undefined && { ttl: durationOf(BigInt(ttl) * stepNs) }),
      features: [...["amount", "score", "seen", "raw"].map(column), ...aggregates],
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
async function offline(id: string, { spine, stepNs }: Timeline): Promise<readonly Digest[]> {
  const columns: Column[] = [...COLUMNS.slice(0, 3), { name: "cutoff", type: "timestamp" }];
  const spineDigest = await platform.upload(
    columns,
    spine.map(([who, part, grade, cutoff]): Row => [who, part, grade, at(cutoff, stepNs)]),
  );
  const { operation } = await platform.features.createTrainingSet({
    parent: PARENT,
    featureService: `${PARENT}/featureServices/${id}`,
    spineDigest,
    cutoffColumn: "cutoff",
  });
  const made = trainingSetResult(await platform.ended(operation));
  // The order of the feature service, which the training set's own digest has, too.
  const names = ["amount", "score", "seen", "raw", ...AGGREGATES.map((_, i) => `aggregate_${i}`)].map(
    (it) => `${id}__${it}`,
  );
  expect(made?.columns.slice(columns.length).map((it) => it.name)).toEqual(expect.arrayContaining(names));
  const segments = [await platform.blobs.localFile(made?.fileDigest as Digest)];
  return (await Array.fromAsync(platform.tables.rowDigests({ segments, columns: names }))).flat();
}

async function online(id: string, { spine, stepNs }: Timeline, i: number): Promise<string | undefined> {
  const [who = null, part = null, grade = null, cutoff = 0] = spine[i] ?? [];
  const values: FeatureValue[] = [who, part, grade];
  const { vectors } = await platform.features.getOnlineFeatures({
    featureService: `${PARENT}/featureServices/${id}`,
    rows: [wireRow(["who", "part", "grade"], values)],
    asOf: fromNs(at(cutoff, stepNs)?.ns ?? 0n),
  });
  return vectors[0]?.rowDigest;
}

describe.each(everyOnlineStore())("on $name", (kind) => {
  usePlatform(kind);

  test("an online read has the row digest of the training set's row, for ties, late rows, nulls and edges, however the rows came", async () => {
    await fc.assert(
      fc.asyncProperty(timeline, async (it) => {
        const id = `run${runs++}`;
        await defineView(id, it);
        for (const one of it.steps) await take(id, one);
        await take(id, "materialize");
        const expected = await offline(id, it);
        const found = await Promise.all(it.spine.map((_, i) => online(id, it, i)));
        expect(found).toEqual(expected);
      }),
      { numRuns: kind.name === "LMDB" ? 15 : 4, interruptAfterTimeLimit: 60_000 },
    );
  });
});
