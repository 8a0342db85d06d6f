import type { ServiceImpl } from "@connectrpc/connect";
import { LoggedModelState } from "@throughline/contracts/throughline/tracking/v1/logged_model_pb";
import {
  CreateLoggedModelRequestSchema,
  type LoggedModelService,
} from "@throughline/contracts/throughline/tracking/v1/logged_model_service_pb";
import { invalidField } from "@throughline/kernel";
import { callerOf } from "@throughline/rpc";
import { searchLoggedModels } from "../domain/logged-model-search.ts";
import {
  annotateLoggedModel,
  createLoggedModel,
  deleteLoggedModel,
  finalizeLoggedModel,
  getLoggedModel,
} from "../domain/logged-models.ts";
import { parseExperimentName, parseLoggedModelName, parseProject } from "../domain/names.ts";
import type { Tracking } from "../domain/ports.ts";
import { purgeLoggedModel } from "../domain/purge.ts";
import { callOf } from "./call.ts";
import { modelContent, modelToProto } from "./convert-model.ts";
import { sameProject } from "./convert-values.ts";
import { viewFromProto } from "./convert-view.ts";

/** The RPC edge of logged models: convert, call, convert. */
export const loggedModelHandlers = (tracking: Tracking): ServiceImpl<typeof LoggedModelService> => ({
  async createLoggedModel(request, context) {
    const project = parseProject(request.parent, "parent");
    if (request.loggedModel === undefined) throw invalidField("logged_model", "it is missing");
    const content = modelContent(request.loggedModel, project);
    const call = callOf({ schema: CreateLoggedModelRequestSchema, request, scope: project }, context);
    const id = request.loggedModelId === "" ? {} : { id: request.loggedModelId };
    const model = await createLoggedModel(tracking, { project, ...id, actor: callerOf(context).actor, content }, call);
    return { loggedModel: modelToProto(model) };
  },
  async getLoggedModel({ name, showDeleted }) {
    return { loggedModel: modelToProto(await getLoggedModel(tracking, keyOf(name), { showDeleted })) };
  },
  async finalizeLoggedModel({ name, state, stateMessage }) {
    const end = { state: endStateOf(state), stateMessage };
    return { loggedModel: modelToProto(await finalizeLoggedModel(tracking, keyOf(name), end)) };
  },
  async annotateLoggedModel({ name, params, tags, removedTagKeys }) {
    const annotation = { params, tags, removedTagKeys };
    return { loggedModel: modelToProto(await annotateLoggedModel(tracking, keyOf(name), annotation)) };
  },
  async searchLoggedModels({ parent, experiments, filter, orderBy, datasets, pageSize, pageToken, view }) {
    const project = parseProject(parent, "parent");
    const { items, nextPageToken } = await searchLoggedModels(tracking, {
      project,
      experimentIds: experiments.map((name, i) => {
        const key = parseExperimentName(name, `experiments[${i}]`);
        sameProject(key.project, project, `experiments[${i}]`);
        return key.id;
      }),
      filter,
      orderBy: orderBy.map(({ field, descending, dataset }) => ({
        field,
        descending,
        ...(dataset !== undefined && { dataset: { name: dataset.name, digest: dataset.digest } }),
      })),
      datasets: datasets.map(({ name, digest }) => ({ name, digest })),
      view: viewFromProto(view),
      page: { size: pageSize, token: pageToken },
    });
    return { loggedModels: items.map(modelToProto), nextPageToken };
  },
  async deleteLoggedModel({ name }) {
    await deleteLoggedModel(tracking, keyOf(name));
    return {};
  },
  async purgeLoggedModel({ name }) {
    await purgeLoggedModel(tracking, keyOf(name));
    return {};
  },
});

const keyOf = (name: string) => parseLoggedModelName(name, "name");

function endStateOf(state: LoggedModelState): "READY" | "FAILED" {
  if (state === LoggedModelState.READY) return "READY";
  if (state === LoggedModelState.FAILED) return "FAILED";
  throw invalidField("state", "a logged model ends READY or FAILED");
}
