import type { Metric } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import type { LogBatchRequest } from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { parseDigest } from "@throughline/kernel";
import { checkedFiles, type LoggedFile } from "../domain/file-changes.ts";
import type { LogBatch } from "../domain/log-batch.ts";
import type { ModelPoint } from "../domain/logged-model.ts";
import type { MetricPoint } from "../domain/metric.ts";
import { parseLoggedModelName } from "../domain/names.ts";
import { datasetFromProto, useFromProto } from "./convert-inputs.ts";
import { sameProject, timeMs } from "./convert-values.ts";

/** What is logged to a run of `project`. `arrivalMs` is the time of arrival, for measurements without a time. */
export function batchFromProto(request: LogBatchRequest, project: string, arrivalMs: number): LogBatch {
  return {
    ...pointsFromProto(request.metrics, project, arrivalMs),
    params: request.params,
    tags: request.tags,
    datasets: request.datasets.map((it, i) => datasetFromProto(it, `datasets[${i}]`)),
    files: checkedFiles(filesFromProto(request.artifacts, "artifacts"), "artifacts"),
    modelInputs: request.modelInputs.map((it, i) => useFromProto(it, project, `model_inputs[${i}]`)),
    modelOutputs: request.modelOutputs.map((it, i) => useFromProto(it, project, `model_outputs[${i}]`)),
  };
}

/** Points of a run of `project`, and those among them that are points of logged models too. */
export function pointsFromProto(
  metrics: readonly Metric[],
  project: string,
  arrivalMs: number,
): Pick<LogBatch, "points" | "modelPoints"> {
  const points = metrics.map((it, i) => pointFromProto(it, arrivalMs, `metrics[${i}].time`));
  const modelPoints = metrics.flatMap(({ loggedModel, datasetName, datasetDigest }, i): ModelPoint[] => {
    const point = points[i];
    if (loggedModel === "" || point === undefined) return [];
    const key = parseLoggedModelName(loggedModel, `metrics[${i}].logged_model`);
    sameProject(key.project, project, `metrics[${i}].logged_model`);
    return [{ ...point, modelId: key.id, datasetName, datasetDigest }];
  });
  return { points, modelPoints };
}

const pointFromProto = ({ key, step, value, time }: Metric, arrivalMs: number, path: string): MetricPoint => ({
  key,
  step,
  value: value + 0,
  timeMs: time === undefined ? arrivalMs : timeMs(time, path),
});

export const filesFromProto = (
  files: readonly { readonly path: string; readonly digest: string; readonly mediaType: string }[],
  field: string,
): readonly LoggedFile[] =>
  files.map(({ path, digest, mediaType }, i) => ({
    path,
    digest: parseDigest(digest, `${field}[${i}].digest`),
    mediaType,
  }));
