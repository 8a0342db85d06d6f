import { create } from "@bufbuild/protobuf";
import { Strategy as StrategyMessage } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import {
  type RolloutDecision as DecisionMessage,
  type RolloutEvidence as EvidenceMessage,
  RolloutDecisionSchema,
  RolloutEvidenceSchema,
  type Rollout as RolloutMessage,
  RolloutSchema,
  RolloutState as StateMessage,
  Verdict as VerdictMessage,
} from "@throughline/contracts/throughline/registry/v1/rollout_pb";
import type { RecordDecisionRequest } from "@throughline/contracts/throughline/registry/v1/rollout_service_pb";
import type { Verdict } from "@throughline/rollouts";
import { fromMs, toMs } from "@throughline/rpc";
import type { WantedDecision } from "../domain/record-decision.ts";
import type { Rollout } from "../domain/rollout.ts";
import type { Decision, Evidence } from "../domain/rollout-decision.ts";
import { trafficFromProto } from "./convert-deployment.ts";
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
    logPositions: decision.logPositions.map(({ segment, offset }) => ({ segment, offset: BigInt(offset) })),
    ...(decision.knownByMs !== undefined && { knownBy: fromMs(decision.knownByMs) }),
    seed: decision.seed,
    reason: decision.reason,
    actor: decision.actor,
    time: fromMs(decision.timeMs),
  });

const evidenceToProto = (evidence: Evidence): EvidenceMessage =>
  create(RolloutEvidenceSchema, {
    ...evidence,
    verdict: VerdictMessage[evidence.verdict],
    candidateCount: BigInt(evidence.candidateCount),
    baselineCount: BigInt(evidence.baselineCount),
    waitingCount: BigInt(evidence.waitingCount),
    missingCount: BigInt(evidence.missingCount),
    horizonObservations: BigInt(evidence.horizonObservations),
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
  logPositions: request.logPositions.map(({ segment, offset }, i) => ({
    segment,
    offset: safeNumber(offset, `log_positions[${i}].offset`),
  })),
  ...(request.knownBy && { knownByMs: toMs(request.knownBy) }),
  seed: request.seed,
});

const evidenceFromProto = ({ $typeName: _, ...it }: EvidenceMessage, path: string): Evidence => ({
  ...it,
  verdict: verdictFromProto(it.verdict),
  candidateCount: safeNumber(it.candidateCount, `${path}.candidate_count`),
  baselineCount: safeNumber(it.baselineCount, `${path}.baseline_count`),
  waitingCount: safeNumber(it.waitingCount, `${path}.waiting_count`),
  missingCount: safeNumber(it.missingCount, `${path}.missing_count`),
  horizonObservations: safeNumber(it.horizonObservations, `${path}.horizon_observations`),
});

const VERDICTS: Readonly<Record<VerdictMessage, Verdict>> = {
  [VerdictMessage.UNSPECIFIED]: "CONTINUE",
  [VerdictMessage.CONTINUE]: "CONTINUE",
  [VerdictMessage.PROMOTE]: "PROMOTE",
  [VerdictMessage.ABORT]: "ABORT",
  [VerdictMessage.INCONCLUSIVE]: "INCONCLUSIVE",
};

const verdictFromProto = (verdict: VerdictMessage): Verdict => VERDICTS[verdict];
