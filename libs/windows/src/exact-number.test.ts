import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonical, exactNumber, negative, plus, quotient, rootOfQuotient, rounded, times } from "./exact-number.ts";
import { fractionOf, nearestFloat, nearestRoot } from "./fraction.ts";

const finite = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.double({ min: -1e3, max: 1e3, noNaN: true }),
  fc.constantFrom(5e-324, -5e-324, 2.2250738585072014e-308, Number.MAX_VALUE, -Number.MAX_VALUE, 2 ** 53, 0.1),
);
const one = exactNumber(1n);

describe("an exact number", () => {
  test("is the float that it was made of", () => {
    fc.assert(fc.property(finite, (it) => void expect(rounded(exactNumber(it))).toBe(it === 0 ? 0 : it)));
  });

  test("sums of floats, and of their squares, round to what fractions give", () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1, maxLength: 12 }), (values) => {
        const exact = values.map(exactNumber).reduce(plus);
        const squares = values.map((it) => times(exactNumber(it), exactNumber(it))).reduce(plus);
        const fractions = values.map(fractionOf);
        const add = (list: typeof fractions) =>
          list.reduce((a, b) => ({ top: a.top * b.bottom + b.top * a.bottom, bottom: a.bottom * b.bottom }));
        expect(rounded(exact)).toBe(nearestFloat(add(fractions)));
        const sumOfSquares = add(fractions.map((it) => ({ top: it.top ** 2n, bottom: it.bottom ** 2n })));
        expect(rounded(squares)).toBe(nearestFloat(sumOfSquares));
        expect(rootOfQuotient(squares, one)).toBe(nearestRoot(sumOfSquares));
      }),
    );
  });

  test("divides by any whole number, and takes roots, rounding once", () => {
    fc.assert(
      fc.property(finite, fc.bigInt({ min: 1n, max: 2n ** 70n }), (value, by) => {
        const { top, bottom } = fractionOf(value);
        expect(quotient(exactNumber(value), exactNumber(by))).toBe(nearestFloat({ top, bottom: bottom * by }));
        const square = { top: top < 0n ? -top : top, bottom: bottom * by };
        expect(rootOfQuotient(exactNumber(Math.abs(value)), exactNumber(by))).toBe(nearestRoot(square));
      }),
    );
  });

  // The right sides were computed with Python's `fractions` and `math.fsum`.
  test.each([
    [[0.1, 0.2, 0.3], 0.6],
    [[1e16, 1, -1e16], 1],
    [[1e308, 1e308, -1e308], 1e308],
    [[1, 2 ** -53, 2 ** -106], 1.0000000000000002],
    [[1, 2 ** -53], 1],
    [[5e-324, 5e-324, -1e-323], 0],
    [[Number.MAX_VALUE, 2 ** 969], Number.MAX_VALUE],
    [[Number.MAX_VALUE, 2 ** 970], Number.POSITIVE_INFINITY],
  ])("of %j adds up to %d", (values, expected) => {
    expect(rounded(values.map(exactNumber).reduce(plus))).toBe(expected);
  });

  test("has one canonical form, and taking away again leaves nothing", () => {
    fc.assert(
      fc.property(finite, finite, (a, b) => {
        const [x, y] = [exactNumber(a), exactNumber(b)];
        expect(canonical(plus(plus(x, y), negative(y)))).toEqual(canonical(x));
        const { mantissa } = canonical(x);
        expect(mantissa === 0n || mantissa % 2n !== 0n).toBe(true);
      }),
    );
  });
});
