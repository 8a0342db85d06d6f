import { FileFormat } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { FeatureStatus } from "@throughline/contracts/throughline/features/v1/online_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import type { Digest, FeatureValue } from "@throughline/kernel";
import { fromNs, valueFromProto, valueToProto } from "@throughline/rpc";
import type { Column, Row } from "@throughline/tables";
import { afterAll, beforeAll, expect, test } from "vitest";
import { trainingSetResult } from "./testing-operations.ts";
import { type TestPlatform, testPlatform } from "./testing-platform.ts";

const PARENT = "projects/p";
const SOURCE = `${PARENT}/sources/events`;
const START = 1_700_000_000_000_000_000n;
const AS_OF = START + 1_000n;
const OLD: readonly Column[] = [
  { name: "id", type: "int64" },
  { name: "at", type: "timestamp" },
  { name: "n", type: "int64" },
];
const NEW: readonly Column[] = [...OLD, { name: "score", type: "float64" }, { name: "other", type: "string" }];
const TYPES = {
  int64: ValueType.INT64,
  timestamp: ValueType.TIMESTAMP,
  float64: ValueType.FLOAT64,
  string: ValueType.STRING,
};
const wire = (columns: readonly Column[]) =>
  columns.map(({ name, type }) => ({ name, type: TYPES[type as keyof typeof TYPES] }));

let platform: TestPlatform;
beforeAll(async () => {
  platform = await testPlatform(undefined, {
    filesMax: 2,
    privacyKeys: [{ version: 1, secret: Buffer.alloc(32, 7) }],
  });
});
afterAll(() => platform.close());

const column = (name: string) => ({ name, kind: { case: "column" as const, value: name } });
const aggregate = (name: string, of: number) => ({
  name,
  kind: { case: "aggregate" as const, value: { function: of, column: "score", window: { seconds: 900n } } },
});
const source = (columns: readonly Column[]) => ({
  name: SOURCE,
  columns: wire(columns),
  eventTimeColumn: "at",
  knowledgeTime: { case: "knowledgeDelay" as const, value: {} },
});
const view = (id: string, entity: string, features: readonly object[]) => ({
  name: `${PARENT}/featureViews/${id}`,
  entity: `${PARENT}/entities/${entity}`,
  source: SOURCE,
  features,
});
const service = (id: string) => ({
  name: `${PARENT}/featureServices/${id}`,
  views: [{ view: `${PARENT}/featureViews/${id}` }],
});
const apply = async (definitions: object) =>
  (await platform.definitions.applyDefinitions({ parent: PARENT, definitions })).changes.map((it) => [
    it.name.split("/").at(-1),
    it.action,
    it.versionBefore,
    it.version,
    it.fields,
  ]);

const push = (columns: readonly Column[], ...rows: readonly Row[]) =>
  platform.features.pushRows({
    source: SOURCE,
    rows: rows.map((row) => ({
      values: Object.fromEntries(columns.map(({ name }, i) => [name, valueToProto(row[i] ?? null)])),
    })),
  });

async function load(columns: readonly Column[], ...rows: readonly Row[]): Promise<void> {
  const digest = await platform.upload(columns, rows);
  const { operation } = await platform.features.loadSource({ source: SOURCE, digest, format: FileFormat.PARQUET });
  await platform.ended(operation);
}

async function materialize(...services: readonly string[]): Promise<void> {
  for (const it of services) {
    const { operation } = await platform.features.materialize({ featureService: `${PARENT}/featureServices/${it}` });
    await platform.ended(operation);
  }
}

const at = (n: bigint): FeatureValue => ({ ns: START + n });

async function trained(id: string, key: Column, ...keys: readonly FeatureValue[]) {
  const { operation } = await platform.features.createTrainingSet({
    parent: PARENT,
    featureService: `${PARENT}/featureServices/${id}`,
    cutoffColumn: "cutoff",
    certificateRowCount: 100,
    certificateSeed: 7n,
    spineDigest: await platform.upload(
      [key, { name: "cutoff", type: "timestamp" }],
      keys.map((it): Row => [it, { ns: AS_OF }]),
    ),
  });
  const made = trainingSetResult(await platform.ended(operation));
  const segments = [await platform.blobs.localFile(made?.fileDigest as Digest)];
  const { rows } = await platform.tables.readRows({ segments, offset: 0, limit: 100 });
  return { digest: made?.digest, rows: rows.map((it) => it.slice(2)) };
}

async function online(id: string, values: Readonly<Record<string, FeatureValue>>) {
  const { vectors } = await platform.features.getOnlineFeatures({
    featureService: `${PARENT}/featureServices/${id}`,
    asOf: fromNs(AS_OF),
    rows: [{ values: Object.fromEntries(Object.entries(values).map(([name, it]) => [name, valueToProto(it)])) }],
  });
  return vectors[0]?.values ?? [];
}
const valuesOf = async (...read: Parameters<typeof online>) =>
  (await online(...read)).map((it) => (it.value ? valueFromProto(it.value) : null));

const FEATURES = [column("n"), column("score"), aggregate("sum", 2), aggregate("last", 9)];
const rows = (of: Awaited<ReturnType<typeof trained>>) => of.rows;

test("a source gets columns: old rows are missing in them, everywhere, and what was there stays as it was", async () => {
  await apply({
    entities: [{ name: `${PARENT}/entities/id`, keys: wire(OLD.slice(0, 1)) }],
    sources: [source(OLD)],
    featureViews: [view("before", "id", [column("n")])],
    featureServices: [service("before")],
  });
  await load(OLD, [1n, at(1n), 10n], [2n, at(2n), 20n]);
  await push(OLD, [3n, at(3n), 30n]);
  await materialize("before");
  const [id] = OLD as readonly [Column];
  const earlier = await trained("before", id, 1n, 2n, 3n);

  // The author names the new columns anywhere; they stand behind those that rows were written with.
  const mixed = [NEW[3], ...OLD, NEW[4]] as Column[];
  const asked = {
    entities: [{ name: `${PARENT}/entities/text`, keys: [{ name: "other", type: ValueType.STRING }] }],
    sources: [source(mixed)],
    featureViews: [view("after", "id", FEATURES), view("by_text", "text", [column("n"), column("score")])],
    featureServices: [service("after"), service("by_text"), service("before")],
  };
  const changes = await apply(asked);
  expect(changes[1]).toEqual(["events", 2, 1n, 2n, ["columns[3]", "columns[4]"]]);
  expect(changes.at(-1)?.[1]).toBe(4);
  expect((await apply(asked)).map((it) => it[1])).toEqual([4, 4, 4, 4, 4, 4, 4]);

  // A new layout of what is kept online is filled from files that lack the columns.
  await materialize("after", "by_text");
  expect(await valuesOf("after", { id: 1n })).toEqual([10n, null, null, null]);
  expect((await online("after", { id: 1n })).map((it) => it.status)[0]).toBe(FeatureStatus.PRESENT);
  expect(rows(await trained("after", id, 1n, 3n))).toEqual([
    [10n, null, null, null],
    [30n, null, null, null],
  ]);

  await push(NEW, [1n, at(11n), 11n, 0.5, "a"]);
  await load(NEW, [2n, at(12n), 21n, 1.5, "b"], [2n, at(13n), 22n, 2.5, "b"]);
  await materialize("after", "by_text");
  await push(OLD, [3n, at(14n), 31n]);
  const expected = [
    [11n, 0.5, 0.5, 0.5],
    [22n, 2.5, 4, 2.5],
    [31n, null, null, null],
  ];
  const check = async (): Promise<void> => {
    expect(rows(await trained("after", id, 1n, 2n, 3n))).toEqual(expected);
    for (const [i, values] of expected.entries())
      expect(await valuesOf("after", { id: BigInt(i + 1) })).toEqual(values);
    expect(rows(await trained("by_text", { name: "other", type: "string" }, "a", "b", "c"))).toEqual([
      [11n, 0.5],
      [22n, 2.5],
      [null, null],
    ]);
    expect(await valuesOf("by_text", { other: "b" })).toEqual([22n, 2.5]);
    const { rows: kept } = await platform.dataVersions.readSource({ source: SOURCE, pageSize: 100 });
    const scores = kept.map((it) => it.values["score"] && valueFromProto(it.values["score"]));
    expect(scores).toEqual([null, null, null, 0.5, 1.5, 2.5, null]);
  };
  await check();

  // Files of both versions become one, and rows of both are taken out.
  await platform.ended((await platform.dataVersions.compactSource({ source: SOURCE })).operation);
  await check();
  const { source: found } = await platform.features.getSource({ name: SOURCE });
  expect(found?.version).toBe(2n);
  expect(found?.segments.map((it) => it.sourceVersion)).toEqual([1n, 1n, 2n, 2n, 2n]);
  const name = `${PARENT}/dataVersions/${found?.segments.at(-1)?.dataVersion}`;
  await platform.ended((await platform.dataVersions.revertDataVersion({ name })).operation);
  expect(await valuesOf("after", { id: 3n })).toEqual([30n, null, null, null]);
  await platform.ended(
    (
      await platform.privacy.forgetEntity({
        entity: `${PARENT}/entities/text`,
        reason: "asked",
        key: { values: { other: valueToProto("b") } },
      })
    ).operation,
  );
  expect(await valuesOf("after", { id: 2n })).toEqual([20n, null, null, null]);
  expect(rows(await trained("after", id, 2n, 1n))).toEqual([
    [20n, null, null, null],
    [11n, 0.5, 0.5, 0.5],
  ]);

  const { operation } = await platform.features.createTrainingSet({
    parent: PARENT,
    featureService: `${PARENT}/featureServices/before`,
    cutoffColumn: "cutoff",
    dataVersion: 2n,
    certificateRowCount: 100,
    certificateSeed: 7n,
    spineDigest: await platform.upload(
      [id, { name: "cutoff", type: "timestamp" }],
      [1n, 2n, 3n].map((it): Row => [it, { ns: AS_OF }]),
    ),
  });
  expect(trainingSetResult(await platform.ended(operation))?.digest).toBe(earlier.digest);
});

test("a column that goes or changes its type is refused with the way out, and all of them at once", async () => {
  const [id, time, n] = OLD as readonly [Column, Column, Column];
  const changed = [id, time, { ...n, type: "string" as const }, ...NEW.slice(4)];
  const refused = await apply({ sources: [source(changed)] }).catch((error: unknown) => String(error));
  expect(refused).toContain('"n" is int64, not string');
  expect(refused).toContain('"score" is left out');
  expect(refused).toContain("add a column under another name");
});
