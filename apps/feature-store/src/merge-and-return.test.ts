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

/** Where a merge waits that has read its files. */
interface Gate {
  readonly reached: Promise<void>;
  open(): void;
}

/** A source, and gates: each that is set stops one merge, the next one that comes. */
async function withGates() {
  const set: (() => Promise<void>)[] = [];
  const gated = (tables: TableEngine): TableEngine => ({
    ...tables,
    async writeQuery(plan, call) {
      if (plan.output.endsWith("compacted.parquet")) await set.shift()?.();
      return tables.writeQuery(plan, call);
    },
  });
  const gate = (): Gate => {
    const [reached, opened] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    set.push(() => {
      reached.resolve();
      return opened.promise;
    });
    return { reached: reached.promise, open: opened.resolve };
  };
  const around = { around: <S extends { tables: TableEngine }>(it: S): S => ({ ...it, tables: gated(it.tables) }) };
  const platform = await testPlatform(undefined, { ...around, filesMax: 1_000 });
  onTestFinished(() => platform.close());
  const aggregate = { function: 2, column: "n", window: { seconds: 1_000n } };
  const view = { entity: `${PARENT}/entities/e`, source: SOURCE };
  const knowledgeTime = { case: "knowledgeDelay" as const, value: {} };
  await platform.definitions.applyDefinitions({
    parent: PARENT,
    definitions: {
      entities: [{ name: `${PARENT}/entities/e`, keys: COLUMNS.slice(0, 1) }],
      sources: [{ name: SOURCE, columns: COLUMNS, eventTimeColumn: "at", knowledgeTime }],
      featureViews: [
        {
          name: `${PARENT}/featureViews/v`,
          ...view,
          features: [{ name: "sum", kind: { case: "aggregate", value: aggregate } }],
        },
      ],
      featureServices: [{ name: SERVICE, views: [{ view: `${PARENT}/featureViews/v` }] }],
    },
  });
  return { platform, gate };
}

const newest = async ({ dataVersions }: TestPlatform): Promise<bigint> =>
  (await dataVersions.getDataVersion({ name: `${PARENT}/dataVersions/newest` })).dataVersion?.number ?? 0n;

/** Loads one row of each of some entities; the lower digits of the number are its time, and it tells the loads apart in a sum. */
async function load(platform: TestPlatform, n: bigint, ids: readonly bigint[]): Promise<bigint> {
  const columns = COLUMNS.map(({ name }) => ({
    name,
    type: name === "at" ? ("timestamp" as const) : ("int64" as const),
  }));
  const digest = await platform.upload(
    columns,
    ids.map((id) => [id, { ns: n % 1_000n }, n]),
  );
  const { operation } = await platform.features.loadSource({ source: SOURCE, digest, format: FileFormat.PARQUET });
  await platform.ended(operation);
  return newest(platform);
}

async function revert(platform: TestPlatform, version: bigint): Promise<bigint> {
  const name = `${PARENT}/dataVersions/${version}`;
  await platform.ended((await platform.dataVersions.revertDataVersion({ name })).operation);
  return newest(platform);
}

const compact = async ({ dataVersions, ended }: TestPlatform): Promise<unknown> =>
  ended((await dataVersions.compactSource({ source: SOURCE })).operation);

const materialize = async ({ features, ended }: TestPlatform): Promise<unknown> =>
  ended((await features.materialize({ featureService: SERVICE })).operation);

async function online({ features }: TestPlatform): Promise<readonly (FeatureValue | undefined)[]> {
  const rows = [1n, 2n].map((id) => ({ values: { id: valueToProto(id) } }));
  const { vectors } = await features.getOnlineFeatures({ featureService: SERVICE, rows, asOf: fromNs(1_000_000n) });
  return vectors.map((it) => valueFromProto(it.values[0]?.value));
}

async function stored({ dataVersions }: TestPlatform): Promise<readonly FeatureValue[]> {
  const { rows } = await dataVersions.readSource({ source: SOURCE });
  return rows.map((it) => valueFromProto(it.values["n"]));
}

test("a load that comes back while the files around it are merged stays online whatever is reverted next", async () => {
  const { platform, gate } = await withGates();
  const loads: bigint[] = [];
  for (const n of [1n, 10n, 100n]) loads.push(await load(platform, n, [1n, 2n]));
  await materialize(platform);
  await compact(platform);
  // All go, and with them the file that had them: what comes back does so in a file of its own.
  const reverts: bigint[] = [];
  for (const it of loads) reverts.push(await revert(platform, it));
  const [first = 0n, between = 0n, last = 0n] = reverts;
  await revert(platform, first);
  await revert(platform, last);
  // Its row is the earliest of entity 1, so that all of that entity is computed anew when it goes.
  const bad = await load(platform, 1_000n, [1n]);
  await materialize(platform);
  const merging = gate();
  const compacted = compact(platform);
  await merging.reached;
  await revert(platform, between);
  expect(await online(platform)).toEqual([1_111n, 111n]);
  const mergingAgain = gate();
  merging.open();
  await mergingAgain.reached;
  await revert(platform, bad);
  mergingAgain.open();
  await compacted;
  expect(await stored(platform)).toEqual([1n, 1n, 10n, 10n, 100n, 100n]);
  expect(await online(platform)).toEqual([111n, 111n]);
  await platform.restart();
  await materialize(platform);
  expect(await online(platform)).toEqual([111n, 111n]);
});

test("so does one that comes back in the file that it was loaded in, and is merged with what came later", async () => {
  const { platform, gate } = await withGates();
  const ids = [1n, 2n, 3n, 4n];
  await load(platform, 1n, ids);
  const between = await load(platform, 10n, [1n, 2n]);
  await load(platform, 100n, ids);
  await materialize(platform);
  const out = await revert(platform, between);
  const merging = gate();
  const compacted = compact(platform);
  await merging.reached;
  await revert(platform, out);
  const bad = await load(platform, 1_000n, [1n]);
  await materialize(platform);
  // The next merge is made; whether there is one behind it depends on what the first one came to.
  gate().open();
  const mergingLast = gate();
  merging.open();
  await Promise.race([mergingLast.reached, compacted]);
  await revert(platform, bad);
  mergingLast.open();
  await compacted;
  expect(await stored(platform)).toHaveLength(10);
  expect(await online(platform)).toEqual([111n, 111n]);
});
