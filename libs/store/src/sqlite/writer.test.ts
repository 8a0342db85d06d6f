import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Collection, Store } from "../port.ts";
import { openSqliteStore } from "./sqlite-store.ts";

interface Counter {
  readonly by: number;
}

describe("writes that are committed here, and those that are handed to the writing thread", () => {
  let dir: string;
  let path: string;
  let store: Store;
  let counters: Collection<Counter>;
  const open = (): void => {
    store = openSqliteStore(path);
    counters = store.collection<Counter>({ name: "counters", indexes: [] });
  };
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "throughline-writer-"));
    path = join(dir, "store.db");
    open();
  });
  afterEach(async () => {
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  });

  /** So many rows that two such batches, asked for together, are handed over. */
  const large = (id: string, rows = 900) =>
    Array.from({ length: rows }, (_, i) => counters.writes.put(`${id}/${i}`, { by: i }));

  test("happen in the order in which they were asked, however large each is", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(1, 40, 400), { minLength: 1, maxLength: 12 }), async (sizes) => {
        const { revision } = await counters.put("order", { by: -1 });
        const asked = sizes.map((rows, i) =>
          store.batch([counters.writes.replace("order", revision + i, { by: i }), ...large(`o${i}`, rows)]),
        );
        const revisions = (await Promise.all(asked)).map(([first]) => first);
        expect(revisions).toEqual(sizes.map((_, i) => revision + i + 1));
        expect((await counters.get("order"))?.value).toEqual({ by: sizes.length - 1 });
      }),
      { numRuns: 25 },
    );
  });

  test("fail alike, naming the write, and undo nothing of the others of their group", async () => {
    await counters.insert("taken", { by: 1 });
    const here = await store.batch([counters.writes.insert("taken", { by: 2 })]).catch((error) => error);
    const [there, other] = await Promise.all([
      store.batch([...large("a"), counters.writes.insert("taken", { by: 2 })]).catch((error) => error),
      store.batch(large("b")),
    ]);
    const { name, kind, reason, message, metadata } = here;
    expect(there).toMatchObject({ name, kind, reason, message, metadata: { ...metadata, write: "900" } });
    expect(there).toBeInstanceOf(Error);
    expect(other).toHaveLength(900);
    expect(await counters.get("a/0")).toBeUndefined();
    expect((await counters.get("b/899"))?.value).toEqual({ by: 899 });
  });

  test("carry points exactly: NaN, infinities, the ends of 64 bits, several series", async () => {
    const points = store.series("points");
    const values = [Number.NaN, Number.POSITIVE_INFINITY, -0, 5e-324, 2 ** 53 + 2];
    const all = ["a", "b"].flatMap((key) =>
      values.map((value, i) => ({
        key,
        step: -(2n ** 63n) + BigInt(i),
        timeMs: -1 - i,
        value,
        sequence: 2n ** 63n - 1n,
      })),
    );
    await Promise.all([store.batch([points.write(all)]), store.batch(large("c"))]);
    for (const key of ["a", "b"])
      expect(await points.read(key, { limit: 9 })).toEqual(
        all.filter((it) => it.key === key).map(({ key: _, ...point }) => ({ ...point, value: point.value + 0 })),
      );
  });

  test("are one commit where callers that were together come a turn apart, and where one was alone they are not", async () => {
    /** Whether a write that is asked for in the turn behind another's is durable with it, after so many that were together. */
    const isTogether = async (before: number): Promise<boolean> => {
      await Promise.all(Array.from({ length: before }, (_, i) => counters.put(`before/${i}`, { by: i })));
      const first = counters.put("first", { by: 1 });
      const second = new Promise((resolve) => setImmediate(resolve)).then(() => counters.put("second", { by: 1 }));
      await first;
      const found = await counters.get("second");
      await second;
      await counters.remove("second", 1);
      return found !== undefined;
    };
    expect(await isTogether(1)).toBe(false);
    // Nobody is waited for if the machine stands for a moment.
    let together = false;
    for (let attempt = 0; attempt < 500 && !together; attempt++) together = await isTogether(2);
    expect(together).toBe(true);
  });

  test("that share a commit over several turns keep their order, fail by themselves, and none that was told to be done is lost by a close", async () => {
    const step = fc.constantFrom("write", "write", "fail", "turn", "two turns");
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
        const { revision } = await counters.put("order", { by: 0 });
        await counters.put("taken", { by: 1 });
        const done: Promise<readonly [string, string]>[] = [];
        let written = 0;
        for (const it of steps) {
          const turns = ["turn", "two turns"].indexOf(it) + 1;
          for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
          if (turns > 0) continue;
          const first = counters.writes.replace("order", revision + written, { by: written + 1 });
          const asked = it === "write" ? [first] : [first, counters.writes.insert("taken", { by: 2 })];
          if (it === "write") written += 1;
          const told = store.batch(asked).then(
            () => "done",
            ({ reason }) => reason,
          );
          done.push(told.then((how) => [it, how]));
        }
        await store.close();
        const answers = await Promise.all(done);
        expect(answers.filter(([it, how]) => how !== (it === "write" ? "done" : "ALREADY_EXISTS"))).toEqual([]);
        open();
        expect(await counters.get("order")).toMatchObject({ revision: revision + written, value: { by: written } });
      }),
      { numRuns: 40 },
    );
  });

  test("are all there once the store is closed, and refused from then on", async () => {
    const asked = [store.batch(large("d")), store.batch(large("e")), counters.insert("last", { by: 1 })];
    await store.close();
    await Promise.all(asked);
    await expect(counters.insert("late", { by: 1 })).rejects.toMatchObject({ reason: "STORE_CLOSED" });
    open();
    expect(await counters.count()).toBe(1_801);
  });
});
