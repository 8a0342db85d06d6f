import { type Dialect, type Lookup, matches, parseFilter, parseOrderBy, REGISTERED_MODELS } from "@throughline/search";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { PageRequest } from "./change.ts";
import { hintOf } from "./search-hints.ts";
import { firstValue, searchPage } from "./search-page.ts";

interface Thing {
  readonly name: string;
  readonly time: number;
  readonly team?: string;
}

const DIALECT: Dialect = REGISTERED_MODELS;
const lookup =
  (it: Thing): Lookup =>
  ({ entity, key }) => {
    if (entity === "tag") return it.team;
    return key === "name" ? it.name : key === "creation_timestamp" ? it.time : undefined;
  };
const things = fc.uniqueArray(
  fc.record({ name: fc.string({ maxLength: 3, minLength: 1 }), time: fc.nat(3), team: fc.constantFrom("a", "b") }),
  { selector: (it) => it.name, maxLength: 40 },
);
const orders = fc.constantFrom(
  [],
  ["name DESC"],
  ["creation_timestamp"],
  ["creation_timestamp DESC", "name DESC"],
  ["tags.team"],
);
const filters = fc.constantFrom("", "tags.team = 'a'", "creation_timestamp > 1", "name LIKE '%a%' OR tags.team = 'b'");

test("pages together are everything that is found, once and in order, however small they are", async () => {
  await fc.assert(
    fc.asyncProperty(things, orders, filters, fc.integer({ min: 1, max: 9 }), async (all, orderBy, filter, limit) => {
      const expression = parseFilter(filter, DIALECT);
      const keys = parseOrderBy(orderBy, DIALECT);
      // Candidates come by name, a few at a time.
      const ordered = orderBy.length === 0;
      const byName = [...all].sort((a, b) => Buffer.from(a.name).compare(Buffer.from(b.name)));
      const read = async ({ after, limit: most }: PageRequest) => {
        const from = Number(after ?? 0);
        const to = from + Math.min(most, 7);
        return { items: byName.slice(from, to), ...(to < byName.length && { next: String(to) }) };
      };
      const plan = { ...(expression && { expression }), keys, lookup, read, ordered };
      const found: Thing[] = [];
      for (let after: string | undefined, first = true; first || after !== undefined; first = false) {
        const page = await searchPage(plan, { limit, ...(after !== undefined && { after }) });
        expect(page.items.length).toBeLessThanOrEqual(limit);
        found.push(...page.items);
        after = page.next;
      }
      const expected = all.filter((it) => !expression || matches(expression, lookup(it)));
      expect(found.map((it) => it.name).sort()).toEqual(expected.map((it) => it.name).sort());
      const whole = await searchPage(plan, { limit: 1_000 });
      expect(found).toEqual(whole.items);
    }),
  );
});

test("what a store is asked for holds for everything that a filter holds for", () => {
  const hint = (filter: string) =>
    hintOf<{ title: string; tags: Record<string, string> }>(parseFilter(filter, DIALECT), ({ entity, key }) => {
      if (entity === "tag") return { path: ["tags", key] };
      return entity === "attribute" && key === "name" ? { path: "title" } : undefined;
    });
  expect(hint("name = 'a' AND tags.x = 'y'")).toEqual({
    and: [
      { field: "title", eq: "a" },
      { field: ["tags", "x"], eq: "y" },
    ],
  });
  expect(hint("name LIKE 'a_c%' AND creation_timestamp > 1")).toEqual({ and: [{ field: "title", prefix: "a" }] });
  expect(hint("name LIKE '%a%'")).toEqual({ field: "title", containsText: "a" });
  for (const filter of [
    "name != 'a'",
    "NOT (name = 'a')",
    "name ILIKE 'a%'",
    "name = 'a' OR creation_timestamp > 1",
    "name LIKE '%a_%'",
  ])
    expect(hint(filter)).toEqual({ and: [] });
  expect(firstValue(undefined)).toBeUndefined();
  expect(firstValue('["b",{"number":"1"}]')).toBe("b");
});
