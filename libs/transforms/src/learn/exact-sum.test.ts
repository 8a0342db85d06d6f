import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addProductToSum,
  addSum,
  addToSum,
  type ExactSum,
  exactValue,
  nearest,
  noSum,
  SUM_EXPONENT,
} from "./exact-sum.ts";

/** Numbers that sums take, of all sizes. */
const summable = fc
  .tuple(fc.double({ min: -2, max: 2, noNaN: true }), fc.integer({ min: -400, max: 240 }))
  .map(([fraction, power]) => (Math.abs(fraction) < 1e-3 ? 0 : fraction * 2 ** power));

/** A number as a multiple of 2^SUM_EXPONENT, by its bits. */
function exactly(value: number): bigint {
  let [scaled, power] = [value, 0];
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    power += 1;
  }
  return BigInt(scaled) << BigInt(-SUM_EXPONENT - power);
}

const summed = (values: readonly number[]): ExactSum => {
  const sum = noSum();
  for (const it of values) addToSum(sum, it);
  return sum;
};

describe("an exact sum", () => {
  test("is that of whole arithmetic, in any order and any parts", () => {
    fc.assert(
      fc.property(fc.array(fc.array(summable, { maxLength: 20 }), { maxLength: 6 }), (parts) => {
        const merged = noSum();
        for (const it of parts.toReversed()) addSum(merged, summed(it.toReversed()));
        const expected = parts.flat().reduce((sum, it) => sum + exactly(it), 0n);
        expect(exactValue(merged)).toBe(expected);
        expect(exactValue(summed(parts.flat()))).toBe(expected);
      }),
      { numRuns: 200 },
    );
  });

  test("of products is exact too", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(summable, summable), { maxLength: 20 }), (pairs) => {
        const sum = noSum();
        for (const [a, b] of pairs) addProductToSum(sum, a, b);
        // The product of two multiples of the unit is one of the unit squared.
        const expected = pairs.reduce((total, [a, b]) => total + exactly(a) * exactly(b), 0n);
        expect(exactValue(sum) << BigInt(-SUM_EXPONENT)).toBe(expected);
      }),
      { numRuns: 200 },
    );
  });

  test("keeps every bit when its limbs are spread, after 2^18 numbers", () => {
    const [value, times] = [2 - 2 ** -52, 300_000];
    const sum = summed(Array.from({ length: times }, () => value));
    expect(exactValue(sum)).toBe(exactly(value) * BigInt(times));
    const doubled = noSum();
    addSum(doubled, sum);
    addSum(doubled, sum);
    expect(exactValue(doubled)).toBe(exactly(value) * BigInt(2 * times));
  });

  test("is rounded once, to the nearest float64", () => {
    fc.assert(
      fc.property(fc.array(summable, { minLength: 1, maxLength: 30 }), (values) => {
        const exact = exactValue(summed(values));
        const value = nearest(exact, 1n, SUM_EXPONENT);
        if (value === 0) return exact === 0n;
        const off = (candidate: number): bigint => {
          const it = exactly(candidate) - exact;
          return it < 0n ? -it : it;
        };
        const step = Math.abs(value) * 2 ** -52;
        return off(value) <= off(value + step) && off(value) <= off(value - step);
      }),
    );
    expect(nearest(1n, 3n, 0)).toBe(1 / 3);
    expect(nearest(-2n, 3n, 0)).toBe(-2 / 3);
    expect(nearest(2n ** 53n + 1n, 1n, 0)).toBe(2 ** 53);
    expect(nearest(2n ** 54n + 3n, 1n, 0)).toBe(2 ** 54 + 4);
  });
});
