import { setTimeout as delay } from "node:timers/promises";
import { FileFormat } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { systemClock } from "@throughline/kernel";
import { expect, test, vi } from "vitest";
import { attachedOverlay } from "./domain/overlay-note.ts";
import { type Life, lifeUntil } from "./testing-faults.ts";
import { COLUMNS, defineNumbers, PARENT, readNumbers, SERVICE, SOURCE } from "./testing-numbers.ts";
import { type Stores, type TestOptions, type TestPlatform, testPlatform } from "./testing-platform.ts";

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

/** One online store for all who open it, as a server is. */
function shared(stores: Stores): Stores["openOnline"] {
  let opening: ReturnType<Stores["openOnline"]> | undefined;
  return async (dir) => {
    opening ??= stores.openOnline(dir);
    const online = await opening;
    return { ...online, isShared: true, close: async () => {} };
  };
}

/** The store of the log of generations. */
const recordsOf = ({ store }: TestPlatform) =>
  store.collection<{ readonly state: string }>({ name: "feature_store_generations", indexes: [] });

const nothingLeft = (platform: TestPlatform): Promise<void> =>
  vi.waitFor(async () => expect((await recordsOf(platform).find({ limit: 9 })).documents).toEqual([]), {
    timeout: 120_000,
    interval: 100,
  });

test.each([
  ["prepared", false],
  ["retired", true],
])(
  "what a process %s that was killed then is given up by the others, and hides nothing any more",
  async (_, isRetired) => {
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
    // What is defined later it does not know.
    const other = await testPlatform(undefined, { around: (own) => common ?? own, othersMs: 1_000 });
    await defineNumbers(one, ["latest"]);
    await load(one, 7n);
    const second = await load(one, 8n);
    void one.dataVersions.revertDataVersion({ name: `${PARENT}/dataVersions/${second}` });
    await lives[0]?.end;
    one.abandon();
    await lives[0]?.bury();
    if (isRetired)
      for (const { id, value } of (await recordsOf(one).find({ limit: 9 })).documents)
        await recordsOf(one).put(id, { ...value, state: "retired" });
    await nothingLeft(one);
    // Until then it fails with ONLINE_BUSY: nothing that a revert takes out may come online.
    const { operation } = await other.features.materialize({ featureService: SERVICE });
    await other.ended(operation);
    expect(await readNumbers(other)).toEqual([8n]);
    await other.close();
    await one.close();
  },
);

/** Two processes that share everything: the second one is opened on what is around the stores of the first. */
async function firstOf(othersMs: number, around: (stores: Stores) => Stores = (stores) => stores) {
  let common: Stores | undefined;
  const sharing = (stores: Stores): Stores => {
    common = { ...stores, openOnline: shared(stores) };
    return around(common);
  };
  const one = await testPlatform(undefined, { around: sharing, othersMs });
  const open = (options: TestOptions): Promise<TestPlatform> =>
    testPlatform(undefined, { ...options, around: (own) => options.around?.(common ?? own) ?? common ?? own });
  return { one, open };
}

test("what a process prepares for long is left alone by the others, whose clocks are ahead", async () => {
  const othersMs = 2_000;
  const gate = Promise.withResolvers<void>();
  let isGated = false;
  const { one, open } = await firstOf(othersMs, ({ tables, ...stores }) => ({
    ...stores,
    tables: {
      ...tables,
      async writeQuery(plan, call) {
        if (isGated) await gate.promise;
        return tables.writeQuery(plan, call);
      },
    },
  }));
  await defineNumbers(one, ["latest"]);
  await load(one, 7n);
  const second = await load(one, 8n);
  await one.ended((await one.features.materialize({ featureService: SERVICE })).operation);
  const other = await open({ othersMs, clock: { now: () => systemClock.now() + 3_600_000 } });
  isGated = true;
  const { operation } = await one.dataVersions.revertDataVersion({ name: `${PARENT}/dataVersions/${second}` });
  await vi.waitFor(async () => expect((await recordsOf(one).find({ limit: 9 })).documents).toHaveLength(1), {
    timeout: 60_000,
  });
  await delay(3 * othersMs);
  const { documents } = await recordsOf(one).find({ limit: 9 });
  expect(documents.map((it) => it.value.state)).toEqual(["preparing"]);
  gate.resolve();
  await one.ended(operation);
  expect(await readNumbers(one)).toEqual([7n]);
  await nothingLeft(one);
  expect(await readNumbers(one)).toEqual([7n]);
  await other.close();
  await one.close();
});

test("an overlay that another process makes current while one opens is not taken away", async () => {
  const { one, open } = await firstOf(6_000);
  await defineNumbers(one, ["latest"]);
  await load(one, 7n);
  const second = await load(one, 8n);
  await one.ended((await one.features.materialize({ featureService: SERVICE })).operation);
  let isFirst = true;
  /** Reverts after it was learnt what is read, and before the log is. */
  const around = (stores: Stores): Stores => ({
    ...stores,
    store: {
      ...stores.store,
      collection(definition) {
        const found = stores.store.collection(definition);
        if (definition.name !== "feature_store_generations") return found;
        return {
          ...found,
          async find(query) {
            if (isFirst) {
              isFirst = false;
              const name = `${PARENT}/dataVersions/${second}`;
              await one.ended((await one.dataVersions.revertDataVersion({ name })).operation);
            }
            return found.find(query);
          },
        };
      },
    },
  });
  const other = await open({ othersMs: 500, around });
  expect(await readNumbers(other)).toEqual([7n]);
  await nothingLeft(one);
  expect([await readNumbers(one), await readNumbers(other)]).toEqual([[7n], [7n]]);
  await other.close();
  await one.close();
});
