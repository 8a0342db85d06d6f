import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type LoggedModel,
  LoggedModelSchema,
  LoggedModelState,
} from "@throughline/contracts/throughline/tracking/v1/logged_model_pb";
import {
  type LoggedModelOrderSchema,
  LoggedModelService,
  type MetricDatasetSchema,
} from "@throughline/contracts/throughline/tracking/v1/logged_model_service_pb";
import { invalidField } from "@throughline/kernel";
import { count, type Fields, flag, objects, requiredText, text, texts } from "../json-fields.ts";
import { withDefaultExperiment } from "./default-experiment.ts";
import { callService, type Endpoint, type MlflowCall, NOTHING, some } from "./endpoint.ts";
import { answerList } from "./list-answer.ts";
import { lastOf, loggedModelUri } from "./locations.ts";
import { tagOf } from "./logging.ts";
import { measuredJson, pairsJson } from "./run-json.ts";
import { msOf } from "./time.ts";

const service = LoggedModelService.method;

const PAGE = { most: 50_000, fallback: 50 } as const;
/** Models that the service gives at a time. */
const PAGE_MOST = 1_000;
const PARAMS_MAX = 1_000;

/** Logged models: made, finished, read, changed, found. */
export const LOGGED_MODELS: readonly Endpoint[] = [
  { verbs: ["POST"], path: "logged-models", answer: makeModel },
  { verbs: ["POST"], path: "logged-models/search", answer: findModels },
  {
    verbs: ["GET"],
    path: "logged-models/{}",
    answer: async (call) => ({ model: modelJson(await readLoggedModel(call, modelName(call))) }),
  },
  { verbs: ["PATCH"], path: "logged-models/{}", answer: finishModel },
  {
    verbs: ["DELETE"],
    path: "logged-models/{}",
    async answer(call) {
      await callService(call, service.deleteLoggedModel, { name: modelName(call) });
      return NOTHING;
    },
  },
  {
    verbs: ["PATCH"],
    path: "logged-models/{}/tags",
    answer: (call) => annotate(call, { tags: Object.fromEntries(objects(call.fields, "tags").map(tagOf)) }),
  },
  {
    verbs: ["DELETE"],
    path: "logged-models/{}/tags/{}",
    answer: (call) => annotate(call, { removedTagKeys: [call.pathValues[1] ?? ""] }),
  },
  {
    verbs: ["POST"],
    path: "logged-models/{}/params",
    answer: (call) => annotate(call, { params: paramsOf(call.fields) }),
  },
];

export const modelName = ({ project, pathValues }: MlflowCall): string =>
  `${project}/loggedModels/${pathValues[0] ?? ""}`;

export async function readLoggedModel(call: MlflowCall, name: string): Promise<LoggedModel> {
  const showDeleted = flag(call.fields, "allow_deleted");
  const { loggedModel } = await callService(call, service.getLoggedModel, { name, showDeleted });
  return create(LoggedModelSchema, loggedModel);
}

async function makeModel(call: MlflowCall): Promise<unknown> {
  const { fields, project } = call;
  const sourceRun = text(fields, "source_run_id");
  const experiment = `${project}/experiments/${requiredText(fields, "experiment_id")}`;
  const loggedModel = {
    experiment,
    displayName: text(fields, "name"),
    modelType: text(fields, "model_type"),
    sourceRun: sourceRun === "" ? "" : `${project}/runs/${sourceRun}`,
    params: paramsOf(fields),
    tags: Object.fromEntries(objects(fields, "tags").map(tagOf)),
  };
  const made = await withDefaultExperiment(call, experiment, () =>
    callService(call, service.createLoggedModel, { parent: project, loggedModel }),
  );
  return { model: modelJson(create(LoggedModelSchema, made.loggedModel)) };
}

/** Params of a logged model have no rules for their names but those of the service. */
const paramsOf = (fields: Fields): Record<string, string> =>
  Object.fromEntries(objects(fields, "params", PARAMS_MAX).map((it) => [requiredText(it, "key"), text(it, "value")]));

const STATES: Readonly<Record<string, LoggedModelState>> = {
  LOGGED_MODEL_READY: LoggedModelState.READY,
  LOGGED_MODEL_UPLOAD_FAILED: LoggedModelState.FAILED,
};

async function finishModel(call: MlflowCall): Promise<unknown> {
  const state = STATES[requiredText(call.fields, "status")];
  if (state === undefined) throw invalidField("status", `expected ${Object.keys(STATES).join(" or ")}`);
  const { loggedModel } = await callService(call, service.finalizeLoggedModel, { name: modelName(call), state });
  return { model: modelJson(create(LoggedModelSchema, loggedModel)) };
}

async function annotate(
  call: MlflowCall,
  change: { tags?: Record<string, string>; params?: Record<string, string>; removedTagKeys?: string[] },
): Promise<unknown> {
  const { loggedModel } = await callService(call, service.annotateLoggedModel, { name: modelName(call), ...change });
  return { model: modelJson(create(LoggedModelSchema, loggedModel)) };
}

async function findModels(call: MlflowCall): Promise<unknown> {
  const { fields, project } = call;
  const experiments = texts(fields, "experiment_ids").map((id) => `${project}/experiments/${id}`);
  if (experiments.length === 0) return NOTHING;
  const asked = {
    parent: project,
    experiments,
    filter: text(fields, "filter"),
    orderBy: objects(fields, "order_by").map(orderOf),
    datasets: objects(fields, "datasets").map(datasetOf),
  };
  const list = { field: "models", most: count(fields, "max_results", PAGE), pageMost: PAGE_MOST };
  return answerList(call, { ...list, pageToken: text(fields, "page_token") }, async (page) => {
    const { loggedModels, nextPageToken } = await callService(call, service.searchLoggedModels, { ...asked, ...page });
    return { items: loggedModels.map(modelJson), nextPageToken };
  });
}

const datasetOf = (fields: Fields): MessageInitShape<typeof MetricDatasetSchema> => ({
  name: requiredText(fields, "dataset_name"),
  digest: text(fields, "dataset_digest"),
});

const orderOf = (fields: Fields): MessageInitShape<typeof LoggedModelOrderSchema> => ({
  field: requiredText(fields, "field_name"),
  descending: "ascending" in fields.values && !flag(fields, "ascending"),
  ...(text(fields, "dataset_name") !== "" && { dataset: datasetOf(fields) }),
});

const STATUS: Readonly<Record<LoggedModelState, string>> = {
  [LoggedModelState.UNSPECIFIED]: "LOGGED_MODEL_PENDING",
  [LoggedModelState.PENDING]: "LOGGED_MODEL_PENDING",
  [LoggedModelState.READY]: "LOGGED_MODEL_READY",
  [LoggedModelState.FAILED]: "LOGGED_MODEL_UPLOAD_FAILED",
};

function modelJson(model: LoggedModel): unknown {
  const id = lastOf(model.name);
  return {
    info: {
      model_id: id,
      experiment_id: lastOf(model.experiment),
      name: model.displayName,
      creation_timestamp_ms: msOf(model.createTime),
      last_updated_timestamp_ms: msOf(model.updateTime),
      artifact_uri: loggedModelUri(model),
      status: STATUS[model.state],
      model_type: model.modelType,
      source_run_id: model.sourceRun === "" ? undefined : lastOf(model.sourceRun),
      status_message: model.stateMessage || undefined,
      tags: some(pairsJson(model.tags)),
    },
    data: {
      params: some(pairsJson(model.params)),
      metrics: some(model.metrics.map((it) => metricJson(id, it))),
    },
  };
}

const metricJson = (model: string, metric: LoggedModel["metrics"][number]): unknown => ({
  ...measuredJson(metric),
  model_id: model,
  run_id: lastOf(metric.run),
});
