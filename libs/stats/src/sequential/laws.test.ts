import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../random.ts";
import { addArm, addPair, differenceSequence, isShown, logEValue, NO_DIFFERENCE } from "./difference.ts";
import { capitalBound, hasReached, logCapital, type Mixture } from "./mixtures.ts";

const mixtures = fc.record(
  { rho: fc.double({ min: 0.01, max: 1e4, noNaN: true }), scale: fc.double({ min: 0.05, max: 20, noNaN: true }) },
  { requiredKeys: ["rho"] },
) as fc.Arbitrary<Mixture>;
const squares = fc.double({ min: 1e-6, max: 1e5, noNaN: true });
const sums = fc.double({ min: -300, max: 300, noNaN: true });
const thresholds = fc.double({ min: 0.1, max: 12, noNaN: true });

describe("mixtures of bets", () => {
  test("capital grows with the sum, and falls with the squares where the sum is positive", () => {
    const law = fc.property(mixtures, squares, fc.double({ min: 0.01, max: 300, noNaN: true }), (mixture, v, s) => {
      const log = logCapital({ sum: s, squares: v }, mixture);
      expect(logCapital({ sum: s * 1.1, squares: v }, mixture)).toBeGreaterThanOrEqual(log - 1e-7);
      expect(logCapital({ sum: s, squares: v * 1.1 }, mixture)).toBeLessThanOrEqual(log + 1e-7);
    });
    fc.assert(law, { numRuns: 200 });
  });

  test("nobody has won or lost anything before the first increment", () => {
    fc.assert(
      fc.property(mixtures, (mixture) => {
        expect(logCapital({ sum: 0, squares: 0 }, mixture)).toBeCloseTo(0, 8);
      }),
    );
  });

  test("the shortcut of hasReached never changes its answer", () => {
    fc.assert(
      fc.property(mixtures, squares, sums, thresholds, (mixture, v, sum, log) => {
        const state = { sum, squares: v };
        const isReached = sum > 0 && logCapital(state, mixture) >= log;
        expect(hasReached(state, mixture, log)).toBe(isReached);
      }),
    );
  });

  test("a bound is reached, and what is below is not", () => {
    fc.assert(
      fc.property(mixtures, squares, thresholds, (mixture, v, log) => {
        const bound = capitalBound(v, mixture, log);
        expect(logCapital({ sum: bound * (1 + 1e-6), squares: v }, mixture)).toBeGreaterThanOrEqual(log - 1e-6);
        expect(logCapital({ sum: bound * (1 - 1e-6), squares: v }, mixture)).toBeLessThanOrEqual(log + 1e-6);
      }),
    );
  });

  test("each bet is fair or worse on bounded increments: a step multiplies capital by at most 1 + bet x increment", () => {
    const steps = fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.double({ min: -1, max: 5, noNaN: true }));
    fc.assert(
      fc.property(steps, ([bet, increment]) => {
        const log = bet * increment - (-Math.log1p(-bet) - bet) * increment ** 2;
        expect(log).toBeLessThanOrEqual(Math.log1p(bet * increment) + 1e-12);
      }),
    );
  });
});

describe("differences", () => {
  const random = seededRandom(3);
  const observations = Array.from({ length: 400 }, () => {
    const isCandidate = random() < 0.3;
    return { isCandidate, share: 0.3, value: random() < (isCandidate ? 0.6 : 0.3) ? 1 : 0 };
  });
  const seen = observations.reduce(addArm, NO_DIFFERENCE);
  const level = { mixture: { rho: 2, scale: 1 }, alpha: 0.025 };

  test("what is shown is exactly what the sequence excludes", () => {
    const { low, high } = differenceSequence(seen, level);
    fc.assert(
      fc.property(fc.double({ min: -2, max: 2, noNaN: true }), (difference) => {
        if (Math.abs(difference - low) < 1e-9 || Math.abs(difference - high) < 1e-9) return;
        expect(isShown(seen, { side: "above", difference }, level)).toBe(difference < low);
        expect(isShown(seen, { side: "below", difference }, level)).toBe(difference > high);
      }),
    );
  });

  test("exchanging the arms mirrors everything", () => {
    const exchanged = observations
      .map((it) => ({ ...it, isCandidate: !it.isCandidate, share: 1 - it.share }))
      .reduce(addArm, NO_DIFFERENCE);
    const [a, b] = [differenceSequence(seen, level), differenceSequence(exchanged, level)];
    expect(b.low).toBeCloseTo(-a.high, 12);
    expect(b.high).toBeCloseTo(-a.low, 12);
    const claim = logEValue(seen, { side: "above", difference: 0.1 }, level.mixture);
    expect(logEValue(exchanged, { side: "below", difference: -0.1 }, level.mixture)).toBeCloseTo(claim, 10);
  });

  test("a sum that went through JSON goes on as the other does", () => {
    const [first, second] = [observations.slice(0, 150), observations.slice(150)];
    const kept = JSON.parse(JSON.stringify(first.reduce(addArm, NO_DIFFERENCE))) as typeof NO_DIFFERENCE;
    expect(second.reduce(addArm, kept)).toEqual(seen);
  });

  test("pairs that move together tell more than arms", () => {
    const shared = Array.from({ length: 400 }, () => random());
    const pairs = shared
      .map((it) => ({ candidate: it + 0.05 * random(), baseline: it + 0.05 * random() }))
      .reduce(addPair, NO_DIFFERENCE);
    const { low, high } = differenceSequence(pairs, level);
    expect(high - low).toBeLessThan(0.05);
    expect(pairs.weight).toBe(400);
  });
});
