import { create } from "@bufbuild/protobuf";
import { type Duration, DurationSchema } from "@bufbuild/protobuf/wkt";
import {
  type RolloutAnalysis as AnalysisMessage,
  AnalysisRole,
  type BanditPlan as BanditMessage,
  BanditPlanSchema,
  OnInconclusive,
  type RolloutPlan as PlanMessage,
  BanditPolicy as PolicyMessage,
  RolloutAnalysisSchema,
  RolloutPlanSchema,
  RolloutStepSchema,
} from "@throughline/contracts/throughline/registry/v1/rollout_plan_pb";
import { invalidField } from "@throughline/kernel";
import type { Analysis, AnalysisSource, BanditRule } from "@throughline/rollouts";
import { analysisSourceFromProto, banditPolicyFromProto, durationToNs } from "@throughline/rpc";
import type { RolloutPlan } from "../domain/rollout-plan.ts";
import { safeNumber } from "./convert-model.ts";

export const planToProto = ({ bandit, ...plan }: RolloutPlan): PlanMessage =>
  create(RolloutPlanSchema, {
    ...plan,
    steps: plan.steps.map(({ leastDurationMs, leastObservations, ...step }) =>
      create(RolloutStepSchema, {
        ...step,
        leastDuration: durationOf(leastDurationMs),
        leastObservations: BigInt(leastObservations),
      }),
    ),
    analyses: plan.analyses.map(analysisToProto),
    onInconclusive: OnInconclusive[plan.onInconclusive],
    ...(bandit && { bandit: banditToProto(bandit) }),
  });

const banditToProto = ({ policy, arms, contextFields, labelDelayMs, leastIntervalMs, ...bandit }: BanditRule) =>
  create(BanditPlanSchema, {
    ...bandit,
    policy: PolicyMessage[policy],
    arms: [...arms],
    contextFields: [...(contextFields ?? [])],
    labelDelay: durationOf(labelDelayMs),
    leastInterval: durationOf(leastIntervalMs),
  });

const analysisToProto = ({ source, labelDelayMs, horizonObservations, role, ...rest }: Analysis) =>
  create(RolloutAnalysisSchema, {
    ...rest,
    role: AnalysisRole[role],
    source: sourceToProto(source),
    labelDelay: durationOf(labelDelayMs),
    horizonObservations: BigInt(horizonObservations),
  });

type SourceMessage = Exclude<
  NonNullable<Parameters<typeof create<typeof RolloutAnalysisSchema>>[1]>["source"],
  undefined
>;

function sourceToProto(source: AnalysisSource): SourceMessage {
  switch (source.kind) {
    case "EXPRESSION":
      return { case: "expression", value: source.expression };
    case "LATENCY_MS":
      return { case: "latencyMs", value: {} };
    case "ERROR":
      return { case: "error", value: {} };
    case "INTERVAL_COVERED":
      return { case: "intervalCovered", value: {} };
    case "ANOMALY":
      return { case: "anomaly", value: {} };
    case "FEATURE_DRIFT":
      return { case: "featureDrift", value: { features: [...source.features] } };
    case "PROMETHEUS":
      return { case: "prometheus", value: { query: source.query } };
  }
}

const durationOf = (ms: number): Duration =>
  create(DurationSchema, { seconds: BigInt(Math.trunc(ms / 1_000)), nanos: (ms % 1_000) * 1_000_000 });

/** The plan as the caller said it: what was left out is 0 or empty. Fails with INVALID_FIELD. */
export const planFromProto = (plan: PlanMessage, path: string): RolloutPlan => ({
  steps: plan.steps.map((it, i) => ({
    weightBasisPoints: it.weightBasisPoints,
    leastDurationMs: msOf(it.leastDuration, `${path}.steps[${i}].least_duration`),
    leastObservations: safeNumber(it.leastObservations, `${path}.steps[${i}].least_observations`),
    needsApproval: it.needsApproval,
  })),
  analyses: plan.analyses.map((it, i) => analysisFromProto(it, `${path}.analyses[${i}]`)),
  alpha: plan.alpha,
  power: plan.power,
  onInconclusive: plan.onInconclusive === OnInconclusive.ABORT ? "ABORT" : "PAUSE",
  mirrorBasisPoints: plan.mirrorBasisPoints,
  fastTrackRevisions: plan.fastTrackRevisions,
  ...(plan.bandit && { bandit: banditFromProto(plan.bandit, `${path}.bandit`) }),
});

const analysisFromProto = (message: AnalysisMessage, path: string): Analysis => ({
  name: message.name,
  role: message.role === AnalysisRole.GUARDRAIL ? "GUARDRAIL" : "OBJECTIVE",
  source: sourceFromProto(message.source, path),
  ...(message.bounds && { bounds: { least: message.bounds.least, most: message.bounds.most } }),
  lowerIsBetter: message.lowerIsBetter,
  minEffect: message.minEffect,
  labelDelayMs: msOf(message.labelDelay, `${path}.label_delay`),
  ...(message.missingValue !== undefined && { missingValue: message.missingValue }),
  horizonObservations: safeNumber(message.horizonObservations, `${path}.horizon_observations`),
});

function sourceFromProto(source: AnalysisMessage["source"], path: string): AnalysisSource {
  const found = analysisSourceFromProto(source);
  if (found === undefined) throw invalidField(`${path}.source`, "it is missing");
  return found;
}

const banditFromProto = ({ policy, epsilon, reward, arms, ...rest }: BanditMessage, path: string): BanditRule => ({
  policy: banditPolicyFromProto(policy),
  epsilon,
  reward,
  arms: arms.map(({ release, floorBasisPoints }) => ({ release, floorBasisPoints })),
  ...(rest.contextFields.length > 0 && { contextFields: [...rest.contextFields] }),
  labelDelayMs: msOf(rest.labelDelay, `${path}.label_delay`),
  leastIntervalMs: msOf(rest.leastInterval, `${path}.least_interval`),
});

const msOf = (duration: Duration | undefined, path: string): number =>
  duration === undefined ? 0 : Number(durationToNs(duration, path) / 1_000_000n);
