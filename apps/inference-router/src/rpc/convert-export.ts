import { create } from "@bufbuild/protobuf";
import {
  type ExportPredictionsRequest,
  type ExportPredictionsResult,
  ExportPredictionsResultSchema,
} from "@throughline/contracts/throughline/inference/v1/inference_service_pb";
import { type Digest, digestOfJson } from "@throughline/kernel";
import { durationToNs, fromMs, toMs, toNs } from "@throughline/rpc";
import type { ExportedRelease, ExportResult } from "../domain/export-predictions.ts";
import type { ExportWindow } from "../domain/export-window.ts";

export const windowFromProto = (request: ExportPredictionsRequest, actor: string): ExportWindow => ({
  deployment: request.deployment,
  release: request.release,
  actor,
  startNs: request.startTime && toNs(request.startTime),
  endNs: request.endTime && toNs(request.endTime),
  knownByMs: request.knownBy && toMs(request.knownBy),
  labelDelayNs: request.labelDelay && durationToNs(request.labelDelay, "label_delay"),
  labeledOnly: request.labeledOnly,
  byEntity: request.byEntity,
});

/** What a window asks for, whoever asks. */
export const exportDigest = ({ actor: _, ...window }: ExportWindow): Digest =>
  digestOfJson({
    ...window,
    startNs: String(window.startNs ?? ""),
    endNs: String(window.endNs ?? ""),
    knownByMs: window.knownByMs ?? null,
    labelDelayNs: String(window.labelDelayNs ?? ""),
  });

export const exportToProto = (it: ExportResult): ExportPredictionsResult =>
  create(ExportPredictionsResultSchema, {
    digest: it.digest,
    rowCount: BigInt(it.rowCount),
    rowsDigest: it.rowsDigest,
    knownBy: fromMs(it.knownByMs),
    features: [...it.features],
    featureColumns: [...it.featureColumns],
    releases: it.releases.map(releaseToProto),
    segments: it.segments.map(({ segment, digest, rowCount }) => ({ segment, digest, rowCount: BigInt(rowCount) })),
    labeledCount: BigInt(it.labeledCount),
    withoutEntityCount: BigInt(it.leftOut.withoutEntity),
    laterAsOfCount: BigInt(it.leftOut.laterAsOf),
    withoutLabelCount: BigInt(it.leftOut.withoutLabel),
    notSampledCount: BigInt(it.leftOut.notSampled),
  });

const releaseToProto = ({ facts, rowCount }: ExportedRelease) => ({
  release: facts.release,
  digest: facts.digest,
  rowCount: BigInt(rowCount),
  viewVersions: { ...facts.viewVersions },
  modelVersions: { ...facts.modelVersions },
  ...(facts.featureService && {
    featureService: facts.featureService.name,
    featureServiceVersion: facts.featureService.version,
    featureServiceDigest: facts.featureService.digest,
  }),
});
