import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { aroundMeans, type ExactSum, MAGNITUDE_MAX, NO_SUM, plus, plusProduct, total } from "./exact-sum.ts";

const float = fc.oneof(
  fc.double({ min: -MAGNITUDE_MAX, max: MAGNITUDE_MAX, noNaN: true }),
  fc.double({ min: -1, max: 1, noNaN: true }),
  fc.integer().map(Number),
  fc.constantFrom(0.1, -0.1, 1e100, -1e100, 1, 2 ** -1074, 1 + 2 ** -52),
);
const sumOf = (values: readonly number[]): ExactSum => values.reduce((sum, it) => plus(sum, it), NO_SUM);

/** The exact value of a float as a whole number of 2^-1074. */
function units(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xf_ffff_ffff_ffffn;
  const size = exponent === 0 ? fraction : (fraction | (1n << 52n)) << BigInt(exponent - 1);
  return bits >> 63n === 1n ? -size : size;
}
const unitsOf = (sum: ExactSum): bigint => sum.reduce((all, it) => all + units(it), 0n);

describe("an exact sum", () => {
  test("is what its numbers add up to without rounding, the first being the total rounded once", () => {
    fc.assert(
      fc.property(fc.array(float), (values) => {
        const sum = sumOf(values);
        const exact = values.reduce((all, it) => all + units(it), 0n);
        expect(unitsOf(sum)).toBe(exact);
        const rest = exact - units(total(sum));
        const [below, above] = [neighbour(total(sum), -1), neighbour(total(sum), 1)].map((it) => exact - units(it));
        for (const other of [below ?? 0n, above ?? 0n]) expect(size(rest) <= size(other)).toBe(true);
      }),
    );
  });

  test("is the same list in any order, and after numbers were added and taken away again", () => {
    const shuffled = fc
      .array(float)
      .chain((values) =>
        fc.tuple(fc.constant(values), fc.shuffledSubarray(values, { minLength: values.length }), fc.array(float)),
      );
    fc.assert(
      fc.property(shuffled, ([values, reordered, more]) => {
        const sum = sumOf(values);
        expect(sumOf(reordered)).toEqual(sum);
        expect(more.reduce((all, it) => plus(all, -it), sumOf([...values, ...more]))).toEqual(sum);
      }),
    );
  });

  test("has products whole", () => {
    const factor = fc
      .double({ min: -1e100, max: 1e100, noNaN: true })
      .filter((it) => Math.abs(it) > 1e-140 || it === 0);
    fc.assert(
      fc.property(factor, factor, (a, b) => {
        expect(unitsOf(plusProduct(NO_SUM, a, b)) << 1074n).toBe(units(a) * units(b));
        expect(plusProduct(plusProduct(NO_SUM, a, b), -a, b)).toEqual(NO_SUM);
      }),
    );
  });

  test("keeps the variance of numbers far from 0", () => {
    const values = [1e8 + 0.1, 1e8 + 0.2, 1e8 + 0.4];
    const a = sumOf(values);
    const sum = values.reduce((all, it) => plusProduct(all, it, it), NO_SUM);
    // The floats are not the decimals: their own deviations are exact.
    const deviations = values.map((it) => it - 1e8);
    const mean = deviations.reduce((x, y) => x + y, 0) / 3;
    const squares = deviations.reduce((all, it) => all + (it - mean) ** 2, 0);
    expect(aroundMeans({ sum, a, b: a, n: 3 }) / squares).toBeCloseTo(1, 12);
  });
});

const size = (value: bigint): bigint => (value < 0n ? -value : value);

function neighbour(value: number, direction: 1 | -1): number {
  const view = new DataView(new ArrayBuffer(8));
  if (value === 0) return direction * 2 ** -1074;
  view.setFloat64(0, value);
  view.setBigInt64(0, view.getBigInt64(0) + BigInt(value > 0 === direction > 0 ? 1 : -1));
  return view.getFloat64(0);
}
