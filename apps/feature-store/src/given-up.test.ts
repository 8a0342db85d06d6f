import { FileFormat } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { fromNs, valueFromProto, valueToProto } from "@throughline/rpc";
import { expect, test, vi } from "vitest";
import { attachedOverlay } from "./domain/overlay-note.ts";
import { type Life, lifeUntil } from "./testing-faults.ts";
import { type Stores, type TestPlatform, testPlatform } from "./testing-platform.ts";

const PARENT = "projects/p";
const SOURCE = `${PARENT}/sources/s`;
const SERVICE = `${PARENT}/featureServices/f`;
const column = (name: string, type: ValueType) => ({ name, type });
const COLUMNS = [column("id", ValueType.INT64), column("at", ValueType.TIMESTAMP), column("n", ValueType.INT64)];

async function define({ definitions }: TestPlatform): Promise<void> {
  const knowledgeTime = { case: "knowledgeDelay" as const, value: {} };
  const [entity, view] = [`${PARENT}/entities/e`, `${PARENT}/featureViews/v`];
  const features = [{ name: "n", kind: { case: "column" as const, value: "n" } }];
  await definitions.applyDefinitions({
    parent: PARENT,
    definitions: {
      entities: [{ name: entity, keys: COLUMNS.slice(0, 1) }],
      sources: [{ name: SOURCE, columns: COLUMNS, eventTimeColumn: "at", knowledgeTime }],
      featureViews: [{ name: view, entity, source: SOURCE, features }],
      featureServices: [{ name: SERVICE, views: [{ view }] }],
    },
  });
}

async function load(platform: TestPlatform, n: bigint): Promise<bigint> {
  const columns = COLUMNS.map(({ name }) => ({
    name,
    type: name === "at" ? ("timestamp" as const) : ("int64" as const),
  }));
  const digest = await platform.upload(columns, [[1n, { ns: n }, n]]);
  const { operation } = await platform.features.loadSource({ source: SOURCE, digest, format: FileFormat.PARQUET });
  await platform.ended(operation);
  const { source } = await platform.features.getSource({ name: SOURCE });
  return source?.segments.at(-1)?.dataVersion ?? 0n;
}

async function read({ features }: TestPlatform) {
  const rows = [{ values: { id: valueToProto(1n) } }];
  const { vectors } = await features.getOnlineFeatures({ featureService: SERVICE, rows, asOf: fromNs(1_000_000n) });
  return valueFromProto(vectors[0]?.values[0]?.value);
}

/** One online store for all who open it, as a server is. */
function shared(stores: Stores): Stores["openOnline"] {
  let opening: ReturnType<Stores["openOnline"]> | undefined;
  return async (dir) => {
    opening ??= stores.openOnline(dir);
    const online = await opening;
    return { ...online, isShared: true, close: async () => {} };
  };
}

test("what a process prepared that was killed then is given up by the others, and hides nothing any more", async () => {
  const lives: Life[] = [];
  let common: Stores | undefined;
  /** Ends the process as soon as an overlay is attached. */
  const untilAttached = (stores: Stores): Stores => {
    common = { ...stores, openOnline: shared(stores) };
    const life = lifeUntil(common, Number.POSITIVE_INFINITY);
    lives.push(life);
    const openOnline: Stores["openOnline"] = async (dir) => {
      const online = await life.stores.openOnline(dir);
      return {
        ...online,
        async apply(change) {
          const written = await online.apply(change);
          if (attachedOverlay(await online.state(change.state.name))) life.cut();
          return life.hasEnded() ? new Promise<never>(() => {}) : written;
        },
      };
    };
    return { ...life.stores, openOnline };
  };
  const one = await testPlatform(undefined, { around: untilAttached, othersMs: 1_000 });
  await define(one);
  await load(one, 7n);
  const second = await load(one, 8n);
  const other = await testPlatform(undefined, { around: (own) => common ?? own, othersMs: 1_000 });
  void one.dataVersions.revertDataVersion({ name: `${PARENT}/dataVersions/${second}` });
  await lives[0]?.end;
  one.abandon();
  await lives[0]?.bury();
  const materialized = async () => {
    const { operation } = await other.features.materialize({ featureService: SERVICE });
    await other.ended(operation);
  };
  // Until then it fails with ONLINE_BUSY: nothing that a revert takes out may come online.
  await vi.waitFor(materialized, { timeout: 120_000, interval: 200 });
  expect(await read(other)).toBe(8n);
  await other.close();
  await one.close();
});
