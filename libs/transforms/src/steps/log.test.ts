import { describe, expect, test } from "vitest";
import { hardRows } from "../../bench/hard-rows.ts";
import { checkTransforms } from "../check.ts";
import { columnOf } from "../column.ts";
import { fixedConstants } from "../constants.ts";
import { applyTransforms, readyTransforms } from "../transforms.ts";

const transforms = checkTransforms({
  columns: [{ name: "x", type: "float64" }],
  steps: [
    { kind: "log", input: "x", output: "natural" },
    { kind: "log", input: "x", output: "plusOne", plusOne: true },
  ],
  outputs: [
    { name: "natural", columns: ["natural"], type: "float64" },
    { name: "plusOne", columns: ["plusOne"], type: "float64" },
  ],
});
const ready = readyTransforms(transforms, fixedConstants(transforms));
const logarithms = (values: readonly number[]) => {
  const rows = applyTransforms(ready, new Map([["x", columnOf("x", "float64", values)]]));
  const numbersOf = (name: string) => [...(rows.get(name)?.values ?? [])].map(Number);
  return { natural: numbersOf("natural"), plusOne: numbersOf("plusOne") };
};

describe("the logarithm of sums, products and quotients", () => {
  test("is off by a few units in the last place at most, for numbers of all sizes", () => {
    const drawn = hardRows(20_000, 4).get("x")?.values as Float64Array;
    const values = [...drawn].map(Math.abs).filter((it) => it >= 2 ** -1022 && it < Number.POSITIVE_INFINITY);
    const near = Array.from({ length: 2_000 }, (_, i) => 0.5 + i / 1_999);
    const all = [...values, ...near];
    const { natural, plusOne } = logarithms(all);
    const off = (found: number | undefined, expected: number): number =>
      expected === 0 ? Math.abs(found ?? 1) : Math.abs(((found ?? 0) - expected) / expected);
    expect(Math.max(...all.map((it, i) => off(natural[i], Math.log(it))))).toBeLessThan(4 * Number.EPSILON);
    expect(Math.max(...all.map((it, i) => off(plusOne[i], Math.log1p(it))))).toBeLessThan(4 * Number.EPSILON);
  });

  test("is missing where there is none, and infinite at infinity", () => {
    const { natural, plusOne } = logarithms([
      0,
      -0,
      -1,
      -2,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      1,
    ]);
    const none = Number.NaN;
    expect(natural).toEqual([none, none, none, none, none, Number.POSITIVE_INFINITY, none, 0]);
    expect(plusOne).toEqual([0, 0, none, none, none, Number.POSITIVE_INFINITY, none, Math.LN2]);
  });

  test("of 1 + x keeps what is small: nothing of x is lost near 0", () => {
    const small = [1e-300, -1e-20, 1e-9, -1e-9, 1e-5, -0.2, 0.3];
    const { plusOne } = logarithms(small);
    small.forEach((it, i) => {
      expect(Math.abs((plusOne[i] ?? 0) / Math.log1p(it) - 1)).toBeLessThan(4 * Number.EPSILON);
    });
  });
});
