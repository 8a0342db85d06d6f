import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Life, lifeUntil } from "./testing-faults.ts";
import { defineNumbers, PARENT, pushNumber, readNumbers } from "./testing-numbers.ts";
import { type Stores, type TestPlatform, testPlatform } from "./testing-platform.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "feature-store-power-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Online values of which every state is kept that the power may leave: that of the last flush, and those after it. */
function watchedValues() {
  let states: string[] = [];
  let copied = 0;
  let turn: Promise<unknown> = Promise.resolve();
  let flushesLeft = Number.POSITIVE_INFINITY;
  const around = (stores: Stores): Stores => ({
    ...stores,
    async openOnline(dir) {
      const online = await stores.openOnline(dir);
      const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
        const mine = turn.then(work);
        turn = mine.catch(() => {});
        return mine;
      };
      const copy = async (): Promise<void> => {
        // Nothing is being written then.
        await online.flush();
        const to = join(folder, "states", String(copied++));
        await cp(dir, to, { recursive: true });
        states.push(to);
      };
      const changing = <T>(change: () => Promise<T>) =>
        inTurn(async () => {
          const result = await change();
          await copy();
          return result;
        });
      await inTurn(copy);
      return {
        isShared: online.isShared,
        read: (questions) => online.read(questions),
        state: (name) => online.state(name),
        apply: (change) => changing(() => online.apply(change)),
        removeLayout: (id) => changing(() => online.removeLayout(id)),
        flush: () => {
          if (flushesLeft-- <= 0) return new Promise(() => {});
          return inTurn(async () => {
            states = states.slice(-1);
          });
        },
        close: () => online.close(),
      };
    },
  });
  return {
    around,
    /** All until now is on the disk, which answers so many flushes more, and no others. */
    answerFlushes(most: number): void {
      states = states.slice(-1);
      flushesLeft = most;
    },
    /** Folders with the values as the power may leave them, the oldest first. */
    left: (): readonly string[] => [...states],
  };
}

/** True if nothing is folded or removed any more. */
async function isSettled({ store }: TestPlatform): Promise<boolean> {
  const records = store.collection({ name: "feature_store_generations", indexes: [] });
  return (await records.find({ limit: 1 })).documents.length === 0;
}

const revert = async (platform: TestPlatform, version: bigint): Promise<void> => {
  const name = `${PARENT}/dataVersions/${version}`;
  await platform.ended((await platform.dataVersions.revertDataVersion({ name })).operation);
};

describe("what was reverted when the power fails", () => {
  test.each([
    ["one revert that is not folded", 0],
    ["one that is folded, and another one", 1],
    ["one of which nothing lies over the values any more, and another one", 2],
  ])("is online no more, whatever was lost of the online values since the last flush: %s", async (_, flushes) => {
    const dir = join(folder, "platform");
    const values = watchedValues();
    let life: Life | undefined;
    const around = (stores: Stores): Stores => {
      life = lifeUntil(stores, Number.POSITIVE_INFINITY);
      return values.around(life.stores);
    };
    const platform = await testPlatform(dir, { around });
    await defineNumbers(platform, ["latest", "sums"]);
    await pushNumber(platform, 7n);
    const first = await pushNumber(platform, 200n);
    const second = await pushNumber(platform, 300n);
    expect(await readNumbers(platform)).toEqual([300n, 507n]);
    values.answerFlushes(flushes);
    await revert(platform, first);
    expect(await readNumbers(platform)).toEqual([300n, 307n]);
    if (flushes > 0) await revert(platform, second);
    const expected = flushes > 0 ? [7n, 7n] : [300n, 307n];
    expect(await readNumbers(platform)).toEqual(expected);
    life?.cut();
    platform.abandon();
    await life?.bury();
    const left = values.left();
    expect(left.length).toBeGreaterThan(1);
    for (const [i, state] of left.entries()) {
      const after = join(folder, `after-${i}`);
      await cp(dir, after, { recursive: true });
      await rm(join(after, "online", "values"), { recursive: true });
      await cp(state, join(after, "online", "values"), { recursive: true });
      await expectOnline(after, expected);
    }
    await platform.close();
  });
});

async function expectOnline(dir: string, expected: readonly bigint[]): Promise<void> {
  const platform = await testPlatform(dir);
  expect(await readNumbers(platform)).toEqual(expected);
  await vi.waitFor(async () => expect(await isSettled(platform)).toBe(true), { timeout: 120_000 });
  expect(await readNumbers(platform)).toEqual(expected);
  await pushNumber(platform, 1_000n);
  expect(await readNumbers(platform)).toEqual([1_000n, (expected[1] ?? 0n) + 1_000n]);
  await platform.close();
}
