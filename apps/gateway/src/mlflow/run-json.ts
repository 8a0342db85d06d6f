import { LifecycleStage } from "@throughline/contracts/throughline/tracking/v1/experiment_pb";
import type { DatasetInput, LoggedModelUse, Metric, Run } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { RunState } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { MLFLOW_TAGS, realJson, wholeJson } from "@throughline/kernel";
import { some } from "./endpoint.ts";
import { lastOf, runUri } from "./locations.ts";
import { msOf } from "./time.ts";

/** A run as MLflow writes it. */
export const runJson = (run: Run): unknown => ({
  info: runInfoJson(run),
  data: {
    metrics: some(run.metrics.map(metricJson)),
    params: some(pairsJson(run.params)),
    tags: some(pairsJson(runTags(run))),
  },
  inputs: {
    dataset_inputs: some(run.datasets.map(datasetInputJson)),
    model_inputs: some(run.modelInputs.map((it) => ({ model_id: lastOf(it.loggedModel) }))),
  },
  outputs: { model_outputs: some(run.modelOutputs.map(modelOutputJson)) },
});

/** What MLflow keeps as tags and a run has itself, however it was made: its title, and the run that it is part of. */
function runTags({ tags, displayName, parentRun }: Run): Readonly<Record<string, string>> {
  const title = displayName !== "" && tags[MLFLOW_TAGS.runName] !== displayName;
  const parent = parentRun !== "" && tags[MLFLOW_TAGS.parentRun] !== lastOf(parentRun);
  if (!title && !parent) return tags;
  return {
    ...tags,
    ...(title && { [MLFLOW_TAGS.runName]: displayName }),
    ...(parent && { [MLFLOW_TAGS.parentRun]: lastOf(parentRun) }),
  };
}

const STATUS: Readonly<Record<RunState, string>> = {
  [RunState.UNSPECIFIED]: "RUNNING",
  [RunState.RUNNING]: "RUNNING",
  [RunState.SCHEDULED]: "SCHEDULED",
  [RunState.FINISHED]: "FINISHED",
  [RunState.FAILED]: "FAILED",
  [RunState.KILLED]: "KILLED",
};

export function runInfoJson(run: Run): unknown {
  const id = lastOf(run.name);
  return {
    run_uuid: id,
    experiment_id: lastOf(run.experiment),
    run_name: run.displayName,
    user_id: run.tags[MLFLOW_TAGS.user] ?? run.actor,
    status: STATUS[run.state],
    start_time: msOf(run.startTime),
    end_time: msOf(run.endTime),
    artifact_uri: runUri(run),
    lifecycle_stage: stageJson(run.lifecycleStage),
    run_id: id,
  };
}

export const stageJson = (stage: LifecycleStage): string => (stage === LifecycleStage.DELETED ? "deleted" : "active");

/** What metrics of runs and of logged models have alike. */
export interface MeasuredJson {
  readonly key: string;
  readonly value: number | string;
  readonly timestamp: number;
  readonly step: unknown;
  readonly dataset_name: string | undefined;
  readonly dataset_digest: string | undefined;
}

/** Empty texts are absent. */
export const measuredJson = (
  metric: Pick<Metric, "key" | "value" | "time" | "step" | "datasetName" | "datasetDigest">,
): MeasuredJson => ({
  key: metric.key,
  value: realJson(metric.value),
  timestamp: msOf(metric.time) ?? 0,
  step: wholeJson(metric.step),
  dataset_name: metric.datasetName || undefined,
  dataset_digest: metric.datasetDigest || undefined,
});

/** A metric of a run. */
export interface MetricJson extends MeasuredJson {
  readonly model_id: string | undefined;
}

export const metricJson = (metric: Metric): MetricJson => ({
  ...measuredJson(metric),
  model_id: metric.loggedModel === "" ? undefined : lastOf(metric.loggedModel),
});

export const pairsJson = (map: Readonly<Record<string, string>>): readonly unknown[] =>
  Object.entries(map).map(([key, value]) => ({ key, value }));

function datasetInputJson({ dataset, context, tags }: DatasetInput): unknown {
  const all = context === "" ? tags : { ...tags, [MLFLOW_TAGS.dataContext]: context };
  return {
    tags: some(pairsJson(all)),
    dataset: {
      name: dataset?.displayName ?? "",
      digest: dataset?.externalDigest || dataset?.digest || "",
      source_type: dataset?.sourceType ?? "",
      source: dataset?.source ?? "",
      schema: dataset?.schema || undefined,
      profile: dataset?.profile || undefined,
    },
  };
}

const modelOutputJson = (use: LoggedModelUse): unknown => ({
  model_id: lastOf(use.loggedModel),
  step: wholeJson(use.step),
});
