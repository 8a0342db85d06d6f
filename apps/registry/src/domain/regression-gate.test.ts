import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { EvaluatedSlice } from "./evidence.ts";
import type { Correction, SliceRule } from "./gate.ts";
import { judge } from "./judge-gate.ts";
import { aucCondition, facts, knownFrom } from "./testing-gate-facts.ts";

interface Oracle {
  readonly slices: readonly Omit<EvaluatedSlice, "positiveCount">[];
  readonly expected: readonly {
    readonly metric: "mae" | "rmse";
    readonly bound: number;
    readonly correction: Correction;
    readonly proof: SliceRule["proof"];
    readonly pValues: Readonly<Record<string, number>>;
  }[];
}

/** Made by fixtures/regression_gates_oracle.py from NumPy, SciPy and statsmodels. */
const oracle: Oracle = JSON.parse(
  readFileSync(new URL("../../fixtures/regression_gates_oracle.json", import.meta.url), "utf8"),
);
const slices = oracle.slices.map((it): EvaluatedSlice => ({ ...it, positiveCount: 0 }));
const known = knownFrom(slices);

/**
 * A test on the interval of a mean is the test on the mean. The interval of `rmse` is that of the squared errors under a root, which
 * is a little crooked, so that away from its ends the probability differs; where it decides, at the ends, it does not.
 */
const TOLERANCE = { mae: 1e-9, rmse: 0.01 } as const;
const ALPHA = 0.025;

describe("slices of a regression", () => {
  test.each(oracle.expected)("$metric at $bound: $proof, $correction", ({ pValues, ...said }) => {
    const { metric, bound, correction, proof } = said;
    const rule = { columns: ["carrier"], minRowCount: 0, confidence: 0.95, requireBaselineSlices: false };
    const condition = aucCondition({
      metric,
      greaterIsBetter: false,
      threshold: bound,
      slices: { ...rule, proof, correction },
    });
    const found = judge(condition, facts({ known }));
    expect(found.slices).toHaveLength(8);
    for (const { slice, adjustedPValue = Number.NaN, state } of found.slices ?? []) {
      const right = pValues[slice] ?? Number.NaN;
      expect(Math.abs(adjustedPValue - right), `${slice}: ${adjustedPValue}, not ${right}`).toBeLessThan(
        TOLERANCE[metric],
      );
      const isShown = right <= ALPHA;
      expect(state, slice).toBe(isShown === (proof === "MUST_CLEAR") ? "MET" : "UNMET");
    }
    const states = new Set(found.slices?.map((it) => it.state));
    expect(found.state).toBe(states.has("UNMET") ? "UNMET" : "MET");
  });

  test("less is better: the upper end of the interval counts, and a share of the baseline is below it", () => {
    const condition = (threshold: number) =>
      aucCondition({ metric: "mae", greaterIsBetter: false, useInterval: true, threshold });
    const { value, interval } = slices[0]?.metrics[0] ?? expect.unreachable();
    const high = interval?.high ?? 0;
    expect(judge(condition(high + 1e-6), facts({ known }))).toMatchObject({ state: "MET", value });
    expect(judge(condition(high - 1e-6), facts({ known })).state).toBe("UNMET");
    const better = aucCondition({ metric: "mae", greaterIsBetter: false, minRelativeChange: 0.1 });
    expect(judge(better, facts({ known }, { known })).state).toBe("UNMET");
  });
});
