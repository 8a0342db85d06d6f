import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { attachedOverlay } from "./domain/overlay-note.ts";
import { type Life, lifeUntil } from "./testing-faults.ts";
import { defineNumbers, PARENT, pushNumber, readNumbers } from "./testing-numbers.ts";
import { type Stores, type TestPlatform, testPlatform } from "./testing-platform.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "feature-store-half-folded-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Ends a life as soon as an overlay was taken off so many notes. */
function endingAfter(detachedMax: number, lives: Life[]) {
  return (stores: Stores): Stores => {
    const life = lifeUntil(stores, Number.POSITIVE_INFINITY);
    lives.push(life);
    let detached = 0;
    const openOnline: Stores["openOnline"] = async (dir) => {
      const online = await life.stores.openOnline(dir);
      const isAttached = async (note: string) => attachedOverlay(await online.state(note)) !== undefined;
      return {
        ...online,
        read: (questions) => online.read(questions),
        async apply(change) {
          const was = await isAttached(change.state.name);
          const written = await online.apply(change);
          if (was && !(await isAttached(change.state.name)) && ++detached === detachedMax) life.cut();
          return life.hasEnded() ? new Promise<never>(() => {}) : written;
        },
      };
    };
    return { ...life.stores, openOnline };
  };
}

/** True if nothing is folded or removed any more. */
async function isSettled({ store }: TestPlatform): Promise<boolean> {
  const records = store.collection({ name: "feature_store_generations", indexes: [] });
  return (await records.find({ limit: 1 })).documents.length === 0;
}

/** Lets no query be written until it is opened, but for the first ones: those of a revert are as many as there are layouts. */
function gated(stores: Stores, opened: Promise<void>, first = 0): Stores {
  const { tables } = stores;
  let left = first;
  return {
    ...stores,
    tables: {
      ...tables,
      async writeQuery(plan, call) {
        if (left-- <= 0) await opened;
        return tables.writeQuery(plan, call);
      },
    },
  };
}

test.each([1, 2])(
  "what is pushed after an end in which an overlay had been taken off %i of two layouts is read at once",
  async (detachedMax) => {
    const lives: Life[] = [];
    const gate = Promise.withResolvers<void>();
    const arounds = [endingAfter(detachedMax, lives), (stores: Stores): Stores => gated(stores, gate.promise)];
    const platform = await testPlatform(folder, { around: (stores) => arounds.shift()?.(stores) ?? stores });
    await defineNumbers(platform, ["latest", "sums"]);
    await pushNumber(platform, 7n);
    const bad = await pushNumber(platform, 200n);
    expect(await readNumbers(platform)).toEqual([200n, 207n]);
    const { operation } = await platform.dataVersions.revertDataVersion({ name: `${PARENT}/dataVersions/${bad}` });
    await Promise.race([platform.ended(operation), lives[0]?.end]);
    await lives[0]?.end;
    platform.abandon();
    await lives[0]?.bury();
    await platform.restart();
    expect(await readNumbers(platform)).toEqual([7n, 7n]);
    await pushNumber(platform, 8n);
    expect(await readNumbers(platform)).toEqual([8n, 15n]);
    gate.resolve();
    await platform.restart();
    expect(await readNumbers(platform)).toEqual([8n, 15n]);
    await platform.close();
  },
);

test("an overlay that was folded before the power took that away is folded again in all layouts", async () => {
  const lives: Life[] = [];
  const mortal = (stores: Stores): Stores => {
    lives.push(lifeUntil(stores, Number.POSITIVE_INFINITY));
    return lives.at(-1)?.stores ?? stores;
  };
  const gate = Promise.withResolvers<void>();
  const never = new Promise<void>(() => {});
  const arounds = [
    (it: Stores) => gated(mortal(it), never, 2),
    mortal,
    (it: Stores) => gated(it, gate.promise),
    (it: Stores) => it,
  ];
  const platform = await testPlatform(folder, { around: (stores) => arounds.shift()?.(stores) ?? stores });
  const end = async (): Promise<void> => {
    lives.at(-1)?.cut();
    platform.abandon();
    await lives.at(-1)?.bury();
  };
  const settled = () => vi.waitFor(async () => expect(await isSettled(platform)).toBe(true), { timeout: 120_000 });
  await defineNumbers(platform, ["latest", "sums"]);
  await pushNumber(platform, 7n);
  const bad = await pushNumber(platform, 200n);
  const { operation } = await platform.dataVersions.revertDataVersion({ name: `${PARENT}/dataVersions/${bad}` });
  await platform.ended(operation);
  await end();
  const [values, saved] = [join(folder, "online", "values"), join(folder, "saved")];
  await cp(values, saved, { recursive: true });
  await platform.restart();
  await settled();
  await end();
  // What the power takes away are the last changes of the online store; the log has them all.
  await rm(values, { recursive: true });
  await cp(saved, values, { recursive: true });
  await platform.restart();
  expect(await readNumbers(platform)).toEqual([7n, 7n]);
  await pushNumber(platform, 8n);
  expect(await readNumbers(platform)).toEqual([8n, 15n]);
  gate.resolve();
  await settled();
  await platform.restart();
  expect(await readNumbers(platform)).toEqual([8n, 15n]);
  await platform.close();
});
