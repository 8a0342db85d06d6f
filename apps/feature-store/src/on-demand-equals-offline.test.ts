import { AggregateFunction } from "@throughline/contracts/throughline/features/v1/definition_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { fromNs, valueFromProto, valueToProto } from "@throughline/rpc";
import type { Column, Row } from "@throughline/tables";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PARENT } from "./testing-on-demand.ts";
import { everyOnlineStore } from "./testing-online-stores.ts";
import { trainingSetResult } from "./testing-operations.ts";
import { type TestPlatform, testPlatform } from "./testing-platform.ts";

const START = 1_600_000_000_000_000_000n;
const WIRE = { bool: ValueType.BOOL, int64: ValueType.INT64, float64: ValueType.FLOAT64, string: ValueType.STRING };
const wire = ({ name, type }: Column) => ({
  name,
  type: type === "timestamp" ? ValueType.TIMESTAMP : WIRE[type as keyof typeof WIRE],
});
const KEYED: Column[] = [
  { name: "id", type: "int64" },
  { name: "at", type: "timestamp" },
];
const VALUES: Column[] = [
  { name: "whole", type: "int64" },
  { name: "real", type: "float64" },
  { name: "text", type: "string" },
  { name: "flag", type: "bool" },
];
const REQUEST: Column[] = [
  { name: "n", type: "int64" },
  { name: "x", type: "float64" },
  { name: "word", type: "string" },
  { name: "on", type: "bool" },
];

type Kind = "float64" | "int64" | "bool" | "string";
/** Random expressions of each type, with much that has no result. */
const expressions = fc.letrec<Record<Kind, string>>((of) => {
  const depth = { depthSize: "small", withCrossShrink: true } as const;
  const both = (side: Kind, ...operators: readonly string[]) =>
    fc.tuple(of(side), fc.constantFrom(...operators), of(side)).map(([a, operator, b]) => `(${a} ${operator} ${b})`);
  const call = (name: string, side: Kind) => of(side).map((it) => `${name}(${it})`);
  const chosen = (side: Kind) =>
    fc.tuple(of("bool"), of(side), of(side)).map(([condition, a, b]) => `(${condition} ? ${a} : ${b})`);
  return {
    float64: fc.oneof(
      depth,
      fc.constantFrom("v__real", "w__mean", "x", "0.1", "-0.0"),
      ...[both("float64", "+", "-", "*", "/"), chosen("float64")],
      ...[call("math.log", "float64"), call("math.exp", "float64"), call("double", "int64"), call("double", "string")],
    ),
    int64: fc.oneof(
      depth,
      fc.constantFrom("v__whole", "w__rows", "n", "3", "9223372036854775807"),
      ...[both("int64", "+", "-", "*", "/", "%"), chosen("int64")],
      ...[call("int", "float64"), call("int", "string"), call("size", "string")],
    ),
    string: fc.oneof(
      depth,
      fc.constantFrom("v__text", "word", "'7'"),
      ...[both("string", "+"), chosen("string"), call("string", "float64"), call("string", "int64")],
    ),
    bool: fc.oneof(
      depth,
      fc.constantFrom("v__flag", "on", "present(v__real)", "present(word)"),
      ...[both("float64", "<", ">=", "=="), both("int64", "<=", "!="), both("bool", "&&", "||"), call("!", "bool")],
    ),
  };
});

const id = fc.option(fc.bigInt({ min: 1n, max: 4n }), { freq: 8 });
const whole = fc.option(fc.oneof(fc.bigInt({ min: -3n, max: 3n }), fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n))));
const real = fc.option(fc.oneof(fc.double(), fc.constantFrom(0, -0, 0.1, Number.NaN, Number.NEGATIVE_INFINITY)));
const text = fc.option(fc.oneof(fc.constantFrom("", "7", "-1", "1e3", "ä'\u0000"), fc.string({ unit: "grapheme" })));
const flag = fc.option(fc.boolean());
const at = (seconds: number) => ({ ns: START + BigInt(seconds) * 1_000_000_000n });
const stored = fc
  .tuple(id, fc.integer({ min: 0, max: 20 }), whole, real, text, flag)
  .map(([key, seconds, ...rest]): Row => [key, at(seconds), ...rest]);
const asked = fc.tuple(id, fc.integer({ min: 0, max: 40 }), whole, real, text, flag);
const outputs = fc.tuple(expressions.float64, expressions.int64, expressions.string, expressions.bool);
const world = fc.record({
  outputs,
  stored: fc.array(stored, { minLength: 1, maxLength: 12 }),
  asked: fc.array(asked, { minLength: 1, maxLength: 20 }),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

/** A zero with a sign as a result, and as what is divided by. */
const SIGNED_ZEROS: [World][] = ["-0.0", "0.1 / x"].map((expression) => [
  {
    outputs: [expression, "n", "word", "on"],
    stored: [[1n, at(0), 1n, -0, "7", true]],
    asked: [[1n, 0, 1n, -0, "7", true]],
  },
]);

/** Every input has to be read: one more output of each type reads what the random ones leave out. */
const READ_ALL = [
  { name: "a", type: ValueType.FLOAT64, expression: "v__real + w__mean + x" },
  { name: "b", type: ValueType.INT64, expression: "v__whole / n + w__rows" },
  { name: "c", type: ValueType.STRING, expression: "v__text + word" },
  { name: "d", type: ValueType.BOOL, expression: "v__flag && on" },
];

function definitions(run: string, world: World) {
  const random = (["float64", "int64", "string", "bool"] as const).map((type, i) => ({
    name: `o${i}`,
    type: WIRE[type],
    expression: world.outputs[i] ?? "",
  }));
  const view = (name: string, features: object[], more: object = {}) => ({
    name: `${PARENT}/featureViews/${name}`,
    entity: `${PARENT}/entities/e`,
    source: `${PARENT}/sources/s${run}`,
    features,
    ...more,
  });
  const aggregate = (name: string, computes: AggregateFunction, column: string) => ({
    name,
    kind: { case: "aggregate", value: { function: computes, column, window: { seconds: 10n } } },
  });
  const columns = VALUES.map(({ name }) => ({ name, kind: { case: "column", value: name } }));
  const aggregates = [
    aggregate("mean", AggregateFunction.MEAN, "real"),
    aggregate("rows", AggregateFunction.COUNT, ""),
  ];
  const named = (collection: string, name: string) => ({ name: `${PARENT}/${collection}/${name}` });
  return {
    entities: [{ ...named("entities", "e"), keys: [wire(KEYED[0] as Column)] }],
    sources: [
      {
        ...named("sources", `s${run}`),
        columns: [...KEYED, ...VALUES].map(wire),
        eventTimeColumn: "at",
        knowledgeTime: { case: "knowledgeDelay", value: {} },
      },
    ],
    featureViews: [view("v", columns, { ttl: { seconds: 15n } }), view("w", aggregates)],
    onDemandViews: [
      {
        ...named("onDemandViews", "od"),
        views: ["v", "w"].map((it) => ({ view: `${PARENT}/featureViews/${it}` })),
        requestColumns: REQUEST.map(wire),
        outputs: [...random, ...READ_ALL],
      },
    ],
    featureServices: [
      {
        ...named("featureServices", `s${run}`),
        views: [{ view: `${PARENT}/featureViews/w`, features: ["rows"] }],
        onDemandViews: [{ view: `${PARENT}/onDemandViews/od` }],
      },
    ],
  };
}

let platform: TestPlatform;
let runs = 0;

async function readEverywhere(world: World) {
  const { features, online } = platform;
  const run = String(runs++);
  const applying = { parent: PARENT, definitions: definitions(run, world) };
  await platform.definitions.applyDefinitions(
    applying as Parameters<TestPlatform["definitions"]["applyDefinitions"]>[0],
  );
  const featureService = `${PARENT}/featureServices/s${run}`;
  const columns = [...KEYED, ...VALUES].map((it) => it.name);
  const rows = world.stored.map((row) => ({
    values: Object.fromEntries(columns.map((it, i) => [it, valueToProto(row[i] ?? null)])),
  }));
  await features.pushRows({ source: `${PARENT}/sources/s${run}`, rows });
  const fieldNames = ["id", ...REQUEST.map((it) => it.name)];
  const spine = world.asked.map(([key, seconds, ...rest]): Row => [key, ...rest, at(seconds)]);
  const spineColumns: Column[] = [KEYED[0] as Column, ...REQUEST, { name: "cutoff", type: "timestamp" }];
  const spineDigest = await platform.upload(spineColumns, spine);
  const training = { parent: PARENT, featureService, spineDigest, cutoffColumn: "cutoff" };
  const made = trainingSetResult(await platform.ended((await features.createTrainingSet(training)).operation));
  const file = await platform.blobs.localFile(
    (made?.fileDigest ?? "") as Parameters<typeof platform.blobs.localFile>[0],
  );
  const names = [
    "w__rows",
    ...[0, 1, 2, 3].map((it) => `od__o${it}`),
    ...["a", "b", "c", "d"].map((it) => `od__${it}`),
  ];
  const digests = [];
  for await (const some of platform.tables.rowDigests({ segments: [file], columns: names })) digests.push(...some);
  const joined = (await platform.tables.readRows({ segments: [file], columns: names, limit: 100 })).rows;
  const online1 = await Promise.all(
    world.asked.map(async ([key, seconds, ...rest]) => {
      const row = [key, ...rest];
      const values = Object.fromEntries(fieldNames.map((it, i) => [it, valueToProto(row[i] ?? null)]));
      const asOf = fromNs(at(seconds).ns);
      const { vectors } = await features.getOnlineFeatures({ featureService, rows: [{ values }], asOf });
      const fields = Object.fromEntries(fieldNames.map((it, i) => [it, { values: [valueToProto(row[i] ?? null)] }]));
      const byColumn = await online.readColumns({ parent: PARENT, featureService, fields, asOf });
      const statuses = byColumn.columns.slice(fieldNames.length).map((it) => it.statuses[0]);
      return {
        vector: vectors[0],
        statuses,
        nulls: byColumn.columns.slice(fieldNames.length).map((it) => it.nullRows.length),
      };
    }),
  );
  return { certified: made?.certificate?.passed, joined, digests, online: online1 };
}

describe.each(everyOnlineStore())("on $name", (kind) => {
  beforeAll(async () => {
    const openOnline = await kind.empty();
    platform = await testPlatform(undefined, { around: (stores) => ({ ...stores, openOnline }) });
  });
  afterAll(() => platform.close());

  test("what expressions give online is what they give in training sets, and every row has a value or a status", async () => {
    await fc.assert(
      fc.asyncProperty(world, async (it) => {
        const { certified, joined, digests, online } = await readEverywhere(it);
        expect(certified).toBe(true);
        expect(online.map((read) => read.vector?.rowDigest)).toEqual(digests);
        for (const [i, { vector, statuses, nulls }] of online.entries()) {
          const values = vector?.values.map(({ value }) => valueFromProto(value));
          expect(values).toEqual(joined[i]);
          expect(statuses).toEqual(vector?.values.map(({ status }) => status));
          expect(nulls).toEqual(values?.map((value) => (value === null ? 1 : 0)));
        }
      }),
      { numRuns: kind.name === "LMDB" ? 25 : 5, interruptAfterTimeLimit: 60_000, examples: SIGNED_ZEROS },
    );
  });
});
