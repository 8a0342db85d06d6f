import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { attachedOverlay } from "./domain/overlay-note.ts";
import { type Life, lifeUntil } from "./testing-faults.ts";
import { defineNumbers, PARENT, pushNumber, readNumbers } from "./testing-numbers.ts";
import { type Stores, testPlatform } from "./testing-platform.ts";

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

/** Lets no query be written until it is opened. */
function gated(stores: Stores, opened: Promise<void>): Stores {
  const { tables } = stores;
  return {
    ...stores,
    tables: {
      ...tables,
      async writeQuery(plan, call) {
        await opened;
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
