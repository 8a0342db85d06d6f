import { beforeEach, describe, expect, test } from "vitest";
import type { Collection, Store } from "../port.ts";
import { OTHERS, reasonsOf, THINGS, type Thing } from "./things.ts";

/** Checks the laws of batches. `open` returns an empty store. */
export function testBatches(name: string, open: () => Promise<Store>): void {
  describe(`batches: ${name}`, () => {
    let store: Store;
    let things: Collection<Thing>;
    let others: Collection<{ readonly text: string }>;
    beforeEach(async () => {
      store = await open();
      things = store.collection(THINGS);
      others = store.collection(OTHERS);
    });

    test("all writes of a batch happen, in their order", async () => {
      await things.insert("old", { group: "g" });
      const revisions = await store.batch([
        things.writes.insert("a", { group: "g" }),
        things.writes.replace("a", 1, { group: "h" }),
        others.writes.put("a", { text: "t" }),
        things.writes.remove("old", 1),
        things.writes.check("a", 2),
      ]);
      expect(revisions).toEqual([1, 2, 1, 0, 2]);
      expect(await things.get("old")).toBeUndefined();
      expect((await things.get("a"))?.value).toEqual({ group: "h" });
      expect((await others.get("a"))?.value).toEqual({ text: "t" });
    });

    test("a batch with one failing write changes nothing, and the error says which", async () => {
      await things.insert("taken", { group: "g", name: "n" });
      const series = store.series("laws_points");
      const failing = [
        [things.writes.insert("taken", { group: "g" }), "ALREADY_EXISTS"],
        [things.writes.insert("new", { group: "g", name: "n" }), "ALREADY_EXISTS"],
        [things.writes.replace("taken", 7, { group: "g" }), "REVISION_CONFLICT"],
        [things.writes.remove("absent", 1), "NOT_FOUND"],
        [things.writes.check("taken", 2), "REVISION_CONFLICT"],
        [things.writes.insert("new", { group: "g", extra: new Date(0) }), "INVALID_VALUE"],
      ] as const;
      for (const [write, reason] of failing) {
        const points = [{ key: "k", step: 1n, timeMs: 1, value: 1, sequence: 0n }];
        const batch = [others.writes.insert("o", { text: "t" }), series.write(points), write];
        await expect(store.batch(batch)).rejects.toMatchObject({ reason, metadata: { write: "2" } });
      }
      expect(await others.count()).toBe(0);
      expect(await things.count()).toBe(1);
      expect(await series.read("k", { limit: 10 })).toEqual([]);
      expect((await series.summaries(["k"])).size).toBe(0);
    });

    test("a failing batch does not touch others of the same moment", async () => {
      await things.insert("taken", { group: "g" });
      const batches = Array.from({ length: 20 }, (_, i) =>
        store.batch([
          others.writes.insert(`${i}`, { text: "t" }),
          things.writes.insert(i % 2 === 0 ? `fresh${i}` : "taken", { group: "g" }),
        ]),
      );
      expect(reasonsOf(await Promise.allSettled(batches))).toEqual(Array(10).fill("ALREADY_EXISTS"));
      const left = (await others.find({ limit: 100 })).documents.map((it) => Number(it.id));
      expect(left.sort((a, b) => a - b)).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
    });

    test("two batches that each check what the other changes do not both happen", async () => {
      await things.insert("a", { group: "1" });
      await things.insert("b", { group: "1" });
      const settled = await Promise.allSettled([
        store.batch([things.writes.check("a", 1), things.writes.replace("b", 1, { group: "2" })]),
        store.batch([things.writes.check("b", 1), things.writes.replace("a", 1, { group: "2" })]),
      ]);
      expect(reasonsOf(settled)).toEqual(["REVISION_CONFLICT"]);
    });

    test("money moves between accounts by compare-and-swap without being lost or made", async () => {
      const accounts = ["x", "y", "z"];
      for (const id of accounts) await things.insert(id, { group: "g", rank: 100 });
      const move = async (from: string, to: string): Promise<void> => {
        const [source, target] = await things.getMany([from, to]);
        if (!source || !target) throw new Error("an account is gone");
        const moved = [
          things.writes.replace(from, source.revision, { group: "g", rank: (source.value.rank as number) - 1 }),
          things.writes.replace(to, target.revision, { group: "g", rank: (target.value.rank as number) + 1 }),
        ];
        await store.batch(moved).catch((error: { reason?: unknown }) => {
          if (error.reason !== "REVISION_CONFLICT") throw error;
          return move(from, to);
        });
      };
      const moves = Array.from({ length: 15 }, (_, i) =>
        move(accounts[i % 3] as string, accounts[(i + 1) % 3] as string),
      );
      await Promise.all(moves);
      const after = await things.getMany(accounts);
      expect(after.map((it) => it?.value.rank)).toEqual([100, 100, 100]);
      expect(after.reduce((sum, it) => sum + (it?.revision ?? 0), 0)).toBe(3 + 30);
    });

    test("an empty batch does nothing, and one over the limit is refused", async () => {
      expect(await store.batch([])).toEqual([]);
      const many = Array.from({ length: 1001 }, (_, i) => others.writes.insert(`${i}`, { text: "t" }));
      await expect(store.batch(many)).rejects.toMatchObject({ reason: "INVALID_STORE_CALL" });
      expect(await others.count()).toBe(0);
    });

    test("a write of a collection that was not opened is refused", async () => {
      const write = { ...others.writes.insert("a", { text: "t" }), collection: "laws_unknown" };
      await expect(store.batch([write])).rejects.toMatchObject({ reason: "INVALID_STORE_CALL" });
    });
  });
}
