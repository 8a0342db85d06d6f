/**
 * Online reads of 10 features of 1 and of 100 entities, and materialisation, beside bare LMDB gets in the same run.
 *
 * A read takes one get for the latest values of an entity and one get and one seek for its window, so bare LMDB answers
 * some three questions in the time of a floor's one.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AggregateFunction } from "@throughline/contracts/throughline/features/v1/definition_pb";
import { FileFormat } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { fromNs, valueToProto } from "@throughline/rpc";
import type { Column, Row } from "@throughline/tables";
import { open } from "lmdb";
import { materializeResult } from "../src/testing-operations.ts";
import { type TestPlatform, testPlatform } from "../src/testing-platform.ts";

const ENTITIES = 10_000;
const ROWS = 100_000;
const PARENT = "projects/p";
const SERVICE = `${PARENT}/featureServices/bench`;
const LATEST = ["a", "b", "c", "d", "e", "f"];
const COLUMNS: readonly Column[] = [
  { name: "id", type: "int64" },
  { name: "at", type: "timestamp" },
  { name: "n", type: "int64" },
  ...LATEST.map((name): Column => ({ name, type: "float64" })),
];

const platform = await testPlatform();
try {
  await define(platform);
  const materialized = await materialize(platform);
  const asOf = fromNs(BigInt(2 * ROWS) * 1_000_000_000n);
  const past = fromNs(BigInt(ROWS / 2) * 1_000_000_000n);
  const floor = await bareGets();
  console.table([
    { what: "bare LMDB get of 80 bytes", "entities/s": floor },
    { what: "1 entity a request", "entities/s": await reads(platform, { entities: 1, requests: 4_000, asOf }) },
    {
      what: "1 entity a request, in the past",
      "entities/s": await reads(platform, { entities: 1, requests: 4_000, asOf: past }),
    },
    { what: "100 entities a request", "entities/s": await reads(platform, { entities: 100, requests: 200, asOf }) },
    { what: "materialisation (entries/s)", "entities/s": materialized },
  ]);
} finally {
  await platform.close();
}

async function define({ features }: TestPlatform): Promise<void> {
  const types = { int64: ValueType.INT64, timestamp: ValueType.TIMESTAMP, float64: ValueType.FLOAT64 };
  const columns = COLUMNS.map(({ name, type }) => ({ name, type: types[type as keyof typeof types] }));
  const knowledgeTime = { case: "knowledgeDelay" as const, value: { seconds: 60n } };
  await features.createEntity({ parent: PARENT, entityId: "bench", entity: { keys: columns.slice(0, 1) } });
  const source = { columns, eventTimeColumn: "at", knowledgeTime };
  await features.createSource({ parent: PARENT, sourceId: "bench", source });
  const aggregate = (name: string, fn: AggregateFunction, of: string) => ({
    name,
    kind: { case: "aggregate" as const, value: { function: fn, column: of, window: { seconds: BigInt(ROWS) } } },
  });
  const featureView = {
    entity: `${PARENT}/entities/bench`,
    source: `${PARENT}/sources/bench`,
    features: [
      ...LATEST.map((name) => ({ name, kind: { case: "column" as const, value: name } })),
      { name: "n", kind: { case: "column" as const, value: "n" } },
      aggregate("rows", AggregateFunction.COUNT, ""),
      aggregate("sum", AggregateFunction.SUM, "n"),
      aggregate("mean", AggregateFunction.MEAN, "n"),
    ],
  };
  await features.applyFeatureView({ parent: PARENT, featureViewId: "bench", featureView });
  const featureService = { views: [{ view: `${PARENT}/featureViews/bench` }] };
  await features.applyFeatureService({ parent: PARENT, featureServiceId: "bench", featureService });
}

/** Loads the rows and brings them online; returns entries written per second. */
async function materialize({ features, upload, ended }: TestPlatform): Promise<number> {
  const rows = Array.from(
    { length: ROWS },
    (_, i): Row => [
      BigInt(i % ENTITIES),
      { ns: BigInt(i) * 1_000_000_000n },
      BigInt(i % 97),
      ...LATEST.map((_, j) => i / (j + 1)),
    ],
  );
  const digest = await upload(COLUMNS, rows);
  const load = { source: `${PARENT}/sources/bench`, digest, format: FileFormat.PARQUET };
  await ended((await features.loadSource(load)).operation);
  const start = performance.now();
  const done = await ended((await features.materialize({ featureService: SERVICE })).operation);
  return Math.round(Number(materializeResult(done)?.entryCount) / ((performance.now() - start) / 1_000));
}

interface Reads {
  readonly entities: number;
  readonly requests: number;
  readonly asOf: ReturnType<typeof fromNs>;
}

/** Entities per second through the contract, encoded and decoded as on the wire, from 4 callers. */
async function reads({ features }: TestPlatform, { entities, requests, asOf }: Reads): Promise<number> {
  const request = (i: number) => ({
    featureService: SERVICE,
    rows: Array.from({ length: entities }, (_, j) => ({
      values: { id: valueToProto(BigInt((i * 7919 + j * 31) % ENTITIES)) },
    })),
    asOf,
  });
  for (let i = 0; i < requests / 10; i++) await features.getOnlineFeatures(request(i));
  const start = performance.now();
  await Promise.all(
    Array.from({ length: 4 }, async (_, caller) => {
      for (let i = caller; i < requests; i += 4) await features.getOnlineFeatures(request(i));
    }),
  );
  return Math.round((requests * entities) / ((performance.now() - start) / 1_000));
}

async function bareGets(): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), "throughline-bench-"));
  const database = open<Buffer, Buffer>({ path: dir, keyEncoding: "binary", encoding: "binary" });
  const keys = Array.from({ length: ENTITIES }, (_, i) => Buffer.from(`an entity of the bench ${i}`));
  await database.transaction(() => {
    for (const key of keys) database.put(key, Buffer.alloc(80, 1));
  });
  const start = performance.now();
  let found = 0;
  for (let round = 0; round < 20; round++) for (const key of keys) found += database.get(key)?.length ?? 0;
  const seconds = (performance.now() - start) / 1_000;
  await database.close();
  rmSync(dir, { recursive: true, force: true });
  return Math.round(found / 80 / seconds);
}
