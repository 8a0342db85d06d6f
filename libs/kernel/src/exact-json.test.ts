import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exactSteps, parseExact, realJson, wholeJson } from "./exact-json.ts";

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

  test("what only looks like a whole number in its place is refused as JSON.parse does", () => {
    const big = "9007199254740993";
    for (const text of [
      `{${big}:1}`,
      `{"a":1,${big}:2}`,
      `[0${big}]`,
      `[-0${big}]`,
      `[1 ${big}]`,
      `[${big}`,
      `"${big}`,
      `[${big}\u00a0]`,
    ])
      expect(() => parseExact(text), text).toThrow(SyntaxError);
  });

  test("long texts are read in steps, wherever their escapes stand, and come out as they are", () => {
    const long = (part: string) => part.repeat(Math.ceil(1_100_000 / part.length));
    for (const part of ["é", '"', "\\", "\u{1f600}", '{"a":12345678901234567,']) {
      const value = { a: [long(part), 12345678901234567n], [long("k")]: [1], b: long(part) };
      const text = JSON.stringify(value, (_, it) => (typeof it === "bigint" ? wholeJson(it) : it));
      const escaped = text.replace(/[\ud800-\udfff]/g, (it) => `\\u${it.charCodeAt(0).toString(16)}`);
      for (const json of [text, ` ${escaped} `])
        expect(
          Object.is(
            JSON.stringify(parseExact(json), (_, it) => (typeof it === "bigint" ? wholeJson(it) : it)),
            text,
          ),
        ).toBe(true);
      expect([...exactSteps(text)].length).toBeGreaterThan(1);
      for (const wrong of [
        text.slice(0, -3),
        text.slice(0, 1_080_000),
        `"${long("x")}`,
        `"${long("x")}\n"`,
        `"${long("x")}\\`,
      ])
        expect(() => parseExact(wrong)).toThrow(SyntaxError);
    }
  });

  test("what is nested too deeply, or has more in it than is read, is refused at once", () => {
    expect(() => parseExact("[".repeat(5_000_000))).toThrow("nested more than 100 levels deep");
    expect(parseExact(`${"[".repeat(100)}${"]".repeat(100)}`)).toBeDefined();
    expect(() => parseExact(`[${"1,".repeat(1_000)}1]`, { signsMax: 1_000 })).toThrow("more than 1000 commas");
    expect(parseExact(`[${"1,".repeat(998)}",,::[["]`, { signsMax: 1_000 })).toHaveLength(999);
  });

  test("what JSON has no digits for is a text", () => {
    const values = [1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    expect(JSON.stringify(values.map(realJson))).toBe('[1.5,"NaN","Infinity","-Infinity"]');
  });
});
