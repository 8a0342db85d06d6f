import { FileFormat } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import type { FeatureValue } from "@throughline/kernel";
import { fromNs, valueFromProto, valueToProto } from "@throughline/rpc";
import type { TableEngine } from "@throughline/tables";
import { expect, onTestFinished, test } from "vitest";
import { type TestPlatform, testPlatform } from "./testing-platform.ts";

const PARENT = "projects/p";
const SOURCE = `${PARENT}/sources/s`;
const SERVICE = `${PARENT}/featureServices/f`;
const column = (name: string, type: ValueType) => ({ name, type });
const COLUMNS = [column("id", ValueType.INT64), column("at", ValueType.TIMESTAMP), column("n", ValueType.INT64)];

/** A source of which nothing is online yet, and a gate: while it is closed, what reads rows for the online store waits. */
async function withNothingOnline() {
  const gate = { reached: Promise.withResolvers<void>(), opened: Promise.withResolvers<void>(), isClosed: false };
  const gated = (tables: TableEngine): TableEngine => ({
    ...tables,
    async *queryColumns(...call) {
      // The first one that comes waits, and those behind it pass.
      if (gate.isClosed) {
        gate.isClosed = false;
        gate.reached.resolve();
        await gate.opened.promise;
      }
      yield* tables.queryColumns(...call);
    },
  });
  const platform = await testPlatform(undefined, {
    around: (stores) => ({ ...stores, tables: gated(stores.tables) }),
  });
  onTestFinished(() => platform.close());
  const { features } = platform;
  const knowledgeTime = { case: "knowledgeDelay" as const, value: {} };
  await features.createEntity({ parent: PARENT, entityId: "e", entity: { keys: COLUMNS.slice(0, 1) } });
  const source = { columns: COLUMNS, eventTimeColumn: "at", knowledgeTime };
  await features.createSource({ parent: PARENT, sourceId: "s", source });
  const aggregate = { function: 2, column: "n", window: { seconds: 1_000n } };
  await features.applyFeatureView({
    parent: PARENT,
    featureViewId: "v",
    featureView: {
      entity: `${PARENT}/entities/e`,
      source: SOURCE,
      features: [{ name: "sum", kind: { case: "aggregate", value: aggregate } }],
    },
  });
  const featureService = { views: [{ view: `${PARENT}/featureViews/v` }] };
  await features.applyFeatureService({ parent: PARENT, featureServiceId: "f", featureService });
  return { platform, gate };
}

/** Loads one row of the entity 1; the number tells the loads apart in a sum. */
async function load(platform: TestPlatform, n: bigint): Promise<void> {
  const columns = COLUMNS.map(({ name }) => ({
    name,
    type: name === "at" ? ("timestamp" as const) : ("int64" as const),
  }));
  const digest = await platform.upload(columns, [[1n, { ns: n }, n]]);
  const { operation } = await platform.features.loadSource({ source: SOURCE, digest, format: FileFormat.PARQUET });
  await platform.ended(operation);
}

const revert = async ({ dataVersions, ended }: TestPlatform, version: number): Promise<unknown> =>
  ended((await dataVersions.revertDataVersion({ name: `${PARENT}/dataVersions/${version}` })).operation);

const materialize = async ({ features, ended }: TestPlatform): Promise<unknown> =>
  ended((await features.materialize({ featureService: SERVICE })).operation);

async function online({ features }: TestPlatform): Promise<FeatureValue | undefined> {
  const rows = [{ values: { id: valueToProto(1n) } }];
  const { vectors } = await features.getOnlineFeatures({ featureService: SERVICE, rows, asOf: fromNs(1_000_000n) });
  return valueFromProto(vectors[0]?.values[0]?.value);
}

test("a load that is reverted while the first materialisation reads it does not come online", async () => {
  const { platform, gate } = await withNothingOnline();
  await load(platform, 1n);
  await load(platform, 10n);
  gate.isClosed = true;
  const materialized = materialize(platform);
  await gate.reached.promise;
  await revert(platform, 2);
  gate.opened.resolve();
  await materialized;
  expect(await online(platform)).toBe(1n);
  await load(platform, 100n);
  await platform.restart();
  await materialize(platform);
  expect(await online(platform)).toBe(101n);
});

test("a load that comes back while the first materialisation reads others comes online with the next one", async () => {
  const { platform, gate } = await withNothingOnline();
  await load(platform, 1n);
  await load(platform, 10n);
  await revert(platform, 1);
  gate.isClosed = true;
  const materialized = materialize(platform);
  await gate.reached.promise;
  await revert(platform, 3);
  gate.opened.resolve();
  await materialized;
  await materialize(platform);
  expect(await online(platform)).toBe(11n);
  await platform.restart();
  expect(await online(platform)).toBe(11n);
});

test("reverts of loads that were never online, and their undoing, bring nothing online", async () => {
  const { platform } = await withNothingOnline();
  await load(platform, 1n);
  await load(platform, 10n);
  await revert(platform, 1);
  expect(await online(platform)).toBe(null);
  await platform.restart();
  await revert(platform, 2);
  expect(await online(platform)).toBe(null);
  await materialize(platform);
  expect(await online(platform)).toBe(null);
  await revert(platform, 3);
  await materialize(platform);
  expect(await online(platform)).toBe(1n);
});
