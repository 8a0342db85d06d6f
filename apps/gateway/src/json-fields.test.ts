import { isDomainError } from "@throughline/kernel";
import { describe, expect, test } from "vitest";
import {
  count,
  type Fields,
  fieldsOf,
  fieldsOfQuery,
  flag,
  milliseconds,
  objects,
  requiredReal,
  requiredText,
  text,
  texts,
  whole,
} from "./json-fields.ts";

const body = (values: unknown): Fields => fieldsOf(values, "");
const query = (text: string): Fields => fieldsOfQuery(new URLSearchParams(text));

/** The path of the field that an error is about. */
function fieldAtFault(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    return isDomainError(error) ? error.violations[0]?.path : `not ours: ${String(error)}`;
  }
  return undefined;
}

const READERS: Readonly<Record<string, (fields: Fields) => unknown>> = {
  text: (it) => text(it, "a"),
  requiredText: (it) => requiredText(it, "a"),
  whole: (it) => whole(it, "a"),
  milliseconds: (it) => milliseconds(it, "a"),
  anyMilliseconds: (it) => milliseconds(it, "a", -10),
  real: (it) => requiredReal(it, "a"),
  flag: (it) => flag(it, "a"),
  count: (it) => count(it, "a", { most: 10, fallback: 5 }),
  texts: (it) => texts(it, "a"),
  objects: (it) => objects(it, "a").map(({ path }) => path),
};

describe("fields that are right", () => {
  test.each([
    ["text", "x", "x"],
    ["text", undefined, ""],
    ["text", null, ""],
    ["whole", 5, 5n],
    ["whole", "5", 5n],
    ["whole", "-9223372036854775808", -(2n ** 63n)],
    ["whole", 2n ** 63n - 1n, 2n ** 63n - 1n],
    ["whole", undefined, undefined],
    ["milliseconds", 0, 0],
    ["milliseconds", "1795266792352", 1795266792352],
    ["real", 1.5, 1.5],
    ["real", "1.5e3", 1500],
    ["real", "-Infinity", Number.NEGATIVE_INFINITY],
    ["real", "NaN", Number.NaN],
    ["real", "nan", Number.NaN],
    ["real", "inf", Number.POSITIVE_INFINITY],
    ["real", "+Inf", Number.POSITIVE_INFINITY],
    ["real", "-infinity", Number.NEGATIVE_INFINITY],
    ["anyMilliseconds", -5, -5],
    ["real", 2n ** 63n, 2 ** 63],
    ["flag", undefined, false],
    ["flag", true, true],
    ["flag", "true", true],
    ["count", undefined, 5],
    ["count", "10", 10],
    ["texts", undefined, []],
    ["texts", ["x", "y"], ["x", "y"]],
    ["objects", [{}, {}], ["a[0]", "a[1]"]],
  ])("%s of %o is %o", (reader, value, expected) => {
    expect(READERS[reader]?.(body({ a: value }))).toEqual(expected);
  });

  test("in a query, one text is a list, and several are one too", () => {
    expect(texts(query("a=x"), "a")).toEqual(["x"]);
    expect(texts(query("a=x&a=y"), "a")).toEqual(["x", "y"]);
    expect(whole(query("a=7"), "a")).toBe(7n);
  });

  test("what objects have by themselves is no field", () => {
    expect(text(body({}), "constructor")).toBe("");
    expect(text(query(""), "toString")).toBe("");
    expect(text(body(JSON.parse('{"__proto__": {"a": "x"}}')), "a")).toBe("");
  });
});

describe("fields that are wrong name the field", () => {
  test.each([
    ["text", 5],
    ["text", ["x"]],
    ["requiredText", ""],
    ["requiredText", undefined],
    ["whole", 1.5],
    ["whole", "1.5"],
    ["whole", "0x10"],
    ["whole", ""],
    ["whole", true],
    ["whole", 2n ** 63n],
    ["whole", "9223372036854775808"],
    ["milliseconds", -1],
    ["milliseconds", 1.5],
    ["milliseconds", 253_402_300_800_000],
    ["milliseconds", "soon"],
    ["real", undefined],
    ["anyMilliseconds", -11],
    ["real", "x"],
    ["real", "infinit"],
    ["real", "--inf"],
    ["real", ""],
    ["real", "1e999"],
    ["real", JSON.parse("1e999")],
    ["real", "0x10"],
    ["real", {}],
    ["flag", "yes"],
    ["flag", 1],
    ["count", 0],
    ["count", 11],
    ["count", "many"],
    ["texts", "x"],
    ["texts", { length: 1 }],
    ["objects", "x"],
    ["objects", {}],
  ])("%s of %o", (reader, value) => {
    expect(fieldAtFault(() => READERS[reader]?.(body({ a: value })))).toBe("a");
  });

  test.each([
    ["an item of a list", () => texts(body({ a: ["x", 5] }), "a"), "a[1]"],
    ["an object that is none", () => objects(body({ a: [{}, 5] }), "a"), "a[1]"],
    ["a list that is too long", () => objects(body({ a: [{}, {}] }), "a", 1), "a"],
    ["a body that is a list", () => body([]), "body"],
    ["a body that is nothing", () => body(null), "body"],
    ["a text that is given twice", () => text(query("a=x&a=y"), "a"), "a"],
    ["a field of an item", () => requiredText(objects(body({ a: [{}] }), "a")[0] ?? body({}), "b"), "a[0].b"],
  ])("%s", (_what, work, path) => expect(fieldAtFault(work)).toBe(path));
});

test("a long text that is nearly a number is looked through once", () => {
  const beganMs = performance.now();
  for (const reader of ["real", "whole", "milliseconds"])
    expect(fieldAtFault(() => READERS[reader]?.(body({ a: `${"1".repeat(65_535)}x` })))).toBe("a");
  // In all ways to divide the digits it would be some ten seconds.
  expect(performance.now() - beganMs).toBeLessThan(2_000);
});

test("a list of more texts than any call takes is refused as it is read", () => {
  const some = (length: number) => body({ ids: Array.from({ length }, () => "1") });
  expect(texts(some(10_000), "ids")).toHaveLength(10_000);
  expect(() => texts(some(10_001), "ids")).toThrow("at most 10000 are taken in one request, not 10001");
});
