import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { ConnectError } from "@connectrpc/connect";
import { BadRequestSchema } from "@throughline/contracts/google/rpc/error_details_pb";
import { FileFormat } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { ForgetEntityResultSchema } from "@throughline/contracts/throughline/features/v1/privacy_service_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import type { FeatureValue } from "@throughline/kernel";
import { fromNs, valueFromProto, valueToProto } from "@throughline/rpc";
import type { Column, Row } from "@throughline/tables";
import { afterAll, beforeAll, expect, test } from "vitest";
import { trainingSetResult } from "./testing-operations.ts";
import { type TestPlatform, testPlatform } from "./testing-platform.ts";

/** One entity for each type of number, and text: `1`, `1.0` and `"1"` name three things. */
const PARENT = "projects/p";
const TYPES = { int64: ValueType.INT64, float64: ValueType.FLOAT64, string: ValueType.STRING } as const;
type KeyType = keyof typeof TYPES;
const START = 1_700_000_000_000_000_000n;
const AS_OF = START + 100n;

let platform: TestPlatform;
beforeAll(async () => {
  platform = await testPlatform(undefined, { privacyKeys: [{ version: 1, secret: Buffer.alloc(32, 7) }] });
  for (const type of Object.keys(TYPES) as KeyType[]) await define(type);
});
afterAll(() => platform.close());

const columnsOf = (type: KeyType): readonly Column[] => [
  { name: "size", type },
  { name: "part", type: "int64" },
  { name: "at", type: "timestamp" },
  { name: "n", type: "int64" },
];

async function define(type: KeyType): Promise<void> {
  const { features } = platform;
  const size = { name: "size", type: TYPES[type] };
  const part = { name: "part", type: ValueType.INT64 };
  const columns = [size, part, { name: "at", type: ValueType.TIMESTAMP }, { name: "n", type: ValueType.INT64 }];
  const knowledgeTime = { case: "knowledgeDelay" as const, value: {} };
  await features.createEntity({ parent: PARENT, entityId: type, entity: { keys: [size, part] } });
  await features.createSource({
    parent: PARENT,
    sourceId: type,
    source: { columns, eventTimeColumn: "at", knowledgeTime },
  });
  const featureView = {
    entity: `${PARENT}/entities/${type}`,
    source: `${PARENT}/sources/${type}`,
    features: [
      { name: "n", kind: { case: "column" as const, value: "n" } },
      {
        name: "sum",
        kind: { case: "aggregate" as const, value: { function: 2, column: "n", window: { seconds: 900n } } },
      },
      {
        name: "last",
        kind: { case: "aggregate" as const, value: { function: 9, column: "n", window: { seconds: 900n } } },
      },
    ],
  };
  await features.applyFeatureView({ parent: PARENT, featureViewId: type, featureView });
  const views = [{ view: `${PARENT}/featureViews/${type}` }];
  await features.applyFeatureService({ parent: PARENT, featureServiceId: type, featureService: { views } });
}

const rowOf = (size: FeatureValue, n: bigint): Row => [size, 1n, { ns: START + n }, n];
const named = (type: KeyType, row: Row) => ({
  values: Object.fromEntries(columnsOf(type).map(({ name }, i) => [name, valueToProto(row[i] ?? null)])),
});
const push = (type: KeyType, ...rows: readonly Row[]) =>
  platform.features.pushRows({ source: `${PARENT}/sources/${type}`, rows: rows.map((it) => named(type, it)) });

async function load(type: KeyType, ...rows: readonly Row[]): Promise<void> {
  const digest = await platform.upload(columnsOf(type), rows);
  const request = { source: `${PARENT}/sources/${type}`, digest, format: FileFormat.PARQUET };
  await platform.ended((await platform.features.loadSource(request)).operation);
  await platform.ended(
    (await platform.features.materialize({ featureService: `${PARENT}/featureServices/${type}` })).operation,
  );
}

async function read(type: KeyType, size: FeatureValue): Promise<readonly FeatureValue[]> {
  const values = { size: valueToProto(size), part: valueToProto(1n) };
  const featureService = `${PARENT}/featureServices/${type}`;
  const { vectors } = await platform.features.getOnlineFeatures({
    featureService,
    rows: [{ values }],
    asOf: fromNs(AS_OF),
  });
  return vectors[0]?.values.map((it) => (it.value ? valueFromProto(it.value) : null)) ?? [];
}

const sums = async (type: KeyType, ...sizes: readonly FeatureValue[]) => {
  const { operation } = await platform.features.createTrainingSet({
    parent: PARENT,
    featureService: `${PARENT}/featureServices/${type}`,
    spineDigest: await platform.upload(
      [...columnsOf(type).slice(0, 2), { name: "cutoff", type: "timestamp" }],
      sizes.map((it): Row => [it, 1n, { ns: AS_OF }]),
    ),
    cutoffColumn: "cutoff",
  });
  const made = trainingSetResult(await platform.ended(operation));
  const segments = [await platform.blobs.localFile(made?.fileDigest as never)];
  const { rows } = await platform.tables.readRows({ segments, offset: 0, limit: 100 });
  return rows.map((it) => it[4]);
};

async function violations(call: Promise<unknown>): Promise<readonly string[]> {
  const error = ConnectError.from(
    await call.then(
      () => undefined,
      (thrown: unknown) => thrown,
    ),
  );
  return error.findDetails(BadRequestSchema).flatMap((it) => it.fieldViolations.map(({ field }) => field));
}

test('1, 1.0 and "1" are three keys, pushed, loaded, read, joined, reverted and forgotten', async () => {
  await push("int64", rowOf(1n, 1n));
  await push("string", rowOf("1", 2n));
  await push("float64", rowOf(1, 3n), rowOf(0.1, 4n));
  await load("float64", rowOf(1, 5n), rowOf(-0, 6n), rowOf(Number.NaN, 7n), rowOf(0.1 + 0.2, 8n));
  expect(await read("int64", 1n)).toEqual([1n, 1n, 1n]);
  expect(await read("string", "1")).toEqual([2n, 2n, 2n]);
  expect(await read("float64", 1)).toEqual([5n, 8n, 5n]);
  expect(await read("float64", 0)).toEqual([6n, 6n, 6n]);
  expect(await read("float64", -0)).toEqual([6n, 6n, 6n]);
  expect(await read("float64", 0.3)).toEqual([null, null, null]);
  expect(await read("float64", 0.1 + 0.2)).toEqual([8n, 8n, 8n]);
  expect(await sums("float64", 1, -0, 0, 0.1, Number.NaN, null)).toEqual([8n, 6n, 6n, 4n, null, null]);
  await push("float64", rowOf(1, 9n));
  const { source } = await platform.features.getSource({ name: `${PARENT}/sources/float64` });
  const name = `${PARENT}/dataVersions/${source?.segments.at(-1)?.dataVersion}`;
  await platform.ended((await platform.dataVersions.revertDataVersion({ name })).operation);
  expect(await read("float64", 1)).toEqual([5n, 8n, 5n]);
  const { operation } = await platform.privacy.forgetEntity({
    entity: `${PARENT}/entities/float64`,
    reason: "asked",
    key: { values: { size: valueToProto(-0), part: valueToProto(1n) } },
  });
  const { response } = await platform.ended(operation);
  const forgotten = response && anyUnpack(response, ForgetEntityResultSchema)?.forgetting;
  expect(forgotten?.sources.map((it) => it.rowCount)).toEqual([1n]);
  expect(await read("float64", 0)).toEqual([null, null, null]);
  expect(await read("float64", 1)).toEqual([5n, 8n, 5n]);
});

test("texts that are empty, long or look like others are keys of their own, pushed and loaded, online and joined", async () => {
  const long = "x".repeat(1_024);
  const lookalikes = ["1 ", "\uff11", "\u00e9", "e\u0301", "", " "];
  const keys = [...lookalikes, "a\0b", "a", "null", "'; DROP TABLE x --", long, `${long.slice(1)}y`];
  const rows = keys.map((it, i) => rowOf(it, BigInt(20 + i)));
  await load("string", ...rows.slice(4));
  await push("string", ...rows.slice(0, 4));
  const numbers = rows.map((it) => it[3]);
  const found = await Promise.all(keys.map(async (it) => (await read("string", it))[0]));
  expect(found).toEqual(numbers);
  expect(await sums("string", ...keys)).toEqual(numbers);
});

test("values of a wrong type and NaN are refused where a request names a key, and null asks for nobody", async () => {
  const featureService = `${PARENT}/featureServices/float64`;
  const row = (size: FeatureValue) => ({ values: { size: valueToProto(size), part: valueToProto(1n) } });
  const { features, online, privacy } = platform;
  for (const it of [Number.NaN, 1n, "1"]) {
    expect(await violations(features.getOnlineFeatures({ featureService, rows: [row(it)] }))).toEqual([
      'rows[0].values["size"]',
    ]);
    expect(await violations(features.traceFeatures({ featureService, row: row(it), asOf: fromNs(AS_OF) }))).toEqual([
      'row.values["size"]',
    ]);
    const forget = { entity: `${PARENT}/entities/float64`, key: row(it), reason: "asked" };
    expect(await violations(privacy.forgetEntity(forget))).toEqual(['key.values["size"]']);
    const fields = { size: { values: [valueToProto(it)] }, part: { values: [valueToProto(1n)] } };
    expect(await violations(online.readColumns({ parent: PARENT, featureService, fields }))).toEqual([
      'fields["size"].values[0]',
    ]);
  }
  expect(await read("float64", null)).toEqual([null, null, null]);
});

test("a reader who sends JSON gets what the declared type makes of a number", async () => {
  const featureService = `${PARENT}/featureServices/float64`;
  const ask = (size: FeatureValue) =>
    platform.online.readColumns({
      parent: PARENT,
      featureService,
      convertValues: true,
      asOf: fromNs(AS_OF),
      fields: { size: { values: [valueToProto(size)] }, part: { values: [valueToProto(1)] } },
    });
  const [whole, real] = [await ask(1n), await ask(1)];
  const values = (of: typeof whole) => of.columns.find((it) => it.name === "n")?.int64Values;
  expect(values(whole)).toEqual([5n]);
  expect(values(real)).toEqual([5n]);
});
