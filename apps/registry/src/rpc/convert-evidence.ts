import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type RolloutEvidencePart as PartMessage,
  RolloutEvidencePartSchema,
} from "@throughline/contracts/throughline/registry/v1/rollout_evidence_pb";
import {
  type RolloutEvidence as EvidenceMessage,
  RolloutEvidenceSchema,
  Verdict as VerdictMessage,
} from "@throughline/contracts/throughline/registry/v1/rollout_pb";
import type { ReportEvidenceResponse } from "@throughline/contracts/throughline/registry/v1/rollout_service_pb";
import { fromMs, measurementFromProto, measurementToProto, toMs, verdictFromProto } from "@throughline/rpc";
import type { Reported } from "../domain/evidence-parts.ts";
import type { Evidence, EvidencePart } from "../domain/rollout-decision.ts";
import { safeNumber } from "./convert-model.ts";

export const evidenceToProto = ({ measurement, ...evidence }: Evidence): EvidenceMessage =>
  create(RolloutEvidenceSchema, {
    ...evidence,
    verdict: VerdictMessage[evidence.verdict],
    candidateCount: BigInt(evidence.candidateCount),
    baselineCount: BigInt(evidence.baselineCount),
    waitingCount: BigInt(evidence.waitingCount),
    missingCount: BigInt(evidence.missingCount),
    horizonObservations: BigInt(evidence.horizonObservations),
    ...(measurement && { measurement: measurementToProto(measurement) }),
  });

/** Fails with INVALID_FIELD for counts that are no exact number here. */
export const evidenceFromProto = (
  { $typeName: _, $unknown: __, measurement, ...it }: EvidenceMessage,
  path: string,
): Evidence => ({
  ...it,
  verdict: verdictFromProto(it.verdict),
  candidateCount: safeNumber(it.candidateCount, `${path}.candidate_count`),
  baselineCount: safeNumber(it.baselineCount, `${path}.baseline_count`),
  waitingCount: safeNumber(it.waitingCount, `${path}.waiting_count`),
  missingCount: safeNumber(it.missingCount, `${path}.missing_count`),
  horizonObservations: safeNumber(it.horizonObservations, `${path}.horizon_observations`),
  ...(measurement && { measurement: measurementFromProto(measurement) }),
});

/** A part as it came, with what the registry has to know of it beside. Fails with INVALID_FIELD. */
export const partFromProto = (part: PartMessage, path: string): EvidencePart => ({
  router: part.router,
  rolloutRevision: safeNumber(part.rolloutRevision, `${path}.rollout_revision`),
  tunings: part.analyses.map(({ analysis, rho, tunedBy }) => ({ analysis, rho, router: tunedBy })),
  reportTimeMs: part.reportTime ? toMs(part.reportTime) : 0,
  content: Buffer.from(toBinary(RolloutEvidencePartSchema, part)).toString("base64"),
});

export const partToProto = ({ content, reportTimeMs }: EvidencePart): PartMessage => ({
  ...fromBinary(RolloutEvidencePartSchema, Buffer.from(content, "base64")),
  // Parts of a decision came from whoever concluded, who does not know it.
  ...(reportTimeMs > 0 && { reportTime: fromMs(reportTimeMs) }),
});

export const reportedToProto = ({ pool, leads, behind }: Reported): Omit<ReportEvidenceResponse, "$typeName"> => ({
  leads,
  leader: pool.leader,
  leaseEndTime: fromMs(pool.leaseEndMs),
  parts: pool.parts.map(partToProto),
  tunings: pool.tunings.map((it) => ({ $typeName: "throughline.registry.v1.AnalysisTuning", ...it })),
  behind: [...behind],
});
