import { describe, expect, test } from "vitest";
import { escaped, unescaped } from "./escapes.ts";
import { instantInText, integerInText, numberInText } from "./values.ts";

describe("values in text", () => {
  test.each<[string, number | undefined]>([
    ["0.1", 0.1],
    ["1e-1", 0.1],
    [" -5. ", -5],
    ["+.5E2", 50],
    ["inf", Number.POSITIVE_INFINITY],
    ["-Infinity", Number.NEGATIVE_INFINITY],
    ["nan", undefined],
    ["True", undefined],
    ["", undefined],
    ["0x10", undefined],
    ["1 2", undefined],
    ["1e", undefined],
    [`${"1".repeat(6000)}x`, undefined],
  ])("the number in %j is %s", (text, expected) => {
    expect(numberInText(text)).toBe(expected);
  });

  test("whole numbers have no point", () => {
    expect(["5", " 5 ", "-5", "007"].map(integerInText)).toEqual([5, 5, -5, 7]);
    expect(["5.0", "5e1", "", "a"].map(integerInText)).toEqual([undefined, undefined, undefined, undefined]);
  });

  test.each<[string, string | undefined]>([
    ["2026-01-31", "2026-01-31T00:00:00.000Z"],
    ["2024-02-29", "2024-02-29T00:00:00.000Z"],
    ["2026-01-31T08:30", "2026-01-31T08:30:00.000Z"],
    ["2026-01-31 08:30:15", "2026-01-31T08:30:15.000Z"],
    ["2026-01-31T08:30:15.057Z", "2026-01-31T08:30:15.057Z"],
    ["2026-01-31t08:30:15,5z", "2026-01-31T08:30:15.500Z"],
    ["2026-01-31T00:30+01:00", "2026-01-30T23:30:00.000Z"],
    ["2026-01-31T23:30-0130", "2026-02-01T01:00:00.000Z"],
    ["1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"],
    ["2026-02-29", undefined],
    ["2026-13-01", undefined],
    ["2026-01-31T24:00", undefined],
    ["2026-01-31T08:60", undefined],
    ["2026-1-31", undefined],
    ["31.01.2026", undefined],
    ["0099-01-01", undefined],
    ["2026-01-31Z", undefined],
    ["", undefined],
  ])("the instant in %j is %s", (text, expected) => {
    const instant = instantInText(text);
    expect(instant === undefined ? undefined : new Date(instant).toISOString()).toBe(expected);
  });

  test("an instant keeps parts of a millisecond", () => {
    expect(instantInText("1970-01-01T00:00:00.0015")).toBe(1.5);
  });

  test.each<[string, string | undefined]>([
    ["a\\'b\\\"c\\\\d", "a'b\"c\\d"],
    ["\\n\\t\\0\\101\\x41\\u00e4\\U0001f600", "\n\t\u0000AAä😀"],
    ["\\d\\é", "\\d\\é"],
    ["one \\\nline", "one line"],
    ["\\x4", undefined],
    ["\\u12", undefined],
    ["\\U00110000", undefined],
    ["\\N{DEGREE SIGN}", undefined],
  ])("%j without escapes is %j", (raw, expected) => {
    expect(unescaped(raw)).toBe(expected);
    if (expected !== undefined) expect(unescaped(escaped(expected))).toBe(expected);
  });
});
