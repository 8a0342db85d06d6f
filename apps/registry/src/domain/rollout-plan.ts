import type { Analysis, BanditRule } from "@throughline/rollouts";
import { type Strategy, WHOLE_BASIS_POINTS } from "./traffic.ts";

/** How a candidate is brought in, and by what it is judged on the way. Everything is filled in. */
export interface RolloutPlan {
  readonly steps: readonly RolloutStep[];
  readonly analyses: readonly Analysis[];
  /** Probability of aborting a candidate that is as good as the baseline, over all analyses and looks together. */
  readonly alpha: number;
  readonly power: number;
  readonly onInconclusive: "PAUSE" | "ABORT";
  /** Share of requests that are mirrored to the candidate; 0 unless the strategy is SHADOW. */
  readonly mirrorBasisPoints: number;
  /** Set for the strategy BANDIT. */
  readonly bandit?: BanditRule;
  /** 0: candidates that served before go through the steps too. */
  readonly fastTrackRevisions: number;
}

export interface RolloutStep {
  /** The candidate's. */
  readonly weightBasisPoints: number;
  readonly leastDurationMs: number;
  /** Of the candidate in each objective, since the beginning of the rollout. */
  readonly leastObservations: number;
  readonly needsApproval: boolean;
}

const HALF_BASIS_POINTS = 5_000;
const ALPHA = 0.05;
const POWER = 0.9;
const REWARD_DELAY_MS = 60_000;
const SHARES_MS = 60_000;

const UNIT_BOUNDS = { least: 0, most: 1 } as const;

/** The plan with what was left out filled in, as the contract says: 0 and empty are left out. */
export function filledIn(plan: RolloutPlan, strategy: Strategy): RolloutPlan {
  const { bandit, ...rest } = plan;
  return {
    ...rest,
    steps: plan.steps.length > 0 ? plan.steps : usualSteps(strategy),
    analyses: plan.analyses.map(withBounds),
    alpha: plan.alpha || ALPHA,
    power: plan.power || POWER,
    mirrorBasisPoints: strategy === "SHADOW" ? plan.mirrorBasisPoints || WHOLE_BASIS_POINTS : plan.mirrorBasisPoints,
    ...(bandit && { bandit: banditFilledIn(bandit, plan.analyses) }),
  };
}

const banditFilledIn = (bandit: BanditRule, analyses: readonly Analysis[]): BanditRule => ({
  ...bandit,
  reward: bandit.reward || "actual",
  labelDelayMs: bandit.labelDelayMs || Math.max(...analyses.map((it) => it.labelDelayMs), 0) || REWARD_DELAY_MS,
  leastIntervalMs: bandit.leastIntervalMs || SHARES_MS,
});

function usualSteps(strategy: Strategy): readonly RolloutStep[] {
  if (strategy === "RECREATE") return [];
  const weightBasisPoints = strategy === "CANARY" || strategy === "AB" ? HALF_BASIS_POINTS : 0;
  return [{ weightBasisPoints, leastDurationMs: 0, leastObservations: 0, needsApproval: false }];
}

const UNIT_KINDS: ReadonlySet<Analysis["source"]["kind"]> = new Set([
  "ERROR",
  "INTERVAL_COVERED",
  "ANOMALY",
  "FEATURE_DRIFT",
]);

/** Errors, coverage, anomalies and drift are from 0 to 1, whoever says so. */
const withBounds = (analysis: Analysis): Analysis =>
  UNIT_KINDS.has(analysis.source.kind) ? { ...analysis, bounds: UNIT_BOUNDS } : analysis;
