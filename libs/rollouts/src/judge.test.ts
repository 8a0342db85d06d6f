import { describe, expect, test } from "vitest";
import { judge } from "./judge.ts";
import type { Analysis, AnalysisPlan, PlanStep, Verdict } from "./plan.ts";
import type { Reading } from "./reading.ts";

const analysis = (name: string, role: Analysis["role"]): Analysis => ({
  name,
  role,
  lowerIsBetter: true,
  minEffect: 0.1,
  labelDelayMs: 0,
  horizonObservations: 0,
  source: { kind: "ERROR" },
});

const step = (it: Partial<PlanStep> = {}): PlanStep => ({
  weightBasisPoints: 1_000,
  leastDurationMs: 0,
  leastObservations: 0,
  needsApproval: false,
  ...it,
});

const plan = (steps: readonly PlanStep[], roles: readonly Analysis["role"][]): AnalysisPlan => ({
  isPaired: false,
  alpha: 0.05,
  power: 0.9,
  steps,
  analyses: roles.map((role, i) => analysis(`a${i}`, role)),
});

const reading = (verdict: Verdict, candidateCount = 500): Reading => ({
  verdict,
  candidateCount,
  baselineCount: 500,
  candidateMean: 0,
  baselineMean: 0,
  low: -1,
  high: 1,
  alpha: 0.05,
  logEValue: 0,
  missingCount: 0,
  horizonObservations: 1_000,
});

const GUARDED = ["OBJECTIVE", "GUARDRAIL"] as const;
const TWO = ["OBJECTIVE", "OBJECTIVE"] as const;
const LAST = [step()];
const RAMP = [step({ leastDurationMs: 1_000, leastObservations: 100 }), step()];

/** What the case shows, plan, elapsed time, the readings' verdicts, what follows. */
const CASES: readonly (readonly [string, AnalysisPlan, number, readonly Reading[], Verdict])[] = [
  ["a guardrail aborts alone", plan(LAST, GUARDED), 0, [reading("PROMOTE"), reading("ABORT")], "ABORT"],
  [
    "an abort goes before what is inconclusive",
    plan(LAST, TWO),
    0,
    [reading("INCONCLUSIVE"), reading("ABORT")],
    "ABORT",
  ],
  ["one objective at its horizon", plan(LAST, TWO), 0, [reading("PROMOTE"), reading("INCONCLUSIVE")], "INCONCLUSIVE"],
  ["promoting needs all objectives", plan(LAST, TWO), 0, [reading("PROMOTE"), reading("CONTINUE")], "CONTINUE"],
  ["and no guardrail", plan(LAST, GUARDED), 0, [reading("PROMOTE"), reading("CONTINUE")], "PROMOTE"],
  ["a step takes its time", plan(RAMP, ["OBJECTIVE"]), 999, [reading("PROMOTE")], "CONTINUE"],
  ["and its observations", plan(RAMP, ["OBJECTIVE"]), 1_000, [reading("PROMOTE", 99)], "CONTINUE"],
  ["more traffic comes without proof", plan(RAMP, ["OBJECTIVE"]), 1_000, [reading("CONTINUE")], "PROMOTE"],
  [
    "but not at a step that ends by proof alone",
    plan([step(), step()], ["OBJECTIVE"]),
    1_000,
    [reading("CONTINUE")],
    "CONTINUE",
  ],
  ["without analyses time decides", plan([step({ leastDurationMs: 10 })], []), 10, [], "PROMOTE"],
  ["or a person who approves", plan([step({ needsApproval: true })], []), 0, [], "PROMOTE"],
  ["and otherwise nobody but a person who promotes", plan(LAST, []), 1e9, [], "CONTINUE"],
];

describe("judge", () => {
  test.each(CASES)("%s", (_, it, elapsedMs, readings, verdict) => {
    expect(judge(it, { step: 0, elapsedMs }, readings)).toBe(verdict);
  });

  test("the last step needs proof, whatever time has passed", () => {
    const last = plan([step(), step({ leastDurationMs: 10 })], ["OBJECTIVE"]);
    expect(judge(last, { step: 1, elapsedMs: 1e9 }, [reading("CONTINUE")])).toBe("CONTINUE");
    expect(judge(last, { step: 1, elapsedMs: 1e9 }, [reading("PROMOTE")])).toBe("PROMOTE");
  });
});
