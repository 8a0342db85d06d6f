import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import {
  ComputeStatisticsResultSchema,
  EvaluateResultSchema,
} from "@throughline/contracts/throughline/validation/v1/validation_service_pb";
import type { OperationResponse } from "@throughline/operations";
import type { Evaluation } from "../domain/evaluation.ts";
import type { DatasetStatistics } from "../domain/statistics.ts";
import { evaluationToProto } from "./convert-results.ts";
import { statisticsToProto, summaryToProto } from "./convert-statistics.ts";

/** The most that the result of an operation may be: it is kept with the operation, in one document. */
const RESULT_BYTES_MAX = 2 * 1024 * 1024;

/** Statistics that are too large for an operation come without their columns: GetStatistics has them. */
export function statisticsResult(statistics: DatasetStatistics): OperationResponse {
  const whole = create(ComputeStatisticsResultSchema, { statistics: statisticsToProto(statistics) });
  if (toBinary(ComputeStatisticsResultSchema, whole).length <= RESULT_BYTES_MAX) {
    return packed(anyPack(ComputeStatisticsResultSchema, whole));
  }
  const summary = create(ComputeStatisticsResultSchema, { statistics: summaryToProto(statistics) });
  return packed(anyPack(ComputeStatisticsResultSchema, summary));
}

/** An evaluation that is too large for an operation comes with the metrics of all rows alone: GetEvaluation has the others. */
export function evaluateResult(evaluation: Evaluation): OperationResponse {
  const message = (init: MessageInitShape<typeof EvaluateResultSchema>) => create(EvaluateResultSchema, init);
  const whole = message({ evaluation: evaluationToProto(evaluation) });
  if (toBinary(EvaluateResultSchema, whole).length <= RESULT_BYTES_MAX) {
    return packed(anyPack(EvaluateResultSchema, whole));
  }
  const short = { ...evaluation, slices: evaluation.slices.slice(0, 1), smallSlices: [] };
  return packed(anyPack(EvaluateResultSchema, message({ evaluation: evaluationToProto(short) })));
}

const packed = ({ typeUrl, value }: { readonly typeUrl: string; readonly value: Uint8Array }): OperationResponse => ({
  typeUrl,
  value,
});
