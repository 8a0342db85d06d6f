import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseExact, realJson, wholeJson } from "./exact-json.ts";

describe("JSON with whole numbers of 64 bits", () => {
  test("any of them comes back as it went, as number where a double holds it", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const text = JSON.stringify({ a: [{ step: wholeJson(value) }] });
        expect(text).toBe(`{"a":[{"step":${value}}]}`);
        const parsed = parseExact(text) as { a: [{ step: number | bigint }] };
        expect(BigInt(parsed.a[0].step)).toBe(value);
        expect(typeof parsed.a[0].step).toBe(Number.isSafeInteger(Number(value)) ? "number" : "bigint");
      }),
    );
  });

  test("everything else is as JSON.parse has it", () => {
    const json = fc.json().filter((it) => !/\d{16}/.test(it));
    fc.assert(fc.property(json, (text) => void expect(parseExact(text)).toEqual(JSON.parse(text))));
  });

  test.each([
    ['{"a": 0.12345678901234566}', { a: 0.12345678901234566 }],
    ['{"a": "9007199254740993"}', { a: "9007199254740993" }],
    ['{"a": "x:9007199254740993"}', { a: "x:9007199254740993" }],
    ['{"a":\n-9007199254740993 }', { a: -9007199254740993n }],
    ["[1,\t9007199254740993]", [1, 9007199254740993n]],
    ['{"a": 12345678901234567890.5}', { a: 1.2345678901234567e19 }],
  ])("%s", (text, value) => expect(parseExact(text)).toEqual(value));

  test("a number of more than 400 digits is refused, and not read", () => {
    for (const sign of [1n, -1n]) expect(parseExact(`{"a": ${sign * 10n ** 399n}}`)).toEqual({ a: sign * 10n ** 399n });
    for (const digits of [401, 3_900_000])
      expect(() => parseExact(`{"a": ${"9".repeat(digits)}}`)).toThrow("a number has more than 400 digits");
    expect(parseExact(`{"a": "${"9".repeat(401)}"}`)).toEqual({ a: "9".repeat(401) });
  });

  test("what JSON has no digits for is a text", () => {
    const values = [1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    expect(JSON.stringify(values.map(realJson))).toBe('[1.5,"NaN","Infinity","-Infinity"]');
  });
});
