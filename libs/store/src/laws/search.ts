import fc from "fast-check";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ID } from "../filter.ts";
import type { Store } from "../port.ts";
import type {
  AttributeFilter,
  AttributeName,
  AttributeOrder,
  AttributeValue,
  SearchIndex,
  SearchQuery,
} from "../search.ts";
import { type Subject, searchAll } from "./search-oracle.ts";
import { OTHERS } from "./things.ts";

/** Checks the laws of search indexes. `open` returns an empty store. */
export function testSearchIndex(name: string, open: () => Promise<Store>): void {
  describe(`search: ${name}`, () => {
    let store: Store;
    let index: SearchIndex;
    const put = (subject: string, attributes: Readonly<Record<string, AttributeValue>>, scope = "s") =>
      store.batch([index.writes.set(subject, { scope, set: new Map(Object.entries(attributes)) })]);
    const found = async (query: Omit<SearchQuery, "limit" | "scopes">, scopes = ["s"]) =>
      (await index.search({ scopes, limit: 100, ...query })).subjects.map(({ id }) => id);

    beforeEach(async () => {
      store = await open();
      index = store.searchIndex("laws_search");
    });

    test("values come first, then NaN, then nothing, in both directions", async () => {
      const values = { a: 2, b: -Infinity, c: "x", d: true, e: Number.NaN, f: Infinity, g: false, h: "X" };
      for (const [id, value] of Object.entries(values)) await put(id, { x: value });
      await put("z", {});
      await put("y", { y: 1 });
      expect(await found({ orderBy: [{ attribute: "x" }] })).toEqual([..."bafhcgdeyz"]);
      expect(await found({ orderBy: [{ attribute: "x", descending: true }] })).toEqual([..."dgchfabeyz"]);
    });

    test("a change keeps what it does not name, moves, takes away, and needs no read", async () => {
      await put("a", { x: 1, y: "1" });
      const change = { scope: "t", set: new Map([["x", 2]]), unset: ["y", "never"] };
      await store.batch([index.writes.set("a", change), index.writes.set("b", { scope: "t" })]);
      expect(await found({})).toEqual([]);
      expect(await found({ where: { attribute: "x", eq: 2 } }, ["s", "t"])).toEqual(["a"]);
      expect(await found({ where: { attribute: "y", exists: false } }, ["t"])).toEqual(["a", "b"]);
      await store.batch([index.writes.remove("a"), index.writes.remove("never")]);
      expect(await found({}, ["s", "t"])).toEqual(["b"]);
      await put("a", { z: 1 }, "t");
      expect(await found({ where: { attribute: "x", exists: true } }, ["t"])).toEqual([]);
    });

    test("a batch that fails leaves nothing behind, and the names of it can be used again", async () => {
      const others = store.collection(OTHERS);
      await others.insert("taken", { text: "" });
      const set = index.writes.set("a", { scope: "new", set: new Map([["new", 1]]) });
      await expect(store.batch([set, others.writes.insert("taken", { text: "" })])).rejects.toMatchObject({
        reason: "ALREADY_EXISTS",
      });
      expect(await found({}, ["new"])).toEqual([]);
      await put("b", { other: 1, new: 2 }, "another");
      await put("c", { new: 3 }, "new");
      expect(await found({ where: { attribute: "new", eq: 2 } }, ["new", "another"])).toEqual(["b"]);
      expect(await found({ where: { attribute: "other", exists: true } }, ["new", "another"])).toEqual(["b"]);
    });

    test("names, values and ids may hold anything, and are compared by their bytes", async () => {
      const names = ["a.b", "$x", "%", "é", "É", "a b", "'", '"', "x\n", "__proto__", "\u{1F600}"];
      for (const [i, key] of names.entries()) await put(`id ' ${i}`, { [key]: `v${i}' OR 1=1 \0 %` });
      for (const [i, key] of names.entries())
        expect(await found({ where: { attribute: key, eq: `v${i}' OR 1=1 \0 %` } })).toEqual([`id ' ${i}`]);
      await put("up", { text: "É" });
      await put("low", { text: "é" });
      expect(await found({ where: { attribute: "text", eq: "é" } })).toEqual(["low"]);
      expect(await found({ where: { attribute: "text", like: "é", ignoreCase: true } })).toEqual(["low", "up"]);
    });

    test("numbers keep every bit", async () => {
      const values = [0.1, 0.1 + 2 ** -56, 1e-308, 5e-324, 2 ** 53 + 2, 1.7976931348623157e308];
      for (const [i, value] of values.entries()) await put(`${i}`, { x: value });
      for (const [i, value] of values.entries())
        expect(await found({ where: { attribute: "x", in: [value, -1, -2] } })).toEqual([`${i}`]);
      expect(await found({ where: { attribute: "x", gt: 0.1 }, orderBy: [{ attribute: "x" }] })).toEqual([
        "1",
        "4",
        "5",
      ]);
    });

    test("patterns that send regular expressions astray are answered at once", async () => {
      await put("a", { text: "a".repeat(8_000) });
      const like = `${"%a".repeat(30)}%b`;
      expect(await found({ where: { attribute: "text", like } })).toEqual([]);
      expect(await found({ where: { attribute: "text", like: "(a+)+$" } })).toEqual([]);
      expect(await found({ where: { attribute: "text", like: `${"%a".repeat(30)}%` } })).toEqual(["a"]);
    });

    test("a filter of a thousand conditions is answered, however they are joined", async () => {
      for (let i = 0; i < 20; i++) await put(`s${String(i).padStart(2, "0")}`, { x: i, t: `t${i}` });
      const many = Array.from({ length: 500 }, (_, i) => [
        { attribute: "x", eq: i * 3 },
        { attribute: "t", like: `t${i * 5}%` },
      ]).flat();
      const expected = ["s00", "s03", "s05", "s06", "s09", "s10", "s12", "s15", "s18"];
      expect(await found({ where: { or: many } })).toEqual(expected);
      expect(await found({ where: { and: [{ attribute: "x", gt: 4 }, { or: many }] } })).toEqual(expected.slice(2));
      expect(await found({ where: { not: { or: many } }, orderBy: [{ attribute: "x" }] })).toHaveLength(11);
      expect(await found({ where: { and: many.map((it) => ({ not: it })) } })).toHaveLength(11);
    });

    test("a query must be whole", async () => {
      const refused = { reason: "INVALID_STORE_CALL" };
      await expect(found({ where: { attribute: "", eq: 1 } })).rejects.toMatchObject(refused);
      await expect(found({ where: { attribute: "x" } as never })).rejects.toMatchObject(refused);
      await expect(found({ where: { attribute: "x", eq: null as never } })).rejects.toMatchObject(refused);
      await expect(found({ where: { attribute: "x", like: "a".repeat(1_001) } })).rejects.toMatchObject(refused);
      await expect(found({ after: "nonsense" })).rejects.toMatchObject(refused);
      await expect(index.search({ scopes: ["s"], limit: 0 })).rejects.toMatchObject(refused);
      await expect(put("a", { x: null as never })).rejects.toMatchObject({ reason: "INVALID_VALUE" });
      await expect(put("a", { x: "\ud800" })).rejects.toMatchObject({ reason: "INVALID_VALUE" });
    });
  });

  describe(`search against the oracle: ${name}`, () => {
    let index: SearchIndex;
    let subjects: readonly Subject[];
    beforeAll(async () => {
      const store = await open();
      index = store.searchIndex("laws_search");
      subjects = fc.sample(ATTRIBUTES, { numRuns: 80, seed: 11 }).map((attributes, i) => ({
        id: `${"aAbB"[i % 4]}${i}`,
        scope: `scope ${i % 3}`,
        attributes: new Map(Object.entries(attributes)) as Subject["attributes"],
      }));
      // Written twice, in other words first, so that changes are part of what is searched.
      await store.batch(subjects.map(({ id }) => index.writes.set(id, { scope: "x", set: new Map([["n", 5]]) })));
      await store.batch(
        subjects.map(({ id, scope, attributes }) =>
          index.writes.set(id, { scope, set: attributes, unset: attributes.has("n") ? [] : ["n"] }),
        ),
      );
    });

    test("search, its pages and count agree with the plain meaning", async () => {
      await fc.assert(
        fc.asyncProperty(
          SCOPES,
          FILTER,
          ORDER,
          fc.integer({ min: 1, max: 20 }),
          async (scopes, where, orderBy, limit) => {
            const looked = subjects.filter((it) => scopes.includes(it.scope));
            const expected = searchAll(looked, where, orderBy);
            expect(await pages(index, { scopes, where, orderBy, limit })).toEqual(expected);
            expect(await index.count({ scopes, where })).toBe(expected.length);
          },
        ),
        { numRuns: 200 },
      );
    });
  });
}

async function pages(index: SearchIndex, query: SearchQuery): Promise<readonly string[]> {
  const { subjects, next } = await index.search(query);
  const ids = subjects.map(({ id }) => id);
  if (next === undefined) return ids;
  expect(ids.length).toBe(query.limit);
  return [...ids, ...(await pages(index, { ...query, after: next }))];
}

const VALUE: fc.Arbitrary<AttributeValue> = fc.oneof(
  fc.constantFrom(0, 1, 2, -1.5, Infinity, -Infinity, Number.NaN),
  fc.constantFrom("", "a", "A", "ab", "a]b", "^-\\", "é", "É", "\u{10ffff}", "1", "a%b"),
  fc.boolean(),
);
const ATTRIBUTES = fc.record(
  { n: fc.constantFrom(0, 1, 2, Number.NaN), t: VALUE, "a.b": VALUE, $c: VALUE },
  { requiredKeys: [] },
);
const NAME = fc.constantFrom<AttributeName>("n", "t", "a.b", "$c", "never", ID);
const SCOPES = fc.subarray(["scope 0", "scope 1", "scope 2", "unknown"]);

const CONDITION: fc.Arbitrary<AttributeFilter> = fc
  .tuple(
    NAME,
    fc.oneof(
      fc
        .tuple(fc.constantFrom("eq", "ne", "lt", "lte", "gt", "gte"), fc.oneof(VALUE, fc.constant("a4")))
        .map(([operator, value]) => ({ [operator]: value })),
      fc.array(fc.oneof(VALUE, fc.constantFrom("a4", "B7", "A1")), { maxLength: 5 }).map((values) => ({ in: values })),
      fc.boolean().map((exists) => ({ exists })),
      fc.constantFrom("", "a", "A", "\u{10ffff}", "é").map((prefix) => ({ prefix })),
      fc
        .tuple(
          fc.constantFrom(
            "%",
            "",
            "a%",
            "%]%",
            "^-\\",
            "%b",
            "_",
            "%a%b%",
            "É",
            "_%_",
            "a_",
            "%%",
            "a\\%b",
            ".*",
            "A1%",
          ),
          fc.boolean(),
        )
        .map(([like, ignoreCase]) => ({ like, ignoreCase })),
    ),
  )
  .map(([attribute, comparison]) => ({ attribute, ...comparison }) as AttributeFilter);

const { filter: FILTER } = fc.letrec<{ filter: AttributeFilter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    CONDITION,
    fc.array(tie("filter"), { maxLength: 3 }).map((and) => ({ and })),
    fc.array(tie("filter"), { maxLength: 3 }).map((or) => ({ or })),
    tie("filter").map((not) => ({ not })),
  ),
}));

const ORDER: fc.Arbitrary<readonly AttributeOrder[]> = fc.array(
  fc.record({ attribute: NAME, descending: fc.boolean() }),
  {
    maxLength: 3,
  },
);
