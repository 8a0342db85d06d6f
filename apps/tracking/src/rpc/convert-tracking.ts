import type { MessageInitShape } from "@bufbuild/protobuf";
import { LifecycleStage } from "@throughline/contracts/throughline/tracking/v1/experiment_pb";
import {
  type MetricSchema,
  type Run as RunMessage,
  type RunSchema,
  RunState,
} from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { fromMs } from "@throughline/rpc";
import type { TreeFile } from "../domain/file-tree.ts";
import { latestMetrics, type MetricPoint } from "../domain/metric.ts";
import { experimentName, parseExperimentName, parseRunName, runName } from "../domain/names.ts";
import { nameOf, type RunContent } from "../domain/run.ts";
import type { MeasuredRun } from "../domain/runs.ts";
import { datasetToProto, recipeFromProto, recipeToProto, useToProto } from "./convert-inputs.ts";
import { sameProject, timeMs } from "./convert-values.ts";

/** `files` are the first ones of the run, in answers about a single run. */
export const runToProto = (
  { run, metrics }: MeasuredRun,
  files: readonly TreeFile[] = [],
): MessageInitShape<typeof RunSchema> => ({
  name: nameOf(run),
  experiment: experimentName.format({ project: run.project, experiment: run.experimentId }),
  displayName: run.displayName,
  state: RunState[run.state],
  actor: run.actor,
  startTime: fromMs(run.startTimeMs),
  ...(run.endTimeMs !== undefined && { endTime: fromMs(run.endTimeMs) }),
  parentRun: run.parentId === "" ? "" : runName.format({ project: run.project, run: run.parentId }),
  params: { ...run.params },
  metrics: latestMetrics(metrics).map(metricToProto),
  tags: { ...run.tags },
  datasets: run.datasets.map(datasetToProto),
  artifacts: files.map(({ path, digest, sizeBytes, mediaType }) => ({
    path,
    digest,
    sizeBytes: BigInt(sizeBytes),
    mediaType,
  })),
  modelInputs: run.modelInputs.map((it) => useToProto(run.project, it)),
  modelOutputs: run.modelOutputs.map((it) => useToProto(run.project, it)),
  ...(run.recipe !== undefined && { recipe: recipeToProto(run.recipe, run) }),
  lifecycleStage: LifecycleStage[run.stage],
  etag: String(run.revision),
});

export const metricToProto = ({ key, value, step, timeMs }: MetricPoint): MessageInitShape<typeof MetricSchema> => ({
  key,
  value,
  step,
  time: fromMs(timeMs),
});

/** What is taken of a run that a caller creates in `project`. */
export function runContent(run: RunMessage, project: string): RunContent {
  const experiment = parseExperimentName(run.experiment, "run.experiment");
  sameProject(experiment.project, project, "run.experiment");
  return {
    experimentId: experiment.id,
    displayName: run.displayName,
    parentId: parentId(run, project),
    ...(run.startTime !== undefined && { startTimeMs: timeMs(run.startTime, "run.start_time") }),
    tags: run.tags,
    ...(run.recipe !== undefined && { recipe: recipeFromProto(run.recipe, "run.recipe") }),
  };
}

/** The id of the run that a run is part of, in its project; empty if there is none. */
export function parentId({ parentRun }: Pick<RunMessage, "parentRun">, project: string): string {
  if (parentRun === "") return "";
  const parent = parseRunName(parentRun, "run.parent_run");
  sameProject(parent.project, project, "run.parent_run");
  return parent.id;
}
