import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  AnsweringReleaseSchema,
  LeftOutPredictionsSchema,
  LogSegmentSchema,
  ServedRowsSchema,
} from "@throughline/contracts/throughline/features/v1/prediction_log_pb";
import type { ServedChecksSchema } from "@throughline/contracts/throughline/features/v1/training_set_pb";
import { fromMs, fromNs } from "@throughline/rpc";
import type { AnsweringRelease, ServedChecks, ServedRows } from "../domain/served/served-rows.ts";
import type { LeftOut, ServedSegment } from "../domain/served/serving-log.ts";
import { durationOf } from "./convert-duration.ts";

export const servedRowsToProto = (it: ServedRows): MessageInitShape<typeof ServedRowsSchema> => ({
  window: {
    deployment: it.window.deployment,
    ...(it.window.startNs !== undefined && { startTime: fromNs(it.window.startNs) }),
    ...(it.window.endNs !== undefined && { endTime: fromNs(it.window.endNs) }),
    release: it.window.release,
    ...(it.window.labelDelayNs !== undefined && { labelDelay: durationOf(it.window.labelDelayNs) }),
    keepUnlabeled: !it.window.labeledOnly,
    ...(it.window.knownByMs !== undefined && { knownBy: fromMs(it.window.knownByMs) }),
  },
  releases: it.releases.map(releaseToProto),
  logSegments: it.segments.map(logSegmentToProto),
  predictionsDigest: it.predictionsDigest,
  labeledRowCount: BigInt(it.labeledCount),
  leftOut: leftOutToProto(it.leftOut),
});

export const servedChecksToProto = (it: ServedChecks): MessageInitShape<typeof ServedChecksSchema> => ({
  loggedRowsDigest: it.loggedRowsDigest,
  laterAsOfCount: BigInt(it.laterAsOfCount),
  lateLabelCount: BigInt(it.lateLabelCount),
});

export const releaseToProto = (it: AnsweringRelease): MessageInitShape<typeof AnsweringReleaseSchema> => ({
  release: it.release,
  digest: it.digest,
  rowCount: BigInt(it.rowCount),
});

export const logSegmentToProto = (it: ServedSegment): MessageInitShape<typeof LogSegmentSchema> => ({
  segment: it.segment,
  digest: it.digest,
  rowCount: BigInt(it.rowCount),
});

export const leftOutToProto = (it: LeftOut): MessageInitShape<typeof LeftOutPredictionsSchema> => ({
  withoutEntityCount: BigInt(it.withoutEntity),
  laterAsOfCount: BigInt(it.laterAsOf),
  withoutLabelCount: BigInt(it.withoutLabel),
  notSampledCount: BigInt(it.notSampled),
});
