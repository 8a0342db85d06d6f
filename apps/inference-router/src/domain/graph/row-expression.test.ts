import type { FeatureValue } from "@throughline/kernel";
import { expect, test } from "vitest";
import { rowExpression } from "./row-expression.ts";

const evaluated = (text: string, values: Readonly<Record<string, FeatureValue>>) =>
  rowExpression(text, ["a", "b", "name", "flag"], "double").evaluate((column) => values[column]);

test.each([
  ["a + b", { a: 1, b: 2 }, 3],
  ["double(a) + b", { a: 1n, b: 2 }, 3],
  ["a + b", { a: 1n, b: 2 }, undefined],
  ["a + b", { a: 1, b: null }, undefined],
  ["present(b) ? a + b : a", { a: 1, b: null }, 1],
  ["present(name) ? 1.0 : 0.0", { name: null }, 0],
  ["name == 'ZRH' ? a : b", { a: 1, b: 2, name: "ZRH" }, 1],
  ["name == 'ZRH' ? a : b", { a: 1, b: 2, name: null }, undefined],
  ["flag && name == 'x' ? a : b", { a: 1, b: 2, flag: false, name: null }, 2],
])("%s of %o is %s", (text, values, expected) => {
  expect(evaluated(text, values)).toBe(expected);
});

test("types may differ from row to row, and a column that has lost its value keeps its type", () => {
  const expression = rowExpression("present(a) && a > 1 ? 1.0 : 0.0", ["a"], "double");
  const of = (a: FeatureValue) => expression.evaluate(() => a);
  expect([of(null), of(2n), of(null), of(0n)]).toEqual([0, 1, 0, 0]);
});
