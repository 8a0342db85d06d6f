import fc from "fast-check";
import { expect, test } from "vitest";
import { banditPolicy } from "./policy.ts";
import { CONTEXT_GRAIN, hasGrown, wholeShares } from "./shares.ts";
import { meanContext } from "./state.ts";

test("shares are the whole, none is below its floor, and each is within a step of its probability", () => {
  const arms = fc.array(fc.record({ weight: fc.double({ min: 0, max: 1, noNaN: true }), floor: fc.nat(1_000) }), {
    minLength: 2,
    maxLength: 9,
  });
  fc.assert(
    fc.property(arms, fc.constantFrom(1, CONTEXT_GRAIN), (given, grain) => {
      const floors = given.map((it) => it.floor);
      const sum = given.reduce((total, it) => total + it.weight, 0);
      const free = 1 - floors.reduce((total, it) => total + it / 10_000, 0);
      const probabilities = given.map(
        ({ weight, floor }) => floor / 10_000 + free * (sum === 0 ? 1 / given.length : weight / sum),
      );
      const shares = wholeShares(probabilities, { floors, grain });
      expect(shares.reduce((total, it) => total + it, 0)).toBe(10_000);
      shares.forEach((it, i) => {
        expect(it).toBeGreaterThanOrEqual(floors[i] ?? 0);
        expect(Math.abs(it - 10_000 * (probabilities[i] ?? 0))).toBeLessThan(2 * grain + 1e-6);
      });
    }),
  );
});

test("a state is worth telling once it has a twentieth more rewards, and has the mean of their contexts", () => {
  const bandit = banditPolicy({ arms: ["a", "b"], policy: { kind: "linear_thompson", context: ["x", "y"] } });
  const learnt = (count: number) =>
    Array.from({ length: count }).reduce<typeof bandit.empty>(
      (state, _, i) => bandit.update(state, { arm: i % 2 === 0 ? "a" : "b", reward: i, context: [i, -1] }),
      bandit.empty,
    );
  expect(hasGrown(undefined, bandit.empty)).toBe(false);
  expect(hasGrown(undefined, learnt(1))).toBe(true);
  expect(hasGrown(learnt(40), learnt(41))).toBe(false);
  expect(hasGrown(learnt(40), learnt(42))).toBe(true);
  expect(meanContext(learnt(5), 2)).toEqual([2, -1]);
  expect(meanContext(bandit.empty, 2)).toEqual([0, 0]);
});
