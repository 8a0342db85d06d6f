import { seededRandom } from "@throughline/stats";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addQuantiles, mergeQuantiles, noQuantiles, type QuantileState, quantileOf, ranked } from "./quantiles.ts";

const FEW = 40;
const number = fc.oneof(
  fc.double({ min: -1e3, max: 1e3, noNaN: true }),
  fc.integer({ min: -30, max: 30 }),
  fc.double({ min: 1e6, max: 1e6 + 1, noNaN: true }),
);
const numbers = fc.array(number, { minLength: 5, maxLength: 60, size: "max" });

function stateOf(values: readonly number[]): QuantileState {
  const state = noQuantiles(FEW);
  addQuantiles(state, Float64Array.from(values));
  return state;
}

describe("quantiles", () => {
  test("are the same in any split, also when bits were dropped", () => {
    let coarse = 0;
    fc.assert(
      fc.property(fc.array(numbers, { maxLength: 5 }), (parts) => {
        const merged = noQuantiles(FEW);
        for (const it of parts.toReversed()) mergeQuantiles(merged, stateOf(it.toReversed()));
        const whole = stateOf(parts.flat());
        expect(ranked(merged)).toEqual(ranked(whole));
        expect(merged.bits).toBe(whole.bits);
        if (whole.bits < 52) coarse += 1;
      }),
      { numRuns: 100 },
    );
    expect(coarse).toBeGreaterThan(20);
  });

  test("are the same for numbers that come one by one and all at once", () => {
    const random = seededRandom(3);
    const values = Float64Array.from({ length: 40_000 }, () => Math.exp(20 * random() - 10));
    const [whole, parts] = [noQuantiles(5_000), noQuantiles(5_000)];
    addQuantiles(whole, values);
    for (let from = 0; from < values.length; from += 9_999) {
      const part = noQuantiles(5_000);
      for (let i = from; i < from + 9_999; i += 11) addQuantiles(part, values.slice(i, Math.min(i + 11, from + 9_999)));
      mergeQuantiles(parts, part);
    }
    expect(ranked(parts)).toEqual(ranked(whole));
    expect(ranked(whole).total).toBe(values.length);
    expect(whole.bits).toBeLessThan(52);
    expect(Math.abs(quantileOf(ranked(whole), 0.5) / (values.toSorted()[20_000] as number) - 1)).toBeLessThan(0.01);
  });

  test("are exact up to so many different numbers, however many there are in all", () => {
    const values = Array.from({ length: 4_000 }, (_, i) => (i * 7) % FEW);
    const state = ranked(stateOf(values));
    expect(state.rankErrorMax).toBe(0);
    expect(quantileOf(state, 0.5)).toBe(19.5);
    expect(quantileOf(state, 0)).toBe(0);
    expect(quantileOf(state, 1)).toBe(FEW - 1);
  });

  test("are never further off in rank than they say", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 100, max: 101, noNaN: true }), { minLength: 60, maxLength: 400 }),
        (values) => {
          const state = ranked(stateOf(values));
          const sorted = values.toSorted((a, b) => a - b);
          for (const q of [0.1, 0.25, 0.5, 0.9]) {
            const found = quantileOf(state, q);
            const below = sorted.filter((it) => it < found).length / values.length;
            const upTo = sorted.filter((it) => it <= found).length / values.length;
            const slack = state.rankErrorMax + 1 / values.length;
            expect(below - slack).toBeLessThanOrEqual(q);
            expect(upTo + slack).toBeGreaterThanOrEqual(q);
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});
