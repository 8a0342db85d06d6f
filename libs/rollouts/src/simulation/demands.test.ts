import { expect, test } from "vitest";
import { falseAbortsMost, unmetDemands } from "./demands.ts";

test("of 10,000 equal candidates 5.4 % may be aborted, of fewer as many more as chance may do", () => {
  expect(falseAbortsMost(10_000)).toBeCloseTo(0.054, 12);
  expect(falseAbortsMost(400)).toBeCloseTo(0.07, 12);
  expect(unmetDemands({ aborted: 540, rollouts: 10_000 })).toEqual([]);
  expect(unmetDemands({ aborted: 541, rollouts: 10_000 })).toEqual([
    "5.41 % of equal candidates were aborted, at most 5.40 % may be",
  ]);
});

test("of worse candidates nine of ten are to be aborted", () => {
  const equal = { aborted: 0, rollouts: 10_000 };
  expect(unmetDemands(equal, { aborted: 2_250, rollouts: 2_500 })).toEqual([]);
  expect(unmetDemands(equal, { aborted: 2_249, rollouts: 2_500 })).toEqual([
    "89.96 % of worse candidates were aborted, at least 90.00 % should be",
  ]);
});
