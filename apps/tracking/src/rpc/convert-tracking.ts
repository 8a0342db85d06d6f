import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { type ExperimentSchema, LifecycleStage } from "@throughline/contracts/throughline/tracking/v1/experiment_pb";
import {
  type Metric,
  type MetricSchema,
  type Run as RunMessage,
  type RunSchema,
  RunState,
} from "@throughline/contracts/throughline/tracking/v1/run_pb";
import type { LogBatchRequest } from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { invalidField, parseDigest } from "@throughline/kernel";
import { fromMs, toMs } from "@throughline/rpc";
import { type Experiment, nameOf as experimentNameOf } from "../domain/experiment.ts";
import type { LogBatch } from "../domain/log-batch.ts";
import type { MetricPoint } from "../domain/metric.ts";
import { experimentName, parseExperimentName, parseRunName, runName } from "../domain/names.ts";
import { type DatasetInput, nameOf, type RunContent } from "../domain/run.ts";
import type { MeasuredRun } from "../domain/runs.ts";

export const experimentToProto = (experiment: Experiment): MessageInitShape<typeof ExperimentSchema> => ({
  name: experimentNameOf(experiment),
  displayName: experiment.displayName,
  description: experiment.description,
  tags: { ...experiment.tags },
  lifecycleStage: LifecycleStage[experiment.stage],
  createTime: fromMs(experiment.createTimeMs),
  updateTime: fromMs(experiment.updateTimeMs),
  etag: String(experiment.revision),
});

export const runToProto = ({ run, metrics }: MeasuredRun): MessageInitShape<typeof RunSchema> => ({
  name: nameOf(run),
  experiment: experimentName.format({ project: run.project, experiment: run.experimentId }),
  displayName: run.displayName,
  state: RunState[run.state],
  actor: run.actor,
  startTime: fromMs(run.startTimeMs),
  ...(run.endTimeMs !== undefined && { endTime: fromMs(run.endTimeMs) }),
  parentRun: run.parentId === "" ? "" : runName.format({ project: run.project, run: run.parentId }),
  params: { ...run.params },
  metrics: [...metrics.latest.values()].map(metricToProto),
  tags: { ...run.tags },
  datasets: run.datasets.map(datasetToProto),
  artifacts: run.artifacts.map((it) => ({ ...it, sizeBytes: BigInt(it.sizeBytes) })),
  lifecycleStage: LifecycleStage[run.stage],
  etag: String(run.revision),
});

export const metricToProto = ({ key, value, step, timeMs }: MetricPoint): MessageInitShape<typeof MetricSchema> => ({
  key,
  value,
  step,
  time: fromMs(timeMs),
});

const datasetToProto = ({ digest, displayName, rowCount, context }: DatasetInput) => ({
  dataset: { digest, displayName, ...(rowCount !== undefined && { rowCount: BigInt(rowCount) }) },
  context,
});

/** What is taken of a run that a caller creates in `project`. */
export function runContent(run: RunMessage, project: string): RunContent {
  const experiment = parseExperimentName(run.experiment, "run.experiment");
  sameProject(experiment.project, project, "run.experiment");
  const parent = run.parentRun === "" ? undefined : parseRunName(run.parentRun, "run.parent_run");
  if (parent !== undefined) sameProject(parent.project, project, "run.parent_run");
  return {
    experimentId: experiment.id,
    displayName: run.displayName,
    parentId: parent?.id ?? "",
    ...(run.startTime !== undefined && { startTimeMs: timeMs(run.startTime, "run.start_time") }),
    tags: run.tags,
  };
}

/** Fails with INVALID_FIELD: whether the other project has it is nobody's business here. */
export function sameProject(project: string, parent: string, path: string): void {
  if (project !== parent) throw invalidField(path, `it is of another project than projects/${parent}`);
}

/** `arrivalMs` is the time of arrival, for measurements without a time. */
export function batchFromProto(request: LogBatchRequest, arrivalMs: number): LogBatch {
  return {
    points: request.metrics.map((it, i) => pointFromProto(it, arrivalMs, `metrics[${i}].time`)),
    params: request.params,
    tags: request.tags,
    datasets: request.datasets.map(({ dataset, context }, i) => ({
      digest: parseDigest(dataset?.digest ?? "", `datasets[${i}].dataset.digest`),
      displayName: dataset?.displayName ?? "",
      ...(dataset?.rowCount !== undefined && {
        rowCount: safeNumber(dataset.rowCount, `datasets[${i}].dataset.row_count`),
      }),
      context,
    })),
    files: request.artifacts.map(({ path, digest, mediaType }, i) => ({
      path,
      digest: parseDigest(digest, `artifacts[${i}].digest`),
      mediaType,
    })),
  };
}

const pointFromProto = ({ key, step, value, time }: Metric, arrivalMs: number, path: string): MetricPoint => ({
  key,
  step,
  value: value + 0,
  timeMs: time === undefined ? arrivalMs : timeMs(time, path),
});

const YEAR_1_MS = -62_135_596_800_000;
const YEAR_10000_MS = 253_402_300_800_000;

/** Milliseconds of a time. Fails with INVALID_FIELD outside of the years 1 to 9999, which is all that the contract can hold. */
export function timeMs(time: Timestamp, path: string): number {
  const ms = toMs(time);
  if (!(ms >= YEAR_1_MS && ms < YEAR_10000_MS)) throw invalidField(path, "it is outside of the years 1 to 9999");
  return ms;
}

/** A count or size as a number. Fails with INVALID_FIELD beyond 2^53. */
export function safeNumber(value: bigint, path: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw invalidField(path, `${value} is beyond 2^53`);
  return Number(value);
}
