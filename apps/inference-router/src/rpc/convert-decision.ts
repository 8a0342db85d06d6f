import type { MessageInitShape } from "@bufbuild/protobuf";
import { durationMs } from "@bufbuild/protobuf/wkt";
import type { ReplayDecisionResponseSchema } from "@throughline/contracts/throughline/inference/v1/replay_pb";
import { Strategy } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import {
  type Rollout,
  type RolloutEvidence,
  type RolloutEvidenceSchema,
  RolloutState,
  Verdict as VerdictMessage,
} from "@throughline/contracts/throughline/registry/v1/rollout_pb";
import {
  AnalysisRole,
  type BanditPlan,
  type RolloutAnalysis,
  type RolloutPlan,
} from "@throughline/contracts/throughline/registry/v1/rollout_plan_pb";
import type { Analysis, AnalysisPlan, BanditRule, Verdict } from "@throughline/rollouts";
import {
  analysisSourceFromProto,
  banditPolicyFromProto,
  fromMs,
  measurementFromProto,
  measurementToProto,
  toMs,
  verdictFromProto,
} from "@throughline/rpc";
import type { AnalysisEvidence, ObservedRollout, StepStart } from "../domain/analysis/observed-rollout.ts";
import type { Replayed } from "../domain/analysis/replay.ts";
import { rewardsFromProto } from "./convert-evidence-part.ts";

const WHOLE = 10_000;

const UNDER_WAY: readonly RolloutState[] = [
  RolloutState.RUNNING,
  RolloutState.WAITING_APPROVAL,
  RolloutState.PAUSED,
  RolloutState.INCONCLUSIVE,
];

/** A rollout with all states that it had, in any order. */
export function observedFromProto(rollout: Rollout, states: readonly Rollout[]): ObservedRollout {
  const plan = planFromProto(rollout.plan, rollout.strategy);
  return {
    name: rollout.name,
    deployment: rollout.name.replace(/\/rollouts\/[^/]+$/, ""),
    candidate: rollout.candidate,
    baseline: rollout.baseline,
    plan,
    etag: rollout.etag,
    startMs: rollout.startTime ? toMs(rollout.startTime) : 0,
    step: rollout.step,
    timeline: plan.bandit ? timelineOfArms(rollout, states) : timelineOf(plan, states),
    isUnderWay: UNDER_WAY.includes(rollout.state),
    isRunning: rollout.state === RolloutState.RUNNING,
    decisionCount: Number(rollout.decisionCount),
    ...(rollout.armShares.length > 0 && { arms: armsOf(rollout) }),
  };
}

const armsOf = ({ armShares, armSharesTime, armRewards }: Rollout) => ({
  shares: armShares.map(({ release, weightBasisPoints }) => ({ release, weightBasisPoints })),
  sinceMs: armSharesTime ? toMs(armSharesTime) : 0,
  ...(armRewards.length > 0 && { learnt: rewardsFromProto(armRewards) }),
});

/** When the arms of a bandit got which shares, and what the candidate then had of what it has together with the baseline. */
function timelineOfArms({ candidate, baseline }: Rollout, states: readonly Rollout[]): readonly StepStart[] {
  const begun = new Map<number, StepStart>();
  for (const state of states) {
    const { shares, sinceMs } = armsOf(state);
    const weightOf = (release: string) => shares.find((it) => it.release === release)?.weightBasisPoints ?? 0;
    const both = weightOf(candidate) + weightOf(baseline);
    begun.set(sinceMs, { timeMs: sinceMs, share: both === 0 ? 0 : weightOf(candidate) / both });
  }
  return [...begun.values()].sort((a, b) => a.timeMs - b.timeMs);
}

/** When each step began; those that were promoted by hand or fast-tracked were none. */
function timelineOf({ steps }: AnalysisPlan, states: readonly Rollout[]): readonly StepStart[] {
  const begun = new Map<number, StepStart>();
  for (const { step, stepStartTime } of states) {
    const weight = steps[step]?.weightBasisPoints;
    if (weight === undefined || !stepStartTime) continue;
    begun.set(step, { timeMs: toMs(stepStartTime), share: weight / WHOLE });
  }
  return [...begun].sort(([a], [b]) => a - b).map(([, it]) => it);
}

const planFromProto = (plan: RolloutPlan | undefined, strategy: Strategy): AnalysisPlan => ({
  isPaired: strategy === Strategy.SHADOW,
  alpha: plan?.alpha ?? 0,
  power: plan?.power ?? 0,
  ...(plan?.bandit && { bandit: banditFromProto(plan.bandit) }),
  analyses: plan?.analyses.map(analysisFromProto) ?? [],
  steps:
    plan?.steps.map((it) => ({
      weightBasisPoints: it.weightBasisPoints,
      leastDurationMs: it.leastDuration ? durationMs(it.leastDuration) : 0,
      leastObservations: Number(it.leastObservations),
      needsApproval: it.needsApproval,
    })) ?? [],
});

export const banditFromProto = (it: BanditPlan): BanditRule => ({
  policy: banditPolicyFromProto(it.policy),
  epsilon: it.epsilon,
  reward: it.reward || "actual",
  ...(it.contextFields.length > 0 && { contextFields: [...it.contextFields] }),
  arms: it.arms.map(({ release, floorBasisPoints }) => ({ release, floorBasisPoints })),
  labelDelayMs: it.labelDelay ? durationMs(it.labelDelay) : 0,
  leastIntervalMs: it.leastInterval ? durationMs(it.leastInterval) : 0,
});

const analysisFromProto = (it: RolloutAnalysis): Analysis => ({
  name: it.name,
  role: it.role === AnalysisRole.GUARDRAIL ? "GUARDRAIL" : "OBJECTIVE",
  source: analysisSourceFromProto(it.source) ?? { kind: "ERROR" },
  ...(it.bounds && { bounds: { least: it.bounds.least, most: it.bounds.most } }),
  lowerIsBetter: it.lowerIsBetter,
  minEffect: it.minEffect,
  labelDelayMs: it.labelDelay ? durationMs(it.labelDelay) : 0,
  ...(it.missingValue === undefined ? {} : { missingValue: it.missingValue }),
  horizonObservations: Number(it.horizonObservations),
});

export const verdictToProto = (verdict: Verdict): VerdictMessage => VerdictMessage[verdict];

export const evidenceToProto = (it: AnalysisEvidence): MessageInitShape<typeof RolloutEvidenceSchema> => ({
  analysis: it.analysis,
  verdict: verdictToProto(it.verdict),
  candidateCount: BigInt(it.candidateCount),
  baselineCount: BigInt(it.baselineCount),
  candidateMean: it.candidateMean,
  baselineMean: it.baselineMean,
  differenceLow: it.low,
  differenceHigh: it.high,
  alpha: it.alpha,
  logEValue: it.logEValue,
  method: it.method,
  waitingCount: BigInt(it.waitingCount),
  missingCount: BigInt(it.missingCount),
  horizonObservations: BigInt(it.horizonObservations),
  problem: it.problem,
  ...(it.measurement && { measurement: measurementToProto(it.measurement) }),
});

export const evidenceFromProto = (it: RolloutEvidence): AnalysisEvidence => ({
  analysis: it.analysis,
  verdict: verdictFromProto(it.verdict),
  candidateCount: Number(it.candidateCount),
  baselineCount: Number(it.baselineCount),
  candidateMean: it.candidateMean,
  baselineMean: it.baselineMean,
  low: it.differenceLow,
  high: it.differenceHigh,
  alpha: it.alpha,
  logEValue: it.logEValue,
  method: it.method,
  waitingCount: Number(it.waitingCount),
  missingCount: Number(it.missingCount),
  horizonObservations: Number(it.horizonObservations),
  problem: it.problem,
  ...(it.measurement && { measurement: measurementFromProto(it.measurement) }),
});

export const replayedToProto = (it: Replayed): MessageInitShape<typeof ReplayDecisionResponseSchema> => ({
  equal: it.differences.length === 0,
  differences: [...it.differences],
  verdict: it.verdict,
  reason: it.reason,
  knownBy: fromMs(it.knownByMs),
  replayedRouters: [...it.replayedRouters],
  recordedRouters: [...it.recordedRouters],
});
