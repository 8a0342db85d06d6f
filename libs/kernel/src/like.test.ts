import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { likePattern } from "./like.ts";

describe("LIKE", () => {
  test.each([
    ["abc", "abc", true],
    ["abc", "ab", false],
    ["", "", true],
    ["%", "", true],
    ["_", "", false],
    ["a%", "abc", true],
    ["%c", "abc", true],
    ["%b%", "abc", true],
    ["a%c%", "abab", false],
    ["%ab%ba%", "aba", false],
    ["%ab%ba%", "abba", true],
    ["_%_", "a", false],
    ["_", "😀", true],
    ["a.c", "abc", false],
    ["(a+)+$", "aaaa", false],
    ["%\\%", "a\\b", true],
    ["%", "two\nlines", true],
    ["ABC", "abc", false],
  ])("%s on %s is %s", (pattern, text, expected) => {
    expect(likePattern(pattern, true)(text)).toBe(expected);
  });

  test("without case compares letters of every script, one by one", () => {
    expect(likePattern("ÄB%Σ", false)("äbcσ")).toBe(true);
    expect(likePattern("İ_", false)("İx")).toBe(true);
    expect(likePattern("i", false)("İ")).toBe(false);
  });

  test("agrees with trying every way", () => {
    const short = fc.string({ unit: fc.constantFrom("a", "b", "_", "%", "😀"), maxLength: 9 });
    fc.assert(
      fc.property(short, short, (pattern, text) => {
        expect(likePattern(pattern, true)(text)).toBe(tryAll([...pattern], [...text]));
      }),
      { numRuns: 3000 },
    );
  });

  test("agrees with a regular expression on long parts that nearly repeat", () => {
    const pieces = fc.array(fc.constantFrom("abab", "aba", "ababababa", "abababab_", "bb"), {
      minLength: 4,
      maxLength: 20,
    });
    const part = fc
      .tuple(pieces, fc.boolean())
      .map(([it, wild]) => (wild ? it.join("") : it.join("").replaceAll("_", "")));
    const patterns = fc.array(part, { minLength: 1, maxLength: 2 }).map((it) => `%${it.join("%")}%`);
    const texts = fc.array(pieces, { minLength: 1, maxLength: 4 }).map((it) => it.flat().join(""));
    fc.assert(
      fc.property(patterns, texts, fc.boolean(), (pattern, around, inside) => {
        const text = inside ? `${around}${pattern.replaceAll("%", "x").replaceAll("_", "y")}${around}` : around;
        const expected = new RegExp(`^${pattern.replaceAll("%", ".*").replaceAll("_", ".")}$`).test(text);
        expect(likePattern(pattern, true)(text)).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });

  test("finds parts longer than a machine word", () => {
    const part = `${"ab_".repeat(30)}c`;
    const text = `${"ab".repeat(200)}${"abx".repeat(30)}c${"ab".repeat(20)}`;
    expect(likePattern(`%${part}%`, true)(text)).toBe(true);
    expect(likePattern(`%${part}d%`, true)(text)).toBe(false);
    expect(likePattern(`%${part.replaceAll("_", "x")}%`, true)(text)).toBe(true);
  });
});

function tryAll([head, ...rest]: readonly string[], text: readonly string[]): boolean {
  if (head === undefined) return text.length === 0;
  if (head === "%") return text.some((_, i) => tryAll(rest, text.slice(i))) || tryAll(rest, []);
  return text.length > 0 && (head === "_" || head === text[0]) && tryAll(rest, text.slice(1));
}
