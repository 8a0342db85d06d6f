import type { MessageInitShape } from "@bufbuild/protobuf";
import { LifecycleStage } from "@throughline/contracts/throughline/tracking/v1/experiment_pb";
import {
  type LoggedModel as LoggedModelMessage,
  type LoggedModelSchema,
  LoggedModelState,
} from "@throughline/contracts/throughline/tracking/v1/logged_model_pb";
import { fromMs } from "@throughline/rpc";
import { type LoggedModel, type LoggedModelContent, nameOfModel } from "../domain/logged-model.ts";
import { experimentName, parseExperimentName, parseRunName, runName } from "../domain/names.ts";
import { sameProject } from "./convert-values.ts";

/** What is taken of a logged model that a caller creates in `project`. */
export function modelContent(model: LoggedModelMessage, project: string): LoggedModelContent {
  const experiment = parseExperimentName(model.experiment, "logged_model.experiment");
  sameProject(experiment.project, project, "logged_model.experiment");
  const run = model.sourceRun === "" ? undefined : parseRunName(model.sourceRun, "logged_model.source_run");
  if (run !== undefined) sameProject(run.project, project, "logged_model.source_run");
  const { displayName, modelType, params, tags } = model;
  return { experimentId: experiment.id, sourceRunId: run?.id ?? "", displayName, modelType, params, tags };
}

export const modelToProto = (model: LoggedModel): MessageInitShape<typeof LoggedModelSchema> => ({
  name: nameOfModel(model),
  experiment: experimentName.format({ project: model.project, experiment: model.experimentId }),
  displayName: model.displayName,
  sourceRun: model.sourceRunId === "" ? "" : runName.format({ project: model.project, run: model.sourceRunId }),
  state: LoggedModelState[model.state],
  stateMessage: model.stateMessage,
  modelType: model.modelType,
  params: { ...model.params },
  tags: { ...model.tags },
  metrics: model.metrics.map(({ key, value, step, timeMs, runId, datasetName, datasetDigest }) => ({
    key,
    value,
    step,
    datasetName,
    datasetDigest,
    time: fromMs(timeMs),
    run: runName.format({ project: model.project, run: runId }),
  })),
  lifecycleStage: LifecycleStage[model.stage],
  createTime: fromMs(model.createTimeMs),
  updateTime: fromMs(model.updateTimeMs),
  actor: model.actor,
  etag: String(model.revision),
});
