import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type FeatureSkewSchema,
  SkewCauseKind,
  type SkewReport as SkewReportMessage,
  SkewReportSchema,
} from "@throughline/contracts/throughline/features/v1/skew_report_pb";
import { fromMs, fromNs, valueToProto } from "@throughline/rpc";
import { serviceName, skewReportName } from "../domain/names.ts";
import type { FeatureSkew, SkewReport } from "../domain/skew/skew-report.ts";
import { leftOutToProto, logSegmentToProto, releaseToProto } from "./convert-served.ts";

export const skewReportToProto = (it: SkewReport): SkewReportMessage =>
  create(SkewReportSchema, {
    name: skewReportName.format({ project: it.project, skewReport: it.id }),
    digest: it.digest,
    sizeBytes: BigInt(it.sizeBytes),
    deployment: it.deployment,
    ...(it.startNs !== undefined && { startTime: fromNs(it.startNs) }),
    ...(it.endNs !== undefined && { endTime: fromNs(it.endNs) }),
    release: it.release,
    knownBy: fromMs(it.knownByMs),
    featureService: serviceName.format({ project: it.project, service: it.featureService }),
    featureServiceVersion: BigInt(it.featureServiceVersion),
    servedFeatureServiceVersion: BigInt(it.servedFeatureServiceVersion),
    dataVersion: BigInt(it.dataVersion),
    rowCount: BigInt(it.rowCount),
    differingRowCount: BigInt(it.differingRowCount),
    features: it.features.map(featureToProto),
    uncomparedFeatures: [...it.uncomparedFeatures],
    notes: [...it.notes],
    releases: it.releases.map(releaseToProto),
    logSegments: it.segments.map(logSegmentToProto),
    predictionsDigest: it.predictionsDigest,
    leftOut: leftOutToProto(it.leftOut),
    actor: it.actor,
    createTime: fromMs(it.createTimeMs),
  });

/** As lists have it. */
export const shortSkewReportToProto = (it: SkewReport): SkewReportMessage =>
  skewReportToProto({
    ...it,
    features: it.features.map((feature) => ({ ...feature, examples: [], causes: [] })),
    segments: [],
  });

const featureToProto = (it: FeatureSkew): MessageInitShape<typeof FeatureSkewSchema> => ({
  feature: it.feature,
  view: it.view,
  viewVersion: BigInt(it.viewVersion),
  servedViewVersion: BigInt(it.servedViewVersion),
  differingCount: BigInt(it.differingCount),
  servedMissingCount: BigInt(it.servedMissingCount),
  joinedMissingCount: BigInt(it.joinedMissingCount),
  ...(it.absoluteDifference && {
    absoluteDifferenceMax: it.absoluteDifference.max,
    absoluteDifferenceMean: it.absoluteDifference.mean,
  }),
  examples: it.examples.map(({ prediction, asOfNs, served, joined }) => ({
    prediction,
    asOf: fromNs(asOfNs),
    served: valueToProto(served),
    joined: valueToProto(joined),
  })),
  ...(it.distances && { distances: { ...it.distances } }),
  causes: it.causes.map(({ kind, description, rowCount, dataVersions }) => ({
    kind: SkewCauseKind[kind],
    description,
    rowCount: BigInt(rowCount),
    dataVersions: dataVersions.map(BigInt),
  })),
  examinedRowCount: BigInt(it.examinedRowCount),
});
