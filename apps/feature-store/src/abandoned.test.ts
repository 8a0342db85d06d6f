import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DomainError } from "@throughline/kernel";
import type { Store, Write } from "@throughline/store";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { attachedOverlay } from "./domain/overlay-note.ts";
import { type Life, lifeUntil } from "./testing-faults.ts";
import { defineNumbers, PARENT, pushNumber, readNumbers } from "./testing-numbers.ts";
import { definePeople, forgetPerson, onlineOf, pushVisits } from "./testing-people.ts";
import { type Stores, type TestPlatform, testPlatform } from "./testing-platform.ts";

const GENERATIONS = "feature_store_generations";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "feature-store-abandoned-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const revert = async ({ dataVersions }: TestPlatform, version: bigint) =>
  (await dataVersions.revertDataVersion({ name: `${PARENT}/dataVersions/${version}` })).operation;

/** Nothing is folded or removed any more. */
const settled = ({ store }: TestPlatform): Promise<void> =>
  vi.waitFor(
    async () => {
      const { documents } = await store
        .collection<{ state: string }>({ name: GENERATIONS, indexes: [] })
        .find({ limit: 9 });
      expect(documents.filter((it) => it.value.state !== "current" || "over" in it.value)).toEqual([]);
    },
    { timeout: 120_000, interval: 100 },
  );

const failure = (reason: "STORAGE_UNAVAILABLE" | "WRITE_OUTCOME_UNKNOWN"): DomainError =>
  new DomainError("unavailable", reason, "The storage is away.");

/** True of the commit that makes a generation the one that is read. */
const makesCurrent = (writes: readonly Write[]): boolean =>
  writes.some(
    (it) =>
      it.kind === "replace" && it.collection === GENERATIONS && (it.value as { state: string }).state === "current",
  );

/** A store that does something in the place of that commit. */
const committing = (store: Store, commit: Store["batch"]): Store => ({
  ...store,
  batch: (writes) => (makesCurrent(writes) ? commit(writes) : store.batch(writes)),
});

/** A store that does something in the place of a method of a collection. */
const overriding = (
  store: Store,
  name: string,
  methods: (collection: ReturnType<Store["collection"]>) => object,
): Store => ({
  ...store,
  collection: (definition) => {
    const found = store.collection(definition);
    return definition.name === name ? { ...found, ...methods(found as never) } : found;
  },
});

/** The first change of what lies over the values fails once the commit is made. */
function failingToSettle(stores: Stores): Stores {
  let isFailing = false;
  const store = committing(stores.store, async (writes) => {
    const revisions = await stores.store.batch(writes);
    isFailing = true;
    return revisions;
  });
  const openOnline: Stores["openOnline"] = async (dir) => {
    const online = await stores.openOnline(dir);
    return {
      ...online,
      async apply(change) {
        if (!isFailing || !attachedOverlay(await online.state(change.state.name))) return online.apply(change);
        isFailing = false;
        throw failure("STORAGE_UNAVAILABLE");
      },
    };
  };
  return { ...stores, store, openOnline };
}

/** Nobody hears that the commit is made, whoever asks at once. */
function silent(stores: Stores): Stores {
  let isSilent = false;
  const store = committing(stores.store, async (writes) => {
    await stores.store.batch(writes);
    isSilent = true;
    throw failure("WRITE_OUTCOME_UNKNOWN");
  });
  const asking = overriding(store, "store_requests", (requests) => ({
    get(id: string) {
      if (!isSilent) return requests.get(id);
      isSilent = false;
      return Promise.reject(failure("STORAGE_UNAVAILABLE"));
    },
  }));
  return { ...stores, store: asking };
}

test.each([
  ["settling it fails", failingToSettle, true],
  ["nobody is told of it", silent, false],
] as const)("a revert that is committed is read and folded, also if %s", async (_, around, isTold) => {
  const platform = await testPlatform(folder, { around });
  await defineNumbers(platform, ["latest"]);
  await pushNumber(platform, 7n);
  const bad = await pushNumber(platform, 200n);
  const [ending] = await Promise.allSettled([platform.ended(await revert(platform, bad))]);
  expect(ending?.status).toBe(isTold ? "fulfilled" : "rejected");
  expect(await readNumbers(platform)).toEqual([7n]);
  await settled(platform);
  expect(await readNumbers(platform)).toEqual([7n]);
  await platform.close();
});

/** Nobody hears that the commit is made, until somebody asks. */
const unheard = (stores: Stores): Stores => ({
  ...stores,
  store: committing(stores.store, async (writes) => {
    await stores.store.batch(writes);
    throw failure("WRITE_OUTCOME_UNKNOWN");
  }),
});

test.each([
  ["nobody is told of the commit", unheard, true],
  ["nobody can ask for it either", silent, false],
] as const)("online values without a forgotten entity stay, also if %s", async (_, around, isTold) => {
  const privacyKeys = [{ version: 1, secret: Buffer.alloc(32, 7) }];
  const platform = await testPlatform(folder, { around, privacyKeys });
  await definePeople(platform);
  await pushVisits(platform, [
    ["ann", 1, 10, 5],
    ["bob", 1, 10, 7],
  ]);
  const [forgetting] = await Promise.allSettled([forgetPerson(platform, "ann")]);
  expect(forgetting?.status).toBe(isTold ? "fulfilled" : "rejected");
  await settled(platform);
  expect(await onlineOf(platform, { person: "ann" })).toEqual([null, null, null]);
  expect(await onlineOf(platform, { shop: 1 })).toEqual([7n, 7n, 7n]);
  await platform.close();
});

test("an overlay that was abandoned is not read after an end before it was taken off", async () => {
  const lives: Life[] = [];
  const untilRetired = (stores: Stores): Stores => {
    const failed = committing(stores.store, () => Promise.reject(failure("STORAGE_UNAVAILABLE")));
    const store = overriding(failed, GENERATIONS, (records) => ({
      async replace(id: string, revision: number, value: object) {
        const written = await records.replace(id, revision, value);
        lives[0]?.cut();
        return written;
      },
    }));
    lives.push(lifeUntil({ ...stores, store }, Number.POSITIVE_INFINITY));
    return lives[0]?.stores ?? stores;
  };
  const arounds = [untilRetired];
  const platform = await testPlatform(folder, { around: (stores) => arounds.shift()?.(stores) ?? stores });
  await defineNumbers(platform, ["latest"]);
  await pushNumber(platform, 7n);
  const bad = await pushNumber(platform, 200n);
  await revert(platform, bad);
  await lives[0]?.end;
  platform.abandon();
  await lives[0]?.bury();
  await platform.restart();
  expect(await readNumbers(platform)).toEqual([200n]);
  await settled(platform);
  expect(await readNumbers(platform)).toEqual([200n]);
  await platform.close();
});
