import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { addArm, type DifferenceSums, NO_DIFFERENCE } from "./difference.ts";
import { horizonCount } from "./horizon.ts";
import { capitalBound, logCapital } from "./mixtures.ts";

/** Made by fixtures/sequential_oracle.py: integrals over all bets by SciPy, and sums by NumPy. */
const oracle = JSON.parse(readFileSync(new URL("../../fixtures/sequential.json", import.meta.url), "utf8"));

function close(actual: number, expected: number, relative: number): void {
  expect(Math.abs(actual - expected), `${actual} should be ${expected}`).toBeLessThanOrEqual(
    Math.max(1, Math.abs(expected)) * relative,
  );
}

test("the capital of both mixtures is the integral over all bets, to 1e-9 of its logarithm", () => {
  for (const { log, ...state } of oracle.halfNormal) close(logCapital(state, state), log, 1e-9);
  for (const { log, ...state } of oracle.gammaExponential) close(logCapital(state, state), log, 1e-9);
});

test("the bound is where the integral reaches the threshold, to 1e-9", () => {
  for (const { squares, rho, log, bound } of oracle.bounds) close(capitalBound(squares, { rho }, log), bound, 1e-9);
});

test("the sums of two arms are those of all increments added up, to 1e-12", () => {
  for (const { share, observations, ...expected } of oracle.arms) {
    let sums: DifferenceSums = NO_DIFFERENCE;
    for (const [chosen, value] of observations) sums = addArm(sums, { isCandidate: chosen === 1, value, share });
    for (const name of ["sum", "squares", "squaresAbove", "squaresBelow", "weight"] as const)
      close(sums[name], expected[name], 1e-12);
  }
});

test("a horizon is the least count that reaches the bound", () => {
  for (const { count, ...aim } of oracle.horizons) expect(horizonCount(aim)).toBe(count);
});
