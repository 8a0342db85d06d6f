import fc from "fast-check";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type FieldPath, type Filter, ID, type Order, type Scalar } from "../filter.ts";
import type { Collection, Document, Query, Store } from "../port.ts";
import { findAll } from "./oracle.ts";
import { THINGS, type Thing } from "./things.ts";

/** Checks the laws of finding and counting. `open` returns an empty store. */
export function testQueries(name: string, open: () => Promise<Store>): void {
  describe(`queries: ${name}`, () => {
    let things: Collection<Thing>;
    const ids = async (query: Omit<Query<Thing>, "limit">) =>
      (await things.find({ limit: 1000, ...query })).documents.map((it) => it.id);

    beforeEach(async () => {
      things = (await open()).collection(THINGS);
    });

    test("without an order documents come by the bytes of their ids", async () => {
      for (const id of ["b", "a", "B", "\u{1F600}", "\uffee", "é", "Z", "a\u0000b".replace("\0", "!")])
        await things.insert(id, { group: "g" });
      expect(await ids({})).toEqual(["B", "Z", "a", "a!b", "b", "é", "\uffee", "\u{1F600}"]);
    });

    test("unset fields come first, then numbers, then texts by their bytes; and backwards when descending", async () => {
      const ranks: Record<string, unknown> = {
        a: "a",
        b: "B",
        c: 10,
        d: 9n,
        e: null,
        f: Number.NaN,
        g: -Infinity,
        h: "é",
      };
      for (const [id, rank] of Object.entries(ranks)) await things.insert(id, { group: "g", rank });
      await things.insert("i", { group: "g" });
      const ascending = ["e", "f", "i", "g", "d", "c", "b", "a", "h"];
      expect(await ids({ orderBy: [{ field: "rank" }] })).toEqual(ascending);
      expect(await ids({ orderBy: [{ field: "rank", descending: true }] })).toEqual(ascending.toReversed());
    });

    test("int64 values beyond 2^53 are compared exactly", async () => {
      const base = 2n ** 60n;
      for (const i of [0n, 1n, 2n]) await things.insert(`${i}`, { group: "g", rank: base + i });
      expect(await ids({ where: { field: "rank", gt: base + 1n } })).toEqual(["2"]);
      expect(await ids({ where: { field: "rank", in: [base + 1n] } })).toEqual(["1"]);
      const first = await things.find({ orderBy: [{ field: "rank" }], limit: 1 });
      expect(await ids({ orderBy: [{ field: "rank" }], after: first.next as string })).toEqual(["1", "2"]);
    });

    test("values that look like queries are only values", async () => {
      await things.insert("a", { group: "g", name: "x' OR '1'='1", extra: { $ne: null } });
      await things.insert("b", { group: "g", name: "%", extra: { "a.b": 1 } });
      expect(await ids({ where: { field: "name", eq: "x' OR '1'='1" } })).toEqual(["a"]);
      expect(await ids({ where: { field: "name", containsText: "%" } })).toEqual(["b"]);
      expect(await ids({ where: { field: "name", containsText: ".*" } })).toEqual([]);
      expect(await ids({ where: { field: "name", prefix: "_" } })).toEqual([]);
      expect(await ids({ where: { field: ["extra", "$ne"] as never, exists: true } })).toEqual([]);
      expect(await ids({ where: { field: ["extra", "a.b"] as never, eq: 1 } })).toEqual(["b"]);
    });

    test("an array contains its elements, by type, and nothing else", async () => {
      await things.insert("a", { group: "g", extra: ["", 1, true, null, ["x"]] });
      await things.insert("b", { group: "g", extra: "1" });
      const containing = (value: Scalar) => ids({ where: { field: "extra", contains: value } });
      for (const element of ["", 1, 1n, true]) expect(await containing(element)).toEqual(["a"]);
      for (const other of ["1", 0, "x", false, '["x"]']) expect(await containing(other)).toEqual([]);
    });

    test("a filter must be whole: NaN, null and too many conditions are refused", async () => {
      const refused = { reason: "INVALID_STORE_CALL" };
      await expect(ids({ where: { field: "rank", eq: Number.NaN } })).rejects.toMatchObject(refused);
      await expect(ids({ where: { field: "rank", eq: null as never } })).rejects.toMatchObject(refused);
      await expect(ids({ where: { field: "rank" } as never })).rejects.toMatchObject(refused);
      const many: Filter<Thing> = { or: Array.from({ length: 300 }, (_, i) => ({ field: "rank", eq: i }) as const) };
      await expect(ids({ where: many })).rejects.toMatchObject(refused);
      await expect(things.find({ limit: 1001 })).rejects.toMatchObject(refused);
      await expect(things.find({ limit: 1, after: "nonsense" })).rejects.toMatchObject(refused);
    });
  });

  describe(`queries against the oracle: ${name}`, () => {
    let things: Collection<Thing>;
    let documents: readonly Document<Thing>[];
    beforeAll(async () => {
      const store = await open();
      things = store.collection(THINGS);
      const values = fc.sample(THING, { numRuns: 60, seed: 7 });
      await store.batch(values.map((value, i) => things.writes.insert(`${"aAbB"[i % 4]}${i}`, value)));
      documents = (await things.find({ limit: 1000 })).documents;
    });

    test("find, its pages and count agree with the plain meaning", async () => {
      await fc.assert(
        fc.asyncProperty(FILTER, ORDER, fc.integer({ min: 1, max: 20 }), async (where, orderBy, limit) => {
          const expected = findAll(documents, where, orderBy);
          expect(await pages(things, { where, orderBy, limit })).toEqual(expected);
          expect(await things.count(where)).toBe(expected.length);
        }),
        { numRuns: 150 },
      );
    });
  });
}

async function pages(things: Collection<Thing>, query: Query<Thing>): Promise<readonly string[]> {
  const found = await things.find(query);
  const ids = found.documents.map((it) => it.id);
  if (found.next === undefined) return ids;
  expect(ids.length).toBe(query.limit);
  return [...ids, ...(await pages(things, { ...query, after: found.next }))];
}

const SCALAR: fc.Arbitrary<Scalar> = fc.oneof(
  fc.constantFrom(0, 1, 2, -1.5, Infinity, -Infinity),
  fc.constantFrom(0n, 1n, 2n ** 60n),
  fc.constantFrom("", "a", "A", "ab", "é", "\u{10ffff}", "1"),
  fc.boolean(),
);
/** Fields to order by hold no booleans, which have no promised place among other types. */
const RANK = fc.oneof(
  SCALAR.filter((it) => typeof it !== "boolean"),
  fc.constantFrom(null, Number.NaN),
);

const THING: fc.Arbitrary<Thing> = fc.record(
  {
    group: fc.constantFrom("g", "h", "G"),
    rank: RANK,
    extra: fc.oneof(
      SCALAR,
      fc.array(fc.oneof(SCALAR, fc.constantFrom(null, ["a"])), { maxLength: 3 }),
      fc.record({ "a.b": RANK, $c: fc.record({ d: SCALAR }, { requiredKeys: [] }) }, { requiredKeys: [] }),
    ),
  },
  { requiredKeys: ["group"] },
);

const PATHS = ["group", "rank", "extra", ["extra", "a.b"], ["extra", "$c", "d"], ["rank", "x"], ID];
const FIELD = fc.constantFrom(...PATHS) as fc.Arbitrary<FieldPath<Thing>>;

const CONDITION: fc.Arbitrary<Filter<Thing>> = fc
  .tuple(
    FIELD,
    fc.oneof(
      fc
        .tuple(fc.constantFrom("eq", "ne", "lt", "lte", "gt", "gte", "contains"), SCALAR)
        .map(([operator, value]) => ({ [operator]: value })),
      fc.array(SCALAR, { maxLength: 4 }).map((values) => ({ in: values })),
      fc.boolean().map((exists) => ({ exists })),
      fc.constantFrom("", "a", "A", "\u{10ffff}", "é").map((prefix) => ({ prefix })),
      fc.constantFrom("", "b", "1", ".").map((containsText) => ({ containsText })),
    ),
  )
  .map(([field, comparison]) => ({ field, ...comparison }) as Filter<Thing>);

const { filter: FILTER } = fc.letrec<{ filter: Filter<Thing> }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    CONDITION,
    fc.array(tie("filter"), { maxLength: 3 }).map((and) => ({ and })),
    fc.array(tie("filter"), { maxLength: 3 }).map((or) => ({ or })),
    tie("filter").map((not) => ({ not })),
  ),
}));

const ORDER: fc.Arbitrary<readonly Order<Thing>[]> = fc.array(
  fc.record({
    field: fc.constantFrom("group", "rank", ["extra", "a.b"], ID) as fc.Arbitrary<FieldPath<Thing>>,
    descending: fc.boolean(),
  }),
  { maxLength: 3 },
);
