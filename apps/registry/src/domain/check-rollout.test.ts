import type { Analysis, BanditRule } from "@throughline/rollouts";
import { expect, test } from "vitest";
import { rolloutProblems } from "./check-rollout.ts";
import type { Strategy } from "./traffic.ts";

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

const DRIFT: Analysis = { ...ANOMALIES, name: "drift", source: { kind: "FEATURE_DRIFT", features: [] } };

test("anomalies and drift are compared between arms that answer, and not with a mirror, whose features nobody knows", () => {
  const problemsWith = (strategy: Strategy) =>
    rolloutProblems({
      candidate: "b",
      baseline: "a",
      strategy,
      traffic: [{ release: "a", weightBasisPoints: 10_000 }],
      plan: {
        steps: [],
        analyses: [ANOMALIES, DRIFT],
        alpha: 0.05,
        power: 0.9,
        onInconclusive: "PAUSE",
        mirrorBasisPoints: 0,
        fastTrackRevisions: 0,
      },
    }).map((it) => it.path);
  expect(problemsWith("CANARY")).toEqual([]);
  expect(problemsWith("AB")).toEqual([]);
  expect(problemsWith("SHADOW")).toEqual([
    "rollout.plan.analyses[0].anomaly",
    "rollout.plan.analyses[1].feature_drift",
  ]);
});

test("a bandit with a context names fields, has a floor for every arm, and compares requests of two arms alone", () => {
  const problemsWith = (bandit: Partial<BanditRule>, analyses: readonly Analysis[] = [ANOMALIES]) =>
    rolloutProblems({
      candidate: "b",
      baseline: "a",
      strategy: "BANDIT",
      traffic: [{ release: "a", weightBasisPoints: 10_000 }],
      plan: {
        steps: [],
        analyses,
        alpha: 0.05,
        power: 0.9,
        onInconclusive: "PAUSE",
        mirrorBasisPoints: 0,
        fastTrackRevisions: 0,
        bandit: {
          policy: "LINEAR_THOMPSON",
          epsilon: 0,
          reward: "reward",
          labelDelayMs: 1,
          leastIntervalMs: 1,
          arms: ["a", "b"].map((release) => ({ release, floorBasisPoints: 10 })),
          contextFields: ["hour"],
          ...bandit,
        },
      },
    }).map((it) => it.path);
  expect(problemsWith({})).toEqual([]);
  expect(problemsWith({ contextFields: [] })).toEqual(["rollout.plan.bandit.context_fields"]);
  expect(problemsWith({ policy: "UCB1" })).toEqual(["rollout.plan.bandit.context_fields"]);
  const three = ["a", "b", "c"].map((release, i) => ({ release, floorBasisPoints: 10 * i }));
  expect(problemsWith({ arms: three })).toEqual([
    "rollout.plan.bandit.arms[0].floor_basis_points",
    "rollout.plan.analyses",
  ]);
  const floored = three.map((it) => ({ ...it, floorBasisPoints: 10 }));
  expect(problemsWith({ arms: floored }, [])).toEqual([]);
});
