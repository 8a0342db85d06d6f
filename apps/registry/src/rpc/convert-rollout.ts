import { create } from "@bufbuild/protobuf";
import { Strategy as StrategyMessage } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import {
  type RolloutDecision as DecisionMessage,
  RolloutDecisionSchema,
  type Rollout as RolloutMessage,
  RolloutSchema,
  RolloutState as StateMessage,
  Verdict as VerdictMessage,
} from "@throughline/contracts/throughline/registry/v1/rollout_pb";
import type { RecordDecisionRequest } from "@throughline/contracts/throughline/registry/v1/rollout_service_pb";
import { fromMs, toMs, verdictFromProto } from "@throughline/rpc";
import type { WantedDecision } from "../domain/record-decision.ts";
import type { Rollout } from "../domain/rollout.ts";
import type { Decision } from "../domain/rollout-decision.ts";
import { armToProto, trafficFromProto } from "./convert-deployment.ts";
import { evidenceFromProto, evidenceToProto, partFromProto, partToProto } from "./convert-evidence.ts";
import { changeToProto, safeNumber } from "./convert-model.ts";
import { planToProto } from "./convert-rollout-plan.ts";

/** `decisionCount` is 0 where it is not told. */
export const rolloutToProto = (rollout: Rollout, decisionCount = 0): RolloutMessage =>
  create(RolloutSchema, {
    name: rollout.name,
    candidate: rollout.candidate,
    baseline: rollout.baseline,
    strategy: StrategyMessage[rollout.strategy],
    plan: planToProto(rollout.plan),
    state: StateMessage[rollout.state],
    step: rollout.step,
    stepApproved: rollout.stepApproved,
    startTime: fromMs(rollout.startTimeMs),
    stepStartTime: fromMs(rollout.stepStartTimeMs),
    ...(rollout.endTimeMs !== undefined && { endTime: fromMs(rollout.endTimeMs) }),
    trafficBefore: [...rollout.trafficBefore],
    revisionBefore: BigInt(rollout.revisionBefore),
    decisionCount: BigInt(decisionCount),
    change: changeToProto(rollout.change),
    etag: String(rollout.change.revision),
    isOpenEnded: rollout.isOpenEnded,
    armShares: [...(rollout.armShares ?? [])],
    armRewards: (rollout.armRewards ?? []).map(armToProto),
    ...(rollout.armSharesTimeMs !== undefined && { armSharesTime: fromMs(rollout.armSharesTimeMs) }),
  });

export const decisionToProto = (decision: Decision): DecisionMessage =>
  create(RolloutDecisionSchema, {
    name: `${decision.rollout}/decisions/${decision.sequence}`,
    sequence: BigInt(decision.sequence),
    rolloutRevision: BigInt(decision.rolloutRevision),
    step: decision.step,
    verdict: VerdictMessage[decision.verdict],
    applied: VerdictMessage[decision.applied],
    note: decision.note,
    evidence: decision.evidence.map(evidenceToProto),
    armShares: [...decision.armShares],
    armRewards: decision.armRewards.map(armToProto),
    logPositions: decision.logPositions.map(({ offset, ...it }) => ({ ...it, offset: BigInt(offset) })),
    parts: decision.parts.map(partToProto),
    router: decision.router,
    ...(decision.knownByMs !== undefined && { knownBy: fromMs(decision.knownByMs) }),
    seed: decision.seed,
    reason: decision.reason,
    actor: decision.actor,
    time: fromMs(decision.timeMs),
  });

/** Fails with INVALID_FIELD for counts that are no exact number here. */
export const decisionFromProto = (request: RecordDecisionRequest): WantedDecision => ({
  rollout: request.name,
  sequence: safeNumber(request.sequence, "sequence"),
  etag: request.etag,
  reason: request.reason,
  verdict: verdictFromProto(request.verdict),
  evidence: request.evidence.map((it, i) => evidenceFromProto(it, `evidence[${i}]`)),
  armShares: trafficFromProto(request.armShares),
  armRewards: request.armRewards.map(({ release, sums }) => ({
    release,
    sums: sums.map(({ terms }) => ({ terms: [...terms] })),
  })),
  logPositions: request.logPositions.map(({ segment, offset, router }, i) => ({
    segment,
    offset: safeNumber(offset, `log_positions[${i}].offset`),
    router,
  })),
  parts: request.parts.map((it, i) => partFromProto(it, `parts[${i}]`)),
  router: request.router,
  ...(request.knownBy && { knownByMs: toMs(request.knownBy) }),
  seed: request.seed,
});
