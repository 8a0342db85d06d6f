import type { Analysis } from "@throughline/rollouts";
import { expect, test } from "vitest";
import { rolloutProblems } from "./check-rollout.ts";
import type { Strategy } from "./deployment.ts";

const ANOMALIES: Analysis = {
  name: "anomalies",
  role: "OBJECTIVE",
  source: { kind: "ANOMALY" },
  bounds: { least: 0, most: 1 },
  lowerIsBetter: true,
  minEffect: 0.1,
  labelDelayMs: 0,
  horizonObservations: 0,
};

test("anomalies are compared between arms that answer, and not with a mirror, which has the features of the answer", () => {
  const problemsWith = (strategy: Strategy) =>
    rolloutProblems({
      ...{ candidate: "b", baseline: "a", strategy, traffic: [{ release: "a", weightBasisPoints: 10_000 }] },
      plan: {
        ...{ steps: [], analyses: [ANOMALIES], alpha: 0.05, power: 0.9 },
        ...{ onInconclusive: "PAUSE", mirrorBasisPoints: 0, fastTrackRevisions: 0 },
      },
    }).map((it) => it.path);
  expect(problemsWith("CANARY")).toEqual([]);
  expect(problemsWith("AB")).toEqual([]);
  expect(problemsWith("SHADOW")).toEqual(["rollout.plan.analyses[0].anomaly"]);
});
