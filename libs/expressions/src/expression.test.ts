import { isDomainError } from "@throughline/kernel";
import { expect, test } from "vitest";
import { compileExpression, EXPRESSION_LIMITS } from "./expression.ts";
import type { ExpressionType, Values } from "./value.ts";

const VARIABLES = {
  a: "double",
  b: "double",
  n: "int",
  m: "int",
  late: "bool",
  sea: "string",
  "trip.day": "int",
} as const;

const compiled = (text: string, result: ExpressionType = "double") =>
  compileExpression(text, { variables: VARIABLES, result });

const value = (text: string, result: ExpressionType, values: Values = {}) => compiled(text, result).evaluate(values);

test.each([
  ["0.3 * a + 0.7 * b", "double", { a: 1, b: 2 }, 1.7],
  ["a > 0.5 && sea in ['SEA', \"PDX\"]", "bool", { a: 0.6, sea: "PDX" }, true],
  ["late ? a : b", "double", { late: false, a: 1, b: 2 }, 2],
  ["n / 2", "int", { n: 7 }, 3n],
  ["trip.day % 7", "int", { "trip.day": 9n }, 2n],
  ["a >= n", "bool", { a: 3, n: 3 }, true],
  // Both as they are: no double is 2^63 - 1.
  ["n < a && a > n && !(n >= a)", "bool", { a: 2 ** 63, n: 2n ** 63n - 1n }, true],
  ["double(n) / 2.0", "double", { n: 7 }, 3.5],
  ["math.greatest(a, b, 2.0) - math.least(a, b)", "double", { a: 1, b: 5 }, 4],
  ["math.round(-2.5)", "double", {}, -3],
  ["sea.startsWith('S') || size(sea) == 3", "bool", { sea: "XYZ" }, true],
  ["string(n) + '!'", "string", { n: 4 }, "4!"],
  ["int('12') + int(2.9)", "int", {}, 14n],
  ["-(1) < -a", "bool", { a: 0.5 }, true],
  [".a", "double", { a: 2 }, 2],
] as const)("%s is computed", (text, result, values, expected) => {
  expect(value(text, result, values)).toEqual(expected);
});

test.each([
  ["a variable without a value", "a + b", "double", { a: 1 }],
  ["a value of another type", "a + 1.0", "double", { a: "1" }],
  ["a number that is no whole one", "n + 1", "int", { n: 0.5 }],
  ["a division by zero", "n / 0", "int", { n: 1 }],
  ["an overflow", "n * n", "int", { n: 2n ** 62n }],
  ["a text that is no number", "double(sea)", "double", { sea: "" }],
  ["a number that is infinite", "int(a)", "int", { a: Number.POSITIVE_INFINITY }],
  ["a text that grows", `${"sea + ".repeat(3)}sea`, "string", { sea: "x".repeat(20_000) }],
] as const)("%s leaves no value", (_, text, result, values) => {
  expect(value(text, result, values)).toBeUndefined();
});

test.each(["double", "int"] as const)(
  "%s looks at each character of a long text that is nearly a number once",
  (name) => {
    const number = compiled(`${name}(sea)`, name);
    const beganMs = performance.now();
    for (const sea of [`${"1".repeat(65_535)}x`, `${"1".repeat(32_767)}.${"1".repeat(32_767)}e`])
      expect(number.evaluate({ sea })).toBeUndefined();
    // In all ways to divide the digits it would be some ten seconds.
    expect(performance.now() - beganMs).toBeLessThan(2_000);
  },
);

test.each(["1", "1.", "+1.5", ".5", "-1e3", "1.e3", "00.10E-02"])("%s is a number", (sea) => {
  expect(value("double(sea)", "double", { sea })).toBe(Number(sea));
});

test.each([".", "e3", "1e", "1.5.2", "1e12345", "0x1", "1_0", " 1", "1n", "+", "Infinity"])(
  "%s is no number",
  (sea) => {
    expect(value("double(sea)", "double", { sea })).toBeUndefined();
  },
);

test("a side that decides needs no other, and a branch that is not chosen is not computed", () => {
  expect(value("late && a > 1.0", "bool", { late: false })).toBe(false);
  expect(value("a > 1.0 && late", "bool", { late: false })).toBe(false);
  expect(value("a > 1.0 || late", "bool", { late: true })).toBe(true);
  expect(value("a > 1.0 || late", "bool", { late: false })).toBeUndefined();
  expect(value("late ? a : b", "double", { late: true, a: 1 })).toBe(1);
  expect(value("a in [1.0, b]", "bool", { a: 1, b: 2 })).toBe(true);
  expect(value("a in [1.0, b]", "bool", { a: 1 })).toBeUndefined();
});

test("whether a value is there can be asked", () => {
  const filled = compiled("present(a) ? a : -1.0");
  expect([filled.evaluate({ a: 3 }), filled.evaluate({}), filled.evaluate({ a: null })]).toEqual([3, -1, -1]);
});

test("names of an object's own kind are no variables, and have no values", () => {
  const variables = { constructor: "string", toString: "double" } as const;
  const odd = compileExpression("constructor == 'a' || toString > 0.0", { variables, result: "bool" });
  expect(odd.evaluate({})).toBeUndefined();
  expect(odd.variables).toEqual(["constructor", "toString"]);
  expect(() => compileExpression("valueOf == 1.0", { variables: {}, result: "bool" })).toThrow(/there is no valueOf/);
});

test.each([
  ["a + c", 5, "there is no c; there is a, b, n, m, late, sea, trip.day"],
  ["a + 1", 3, "+ takes (double, double) or (int, int) or (string, string), not (double, int); a number with a point"],
  ["n", 1, "the expression gives int where double is needed"],
  ["late ? a : n", 1, "one branch is double and the other int"],
  ["a ? a : b", 1, "it is double where bool is needed"],
  ["late && n", 9, "it is int where bool is needed"],
  ["a + (b", 5, "( is never closed"],
  ["a + b)", 6, ") closes nothing"],
  ["a b", 3, "found b where the expression cannot go on"],
  ["a +", 3, "found + where the expression cannot go on"],
  ["  ", 1, "there is no expression"],
  ["sqrt(a)", 1, "there is no function sqrt"],
  ["math.sqrt(n)", 5, "math.sqrt takes (double), not (int)"],
  ["[1.0, 2.0].all(x, x > a)", 11, "macros"],
  ["has(a.b)", 1, "macros"],
  ["sea.matches('(a+)+$') ? a : b", 4, "there is no function sea.matches"],
  ["a in b", 6, "`in` needs a list"],
  ["sea in ['a', 1]", 14, "it is int where string is needed"],
  ["[1.0]", 1, "a list can only be on the right"],
  ["{'a': 1.0}", 1, "maps and messages"],
  ["1u", 1, "null, bytes and unsigned"],
  ["99999999999999999999", 1, "does not fit into 64 bits"],
  ["sea[0]", 4, "there is no function _[_]"],
  ["present(a + b)", 1, "present takes the name of one variable"],
  ["present()", 1, "called in a way"],
  ["a.b.c", 4, "there is no a.b.c"],
  ["'a'.b", 4, "values have no fields"],
] as const)("%s is refused with the column and what was expected", (text, column, problem) => {
  try {
    compiled(text);
    expect.unreachable();
  } catch (error) {
    if (!isDomainError(error, "EXPRESSION_INVALID")) throw error;
    expect([error.metadata["problem"], Number(error.metadata["column"])]).toEqual([
      expect.stringContaining(problem),
      column,
    ]);
  }
});

const nested = (open: string, close: string, depth: number) => `${open.repeat(depth)}a${close.repeat(depth)}`;

test.each([
  ["10,000 terms", `${"a+".repeat(10_000)}a`],
  ["500 terms, which have more than 500 parts", `${"a+".repeat(499)}a`],
  ["brackets 1,000 deep", nested("(", ")", 999)],
  ["brackets 33 deep", nested("(", ")", 33)],
  ["brackets 33 deep behind a quoted one", nested('(")" == sea ? ', " : a)", 33)],
  ["brackets that are never closed", "(".repeat(1_000)],
  ["lists within lists", nested("[", "]", 30)],
  ["a quote that is never closed", "'".repeat(1_999)],
  ["2,000 dots", `a${".a".repeat(900)}`],
  ["comparisons without end", `${"a<".repeat(990)}a`],
  ["a comment and nothing else", "// ".repeat(600)],
  ["macros within macros", nested("[a].all(x, ", ")", 30)],
  ["questions without answers", "late ? ".repeat(250)],
])("%s are refused without work", (_, text) => {
  expect(() => compiled(text)).toThrow(expect.objectContaining({ reason: "EXPRESSION_INVALID" }));
});

test("what is within the limits is taken, and its parts are its cost", () => {
  expect(compiled(nested("(", ")", EXPRESSION_LIMITS.depth)).cost).toBe(1);
  const long = compiled(`${"a + ".repeat(249)}a`);
  expect([long.cost, long.evaluate({ a: 2 })]).toEqual([499, 500]);
  expect(long.variables).toEqual(["a"]);
});
