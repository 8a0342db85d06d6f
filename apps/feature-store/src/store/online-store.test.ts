import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { OnlineStore, SeriesChange } from "../domain/online-store.ts";
import { openLmdbOnlineStore } from "./lmdb-online-store.ts";

const text = (value: string): Uint8Array => Buffer.from(value, "utf8");
const put = (
  series: string,
  entries: Readonly<Record<string, string | undefined>>,
  fromNs = -(2n ** 63n),
): SeriesChange => ({
  series: text(series),
  fromNs,
  edit: () =>
    Object.entries(entries).map(([timeNs, value]) => ({
      timeNs: BigInt(timeNs),
      value: value === undefined ? undefined : text(value),
    })),
});
const apply = (store: OnlineStore, ...changes: SeriesChange[]) =>
  store.apply({ changes, state: { name: "note", advance: (before) => String(Number(before ?? 0) + 1) } });
const at = async (store: OnlineStore, series: string, timeNs: bigint): Promise<string | undefined> => {
  const [entry] = await store.seek([{ series: text(series), timeNs }]);
  return entry && Buffer.from(entry.value).toString("utf8");
};

/** Checks the laws of OnlineStore. `open` opens the same store again after it was closed. */
function testOnlineStore(adapter: string, open: (dir: string) => Promise<OnlineStore>): void {
  describe(`OnlineStore laws: ${adapter}`, () => {
    let dir: string;
    let store: OnlineStore;
    beforeEach(async () => {
      dir = await mkdtemp(join(tmpdir(), "online-"));
      store = await open(dir);
    });
    afterEach(async () => {
      await store.close();
      await rm(dir, { recursive: true, force: true });
    });

    test("a read finds the last entry that is not after its time, also before 1970", async () => {
      await apply(store, put("a", { "-5": "old", "0": "epoch", "9": "new" }));
      const times = [-6n, -5n, -1n, 0n, 8n, 9n, 2n ** 63n - 1n];
      expect(await Promise.all(times.map((it) => at(store, "a", it)))).toEqual([
        undefined,
        "old",
        "old",
        "epoch",
        "epoch",
        "new",
        "new",
      ]);
    });

    test("series are told apart byte for byte, also where one begins with another, however long they are", async () => {
      const long = "x".repeat(3_000);
      const names = [
        "",
        "a",
        "aa",
        "a\u0000",
        "A",
        "\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000",
        long,
        `${long}y`,
      ];
      await apply(store, ...names.map((it) => put(it, { "5": `of ${it}` })));
      for (const it of names) expect(await at(store, it, 7n)).toBe(`of ${it}`);
      for (const it of names) expect(await at(store, it, 4n)).toBeUndefined();
      expect(await at(store, "b", 7n)).toBeUndefined();
    });

    test("an edit is given the entry before its time and all entries from it on", async () => {
      await apply(store, put("a", { "1": "one", "3": "three", "5": "five" }));
      let seen: unknown;
      const look: SeriesChange = {
        series: text("a"),
        fromNs: 3n,
        edit: ({ before, entries }) => {
          seen = [before, ...entries].map((it) => it && [it.timeNs, Buffer.from(it.value).toString("utf8")]);
          return [];
        },
      };
      await apply(store, look);
      expect(seen).toEqual([
        [1n, "one"],
        [3n, "three"],
        [5n, "five"],
      ]);
      await apply(store, { ...look, fromNs: 6n });
      expect(seen).toEqual([[5n, "five"]]);
      await apply(store, { ...look, fromNs: -(2n ** 63n) });
      expect(seen).toEqual([undefined, [1n, "one"], [3n, "three"], [5n, "five"]]);
    });

    test("a refused change leaves nothing, and a thrown one neither", async () => {
      await apply(store, put("a", { "1": "one" }));
      const refused = await store.apply({
        changes: [put("a", { "2": "two" })],
        state: { name: "note", advance: () => undefined },
      });
      expect(refused).toBeUndefined();
      const broken: SeriesChange = {
        series: text("b"),
        fromNs: 0n,
        edit: () => {
          throw new Error("broken");
        },
      };
      await expect(apply(store, put("a", { "3": "three" }), broken)).rejects.toThrow("broken");
      expect(await at(store, "a", 9n)).toBe("one");
      expect(await store.state("note")).toBe("1");
    });

    test("what was applied is there after the store was opened again", async () => {
      await apply(store, put("a", { "1": "one" }));
      await apply(store, put("a", { "2": "two", "1": undefined }));
      await store.close();
      store = await open(dir);
      expect([await at(store, "a", 1n), await at(store, "a", 2n), await store.state("note")]).toEqual([
        undefined,
        "two",
        "2",
      ]);
    });

    test("changes at the same time are applied one after the other", async () => {
      await Promise.all(Array.from({ length: 50 }, (_, i) => apply(store, put(`s${i}`, { "1": "x" }))));
      expect(await store.state("note")).toBe("50");
    });

    test("reads agree with a plain map after any puts and removals", async () => {
      const edit = fc.record({
        series: fc.constantFrom("a", "ab", "b"),
        timeNs: fc.bigInt({ min: -6n, max: 6n }),
        value: fc.option(fc.string({ maxLength: 3 }), { nil: undefined }),
      });
      let run = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(edit, { maxLength: 30 }), async (edits) => {
          const prefix = `${run++}/`;
          const model = new Map<string, Map<bigint, string>>();
          for (const { series, timeNs, value } of edits) {
            await apply(store, put(prefix + series, { [String(timeNs)]: value }, timeNs));
            const of = model.get(series) ?? new Map<bigint, string>();
            if (value === undefined) of.delete(timeNs);
            else of.set(timeNs, value);
            model.set(series, of);
          }
          for (const [series, of] of model) {
            for (let time = -7n; time < 8n; time++) {
              const last = [...of.keys()].filter((it) => it <= time).sort((a, b) => Number(b - a))[0];
              expect(await at(store, prefix + series, time)).toBe(last === undefined ? undefined : of.get(last));
            }
          }
        }),
        { numRuns: 30 },
      );
    });
  });
}

testOnlineStore("LMDB", openLmdbOnlineStore);
