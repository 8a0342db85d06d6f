import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@connectrpc/connect";
import { AggregateFunction } from "@throughline/contracts/throughline/features/v1/definition_pb";
import {
  FeatureStoreService,
  FileFormat,
} from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { OperationService } from "@throughline/contracts/throughline/type/v1/operation_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { pageTokens, systemClock, timeOrderedIds } from "@throughline/kernel";
import { fromNs, guard, inMemoryTransport, trustLocalCallers, valueToProto } from "@throughline/rpc";
import type { Column, Row } from "@throughline/tables";
import { expect, onTestFinished, test } from "vitest";
import { createFeatureStoreService } from "./service.ts";
import { recordWalker } from "./testing-lineage.ts";
import { everyOnlineStore, type OnlineStoreKind } from "./testing-online-stores.ts";
import { ended } from "./testing-operations.ts";
import { type TestPlatform, testPlatform } from "./testing-platform.ts";

const PARENT = "projects/p";
const START = 1_600_000_000_000_000_000n;
const COLUMNS: Column[] = [
  { name: "id", type: "int64" },
  { name: "n", type: "int64" },
  { name: "at", type: "timestamp" },
];
const ENTITIES = 10n;
const ROWS = 3_000;
const rowOf = (i: number): Row => [BigInt(i) % ENTITIES, 1n, { ns: START + BigInt(i) }];

async function define({ features }: TestPlatform): Promise<void> {
  const types = { int64: ValueType.INT64, timestamp: ValueType.TIMESTAMP } as const;
  const columns = COLUMNS.map(({ name, type }) => ({ name, type: types[type as keyof typeof types] }));
  await features.createEntity({ parent: PARENT, entityId: "e", entity: { keys: columns.slice(0, 1) } });
  const source = { columns, eventTimeColumn: "at", knowledgeTime: { case: "knowledgeDelay" as const, value: {} } };
  await features.createSource({ parent: PARENT, sourceId: "s", source });
  const sum = { function: AggregateFunction.SUM, column: "n", window: { seconds: 86_400n } };
  const features_ = [{ name: "sum", kind: { case: "aggregate" as const, value: sum } }];
  const featureView = { entity: `${PARENT}/entities/e`, source: `${PARENT}/sources/s`, features: features_ };
  await features.applyFeatureView({ parent: PARENT, featureViewId: "v", featureView });
  const featureService = { views: [{ view: `${PARENT}/featureViews/v` }] };
  await features.applyFeatureService({ parent: PARENT, featureServiceId: "f", featureService });
}

/** A second feature store on the same metadata, files and online values. */
async function replicaOf(platform: TestPlatform, openOnline: Awaited<ReturnType<OnlineStoreKind["empty"]>>) {
  const folder = await mkdtemp(join(tmpdir(), "replica-"));
  const service = await createFeatureStoreService({
    store: platform.store,
    blobs: platform.blobs,
    tables: platform.tables,
    artifacts: platform.artifacts,
    clock: systemClock,
    newId: timeOrderedIds(systemClock),
    onlineDir: folder,
    openOnline,
    pageTokens: pageTokens(Buffer.from("a secret of the tests")),
    recordLineage: async () => {},
    lineageWalker: recordWalker([]),
  });
  onTestFinished(async () => {
    await service.close();
    await rm(folder, { recursive: true, force: true });
  });
  const observe = () => ({ end: () => {}, bug: (cause: unknown) => console.error(cause) });
  const transport = inMemoryTransport(
    service.mounts.map((it) => guard(it, { authenticate: trustLocalCallers, observe })),
  );
  return {
    features: createClient(FeatureStoreService, transport),
    operations: createClient(OperationService, transport),
  };
}

for (const kind of everyOnlineStore().filter((it) => it.isShared)) {
  test(`two feature stores on ${kind.name} materialise and take pushes at once, and every row counts once`, async () => {
    const openOnline = await kind.empty();
    const first = await testPlatform(undefined, { around: (stores) => ({ ...stores, openOnline }) });
    onTestFinished(() => first.close());
    await define(first);
    const second = await replicaOf(first, openOnline);
    const replicas = [first, second];
    const digest = await first.upload(
      COLUMNS,
      Array.from({ length: ROWS }, (_, i) => rowOf(i)),
    );
    const source = `${PARENT}/sources/s`;
    const { operation } = await first.features.loadSource({ source, digest, format: FileFormat.PARQUET });
    await first.ended(operation);
    const featureService = `${PARENT}/featureServices/f`;
    const materialised = replicas.map(async ({ features, operations }) =>
      ended(operations, (await features.materialize({ featureService })).operation),
    );
    const pushed = Array.from({ length: 12 }, (_, p) => {
      const rows = Array.from({ length: Number(ENTITIES) }, (_, i) => {
        const values = rowOf(ROWS + p * Number(ENTITIES) + i).map((it) => valueToProto(it));
        return { values: Object.fromEntries(COLUMNS.map(({ name }, c) => [name, values[c] ?? valueToProto(null)])) };
      });
      return replicas[p % 2]?.features.pushRows({ source, rows });
    });
    await Promise.all([...materialised, ...pushed]);
    const expected = BigInt(ROWS) / ENTITIES + 12n;
    for (const { features } of replicas) {
      const { vectors } = await features.getOnlineFeatures({
        featureService,
        rows: Array.from({ length: Number(ENTITIES) }, (_, i) => ({ values: { id: valueToProto(BigInt(i)) } })),
        asOf: fromNs(START + 1_000_000_000n),
      });
      const sums = vectors.map((it) => it.values[0]?.value?.kind.value);
      expect(new Set(sums)).toEqual(new Set([expected]));
    }
  });
}
