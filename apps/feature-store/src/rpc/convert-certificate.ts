import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { CreateTrainingSetRequest } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import {
  type LeakageCertificate as CertificateMessage,
  LeakageCertificateSchema,
  SuspicionMeasure as MeasureMessage,
  type TimeSplit as SplitMessage,
  type TimeSplitCheckSchema,
} from "@throughline/contracts/throughline/features/v1/training_set_pb";
import { invalidField } from "@throughline/kernel";
import { durationToNs, fromNs, toNs } from "@throughline/rpc";
import type { Certificate, TimeSplit, TimeSplitCheck } from "../domain/certificate.ts";
import type { TimesRequest } from "../domain/check-times.ts";
import { viewName } from "../domain/names.ts";
import { durationOf } from "./convert-duration.ts";

/** What a request says of the times of labels and of the split. Fails with INVALID_FIELD. */
export const timesFromProto = (
  request: Pick<CreateTrainingSetRequest, "labelTimeColumn" | "labelDelay" | "timeSplit">,
): Omit<TimesRequest, "cutoffColumn" | "labelColumns"> => ({
  ...(request.labelTimeColumn !== "" && { labelTimeColumn: request.labelTimeColumn }),
  ...(request.labelDelay && { labelDelayNs: durationToNs(request.labelDelay, "label_delay") }),
  ...(request.timeSplit && { timeSplit: splitFromProto(request.timeSplit) }),
});

function splitFromProto({ by }: SplitMessage): TimeSplit {
  if (by.case === "time") return { by: "time", timeNs: toNs(by.value) };
  if (by.case === "column" && by.value !== "") return { by: "column", column: by.value };
  throw invalidField("time_split", "say the time or the column that divides the rows");
}

/** A certificate of a training set of a project. */
export const certificateToProto = (project: string, it: Certificate): CertificateMessage =>
  create(LeakageCertificateSchema, {
    passed: it.passed,
    seed: BigInt(it.seed),
    sampledRowCount: BigInt(it.sampledRowCount),
    mismatchCount: BigInt(it.mismatchCount),
    laterKnowledgeCount: BigInt(it.laterKnowledgeCount),
    suspects: it.suspects.map(({ measure, rowCount, ...suspect }) => ({
      ...suspect,
      ...(measure && { measure: MeasureMessage[measure] }),
      ...(rowCount !== undefined && { rowCount: BigInt(rowCount) }),
    })),
    trainingSetDigest: it.trainingSetDigest,
    ...(it.labelTimes && { labelTimes: labelTimesToProto(it.labelTimes) }),
    ...(it.timeSplit && { timeSplit: timeSplitToProto(it.timeSplit) }),
    absences: (it.absences ?? []).map(({ view, version, unknownRowCount, expiredRowCount }) => ({
      view: viewName.format({ project, view }),
      viewVersion: BigInt(version),
      unknownRowCount: BigInt(unknownRowCount),
      expiredRowCount: BigInt(expiredRowCount),
    })),
    ...(it.cutoffs && { firstCutoffTime: fromNs(it.cutoffs.firstNs), lastCutoffTime: fromNs(it.cutoffs.lastNs) }),
    comparedRowCount: BigInt(it.comparedRowCount ?? 0),
  });

const labelTimesToProto = (it: NonNullable<Certificate["labelTimes"]>) => ({
  column: it.column,
  delay: durationOf(it.delayNs),
  rowCount: BigInt(it.rowCount),
  unknownRowCount: BigInt(it.unknownRowCount),
  knownAtCutoffRowCount: BigInt(it.knownAtCutoffRowCount),
  ...(it.leastWaitNs !== undefined && { leastWait: durationOf(it.leastWaitNs) }),
  ...(it.mostWaitNs !== undefined && { mostWait: durationOf(it.mostWaitNs) }),
});

const timeSplitToProto = (it: TimeSplitCheck): MessageInitShape<typeof TimeSplitCheckSchema> => ({
  split: {
    by:
      it.split.by === "time"
        ? { case: "time", value: fromNs(it.split.timeNs) }
        : { case: "column", value: it.split.column },
  },
  held: it.held,
  usesLabelTimes: it.usesLabelTimes,
  trainRowCount: BigInt(it.trainRowCount),
  testRowCount: BigInt(it.testRowCount),
  unknownRowCount: BigInt(it.unknownRowCount),
  ...(it.lastTrainNs !== undefined && { lastTrainTime: fromNs(it.lastTrainNs) }),
  ...(it.firstTestNs !== undefined && { firstTestTime: fromNs(it.firstTestNs) }),
  lateTrainRowCount: BigInt(it.lateTrainRowCount),
  earlyTestRowCount: BigInt(it.earlyTestRowCount),
  testEntityCount: BigInt(it.testEntityCount),
  sharedEntityCount: BigInt(it.sharedEntityCount),
});
