import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { STORE_LIMITS } from "../limits.ts";
import type { Collection, Store } from "../port.ts";
import { type KnownFaults, NO_FAULTS, OTHERS, reasonsOf, THINGS, type Thing } from "./things.ts";

/** Checks the laws of single documents. `open` returns an empty store. */
export function testDocuments(name: string, open: () => Promise<Store>, faults: KnownFaults = NO_FAULTS): void {
  describe(`documents: ${name}`, () => {
    let store: Store;
    let things: Collection<Thing>;
    beforeEach(async () => {
      store = await open();
      things = store.collection(THINGS);
    });

    test("a document is read as it was written, at revision 1", async () => {
      const written = await things.insert("a", { group: "g", rank: 1 });
      expect(written).toEqual({ id: "a", revision: 1, value: { group: "g", rank: 1 } });
      expect(await things.get("a")).toEqual(written);
      expect(await things.get("b")).toBeUndefined();
    });

    test("an id is taken once, and the error names it", async () => {
      await things.insert("a", { group: "g" });
      await expect(things.insert("a", { group: "h" })).rejects.toMatchObject({
        kind: "exists",
        reason: "ALREADY_EXISTS",
        metadata: { collection: "laws_things", id: "a", index: "id" },
      });
      expect((await things.get("a"))?.value.group).toBe("g");
    });

    test("a unique index refuses a second document by any kind of write, and the error names the index", async () => {
      const taken = { reason: "ALREADY_EXISTS", metadata: { index: "by_name" } };
      await things.insert("a", { group: "g", name: "n" });
      await things.insert("b", { group: "g", name: "other" });
      await expect(things.insert("c", { group: "g", name: "n" })).rejects.toMatchObject(taken);
      await expect(things.replace("b", 1, { group: "g", name: "n" })).rejects.toMatchObject(taken);
      await expect(things.put("b", { group: "g", name: "n" })).rejects.toMatchObject(taken);
      await expect(things.put("c", { group: "g", name: "n" })).rejects.toMatchObject(taken);
      expect(await things.insert("d", { group: "h", name: "n" })).toMatchObject({ revision: 1 });
      expect((await things.get("b"))?.revision).toBe(1);
    });

    test("documents without the field do not meet in a unique index, and case makes names different", async () => {
      await things.insert("a", { group: "g" });
      await things.insert("b", { group: "g" });
      await things.insert("c", { group: "g", name: "n" });
      await things.insert("d", { group: "g", name: "N" });
      expect(await things.count()).toBe(4);
    });

    test("a unique value is free again when its document is removed", async () => {
      await things.insert("a", { group: "g", name: "n" });
      await things.remove("a", 1);
      expect(await things.insert("b", { group: "g", name: "n" })).toMatchObject({ id: "b" });
    });

    test.skipIf(faults.updatesKeepInsertedUniqueValues)(
      "a unique value is free again when its document is renamed",
      async () => {
        await things.insert("a", { group: "g", name: "n" });
        await things.replace("a", 1, { group: "g", name: "m" });
        expect(await things.insert("b", { group: "g", name: "n" })).toMatchObject({ id: "b" });
      },
    );

    test("each change is one revision, and an old revision changes nothing", async () => {
      await things.insert("a", { group: "1" });
      expect(await things.replace("a", 1, { group: "2" })).toMatchObject({ revision: 2 });
      expect(await things.put("a", { group: "3" })).toMatchObject({ revision: 3 });
      const conflict = { reason: "REVISION_CONFLICT", metadata: { expected: "1", actual: "3" } };
      await expect(things.replace("a", 1, { group: "4" })).rejects.toMatchObject(conflict);
      await expect(things.remove("a", 1)).rejects.toMatchObject(conflict);
      expect(await things.get("a")).toEqual({ id: "a", revision: 3, value: { group: "3" } });
    });

    test("changing or removing what is not there fails with NOT_FOUND; put inserts it", async () => {
      await expect(things.replace("a", 1, { group: "g" })).rejects.toMatchObject({ reason: "NOT_FOUND" });
      await expect(things.remove("a", 1)).rejects.toMatchObject({ reason: "NOT_FOUND" });
      expect(await things.put("a", { group: "g" })).toMatchObject({ revision: 1 });
      await things.remove("a", 1);
      expect(await things.get("a")).toBeUndefined();
    });

    test("of ten writers of one revision one wins, and of ten inserters of one id", async () => {
      const inserters = Array.from({ length: 10 }, (_, i) => things.insert("a", { group: `${i}` }));
      expect(reasonsOf(await Promise.allSettled(inserters))).toEqual(Array(9).fill("ALREADY_EXISTS"));
      const writers = Array.from({ length: 10 }, (_, i) => things.replace("a", 1, { group: `${i}` }));
      expect(reasonsOf(await Promise.allSettled(writers))).toEqual(Array(9).fill("REVISION_CONFLICT"));
      expect((await things.get("a"))?.revision).toBe(2);
    });

    test("of fifty puts of one id each is one revision", async () => {
      const puts = await Promise.all(Array.from({ length: 50 }, (_, i) => things.put("a", { group: `${i}` })));
      expect(puts.map((it) => it.revision).sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    });

    test("ids are compared byte for byte, and may hold any text", async () => {
      const ids = [
        "a",
        "A",
        "ä",
        "a\u0308",
        "a.b",
        "$a",
        "a/b",
        "%41",
        "'; DROP TABLE x; --",
        "\u{1F600}",
        " ",
        "__proto__",
      ];
      for (const id of ids) await things.insert(id, { group: id });
      const found = await things.getMany([...ids, "absent", "a"]);
      expect(found.map((it) => it?.value.group)).toEqual([...ids, undefined, "a"]);
      for (const id of ids) expect((await things.get(id))?.value.group).toBe(id);
    });

    test("collections do not see each other's documents", async () => {
      const others = store.collection(OTHERS);
      await things.insert("a", { group: "g" });
      expect(await others.get("a")).toBeUndefined();
      expect(await others.count()).toBe(0);
    });

    test("every value of the domain comes back as it was", async () => {
      await fc.assert(
        fc.asyncProperty(VALUE, async (extra) => {
          await things.put("v", { group: "g", extra });
          expect((await things.get("v"))?.value.extra).toEqual(extra);
        }),
        { numRuns: 100 },
      );
    });

    test("negative zero comes back as zero, and an undefined property as absent", async () => {
      await things.insert("a", { group: "g", extra: { zero: -0, list: [-0], gone: undefined } });
      const extra = (await things.get("a"))?.value.extra;
      expect(extra).toStrictEqual({ zero: 0, list: [0] });
    });

    test.each<[string, unknown]>([
      ["a date", new Date(0)],
      ["bytes", new Uint8Array(1)],
      ["a map", new Map()],
      ["a function", () => 1],
      ["undefined in a list", [undefined]],
      ["an integer over 64 bits", 2n ** 63n],
      ["a lone surrogate", "\ud800"],
      ["a key with NUL", { "\0": 1 }],
      ["too deep a nest", Array.from({ length: 60 }).reduce((inner) => [inner], 1)],
    ])("%s is refused with INVALID_VALUE", async (_, extra) => {
      await expect(things.insert("a", { group: "g", extra })).rejects.toMatchObject({ reason: "INVALID_VALUE" });
      expect(await things.get("a")).toBeUndefined();
    });

    test("a document over the limit is refused with VALUE_TOO_LARGE, one just below is stored", async () => {
      const text = "x".repeat(STORE_LIMITS.valueBytesMax - 100);
      await things.insert("a", { group: "g", extra: text });
      await expect(things.insert("b", { group: "g", extra: `${text}${"y".repeat(200)}` })).rejects.toMatchObject({
        reason: "VALUE_TOO_LARGE",
      });
      expect((await things.get("a"))?.value.extra).toBe(text);
    });

    test.each(["", "a\0b", "\ud800", "x".repeat(STORE_LIMITS.idBytesMax + 1)])("the id %j is refused", async (id) => {
      await expect(things.insert(id, { group: "g" })).rejects.toMatchObject({ reason: "INVALID_VALUE" });
    });

    test("a collection opened twice is one, and refuses another definition", async () => {
      await things.insert("a", { group: "g" });
      expect((await store.collection(THINGS).get("a"))?.revision).toBe(1);
      expect(() => store.collection({ ...THINGS, indexes: [] })).toThrow("another definition");
    });

    test("closing waits for the writes under way", async () => {
      await store.ping();
      const writes = Array.from({ length: 20 }, (_, i) => things.insert(`${i}`, { group: "g" }));
      const closed = store.close();
      await expect(things.insert("late", { group: "g" })).rejects.toMatchObject({ reason: "STORE_CLOSED" });
      expect(reasonsOf(await Promise.allSettled(writes))).toEqual([]);
      await closed;
    });

    test("a closed store refuses every call with STORE_CLOSED", async () => {
      await store.ping();
      await store.close();
      const calls = [things.get("a"), things.insert("a", { group: "g" }), store.ping(), things.find({ limit: 1 })];
      expect(reasonsOf(await Promise.allSettled(calls))).toEqual(Array(4).fill("STORE_CLOSED"));
    });
  });
}

/** Keys that tempt an adapter: paths, operators, escapes, prototypes. */
const KEY = fc.oneof(
  fc.constantFrom(
    "a.b",
    "$set",
    "%",
    "%2E",
    "%[]",
    "",
    "__proto__",
    "constructor",
    "0",
    'q"',
    "back\\slash",
    "é",
    "v",
    "_id",
  ),
  fc.string({ maxLength: 5 }).filter((key) => !key.includes("\0")),
);

const { value: VALUE } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(
      null,
      true,
      false,
      Number.NaN,
      Infinity,
      -Infinity,
      0,
      1e300,
      2 ** 53,
      2 ** 31,
      "",
      "\0",
      "\u{10ffff}",
    ),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.double().map((it) => it + 0),
    fc.integer(),
    fc.string({ unit: "grapheme" }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.array(fc.tuple(KEY, tie("value")), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
  ),
}));
