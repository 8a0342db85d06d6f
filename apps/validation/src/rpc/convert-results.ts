import type { MessageInitShape } from "@bufbuild/protobuf";
import { type DriftReportSchema, DriftVerdict } from "@throughline/contracts/throughline/validation/v1/drift_pb";
import { type EvaluationSchema, EvaluationTask } from "@throughline/contracts/throughline/validation/v1/evaluation_pb";
import { fromMs } from "@throughline/rpc";
import type { ColumnDrift, DriftReport } from "../domain/drift.ts";
import type { Evaluation, Slice } from "../domain/evaluation.ts";
import { anomalyToProto, distanceToProto } from "./convert-schema.ts";

export const reportToProto = (report: DriftReport): MessageInitShape<typeof DriftReportSchema> => ({
  name: report.name,
  baselineDigest: report.baselineDigest,
  currentDigest: report.currentDigest,
  columns: report.columns.map(driftToProto),
  anomalies: report.anomalies.map(anomalyToProto),
  createTime: fromMs(report.createTimeMs),
});

const driftToProto = ({ distances, baselineCount, currentCount, verdict, ...drift }: ColumnDrift) => ({
  ...drift,
  distances: distances.map((it) => ({ ...it, distance: distanceToProto(it.distance) })),
  baselineCount: BigInt(baselineCount),
  currentCount: BigInt(currentCount),
  verdict: DriftVerdict[verdict],
});

export const evaluationToProto = (evaluation: Evaluation): MessageInitShape<typeof EvaluationSchema> => ({
  name: evaluation.name,
  digest: evaluation.digest,
  dataDigest: evaluation.dataDigest,
  subject: evaluation.subject,
  slices: evaluation.slices.map(sliceToProto),
  smallSlices: [...evaluation.smallSlices],
  createTime: fromMs(evaluation.createTimeMs),
  task: evaluation.task === "REGRESSION" ? EvaluationTask.REGRESSION : EvaluationTask.BINARY,
});

const sliceToProto = ({ key, rowCount, positiveCount, metrics }: Slice) => ({
  key: { ...key },
  rowCount: BigInt(rowCount),
  positiveCount: BigInt(positiveCount),
  metrics: metrics.map((it) => ({ ...it })),
});
