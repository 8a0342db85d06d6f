import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json } from "./canonical-json.ts";
import { pageSize, pageTokens } from "./paging.ts";

const tokens = pageTokens(Buffer.from("a secret of the deployment"));
const query = { filter: "state = LIVE", order: ["create_time", "name"] };
const refusal = expect.objectContaining({
  kind: "invalid",
  reason: "BAD_PAGE_TOKEN",
  metadata: { field: "page_token" },
});

describe("page tokens", () => {
  test("bring the position back for the same query, and stand for the first page when empty", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (asked, position) => {
        const token = tokens.encode(asked as Json, position as Json);
        expect(JSON.stringify(tokens.decode(asked as Json, token))).toBe(JSON.stringify(sorted(position)));
      }),
    );
    expect(tokens.decode(query, "")).toBeUndefined();
  });

  test("are the same on every replica with the secret, whatever the order of keys in the query", () => {
    const replica = pageTokens(Buffer.from("a secret of the deployment"));
    const token = tokens.encode(query, ["m", 3]);
    expect(replica.decode({ order: query.order, filter: query.filter }, token)).toEqual(["m", 3]);
  });

  test("are refused for another query or under another secret", () => {
    const token = tokens.encode(query, ["m", 3]);
    expect(() => tokens.decode({ ...query, filter: "" }, token)).toThrow(refusal);
    expect(() => tokens.decode([query, ""], token)).toThrow(refusal);
    expect(() => pageTokens(Buffer.from("another")).decode(query, token)).toThrow(refusal);
  });

  test("are refused when any character is changed, left out or added", () => {
    const token = tokens.encode(query, ["m", 3]);
    const alphabet = [..."ABab01-_.=/+ \n\u00e9"];
    const place = fc.nat(token.length - 1);
    fc.assert(
      fc.property(place, fc.constantFrom(...alphabet), fc.constantFrom(0, 1), (at, letter, cut) => {
        const forged = token.slice(0, at) + letter + token.slice(at + cut);
        fc.pre(forged !== token);
        expect(() => tokens.decode(query, forged)).toThrow(refusal);
      }),
    );
  });

  test.each([
    ["no mark between the parts", "abc"],
    ["a mark alone", "."],
    ["a third part", `${tokens.encode(query, 1)}.x`],
    ["padding, which decodes to the same bytes", `${tokens.encode(query, 1)}=`],
    ["a position without its seal", `${Buffer.from("[1]").toString("base64url")}.`],
    ["a cut seal", tokens.encode(query, 1).slice(0, -4)],
    ["a lone surrogate", "\ud83d.\ud83d"],
    ["a very long text", "A".repeat(1_000_000)],
  ])("are refused with %s", (_, token) => {
    expect(() => tokens.decode(query, token)).toThrow(refusal);
  });
});

describe("the page size", () => {
  test("is what the caller wants within the limit, and the usual one otherwise", () => {
    expect([0, 1, 1_000, 1_001, 2 ** 31 - 1].map((it) => pageSize(it))).toEqual([100, 1, 1_000, 1_000, 1_000]);
    expect([0, 20].map((it) => pageSize(it, 5, 10))).toEqual([5, 10]);
  });

  test("is refused below zero", () => {
    expect(() => pageSize(-1)).toThrow(expect.objectContaining({ metadata: { field: "page_size" } }));
  });
});

/** JSON with sorted keys, which is how a position comes back. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}
