import type { ServiceImpl } from "@connectrpc/connect";
import {
  CreateExperimentRequestSchema,
  type TrackingService,
  type UpdateExperimentRequest,
} from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import type { ExperimentContent } from "../domain/experiment.ts";
import { searchExperiments } from "../domain/experiment-search.ts";
import {
  createExperiment,
  getExperiment,
  listExperiments,
  moveExperiment,
  tagExperiment,
  updateExperiment,
} from "../domain/experiments.ts";
import { parseExperimentName, parseProject } from "../domain/names.ts";
import type { Tracking } from "../domain/ports.ts";
import { purgeExperiment } from "../domain/purge.ts";
import { callOf } from "./call.ts";
import { experimentToProto, retentionFromProto } from "./convert-experiment.ts";
import { timeMs } from "./convert-values.ts";
import { viewFromProto } from "./convert-view.ts";
import { maskedFields } from "./mask.ts";

type Handlers = ServiceImpl<typeof TrackingService>;

type ExperimentMethods =
  | `${"create" | "get" | "update" | "delete" | "restore" | "purge"}Experiment`
  | "listExperiments"
  | "searchExperiments"
  | "setExperimentTags";

/** The RPC edge of experiments: convert, call, convert. */
export const experimentHandlers = (tracking: Tracking): Pick<Handlers, ExperimentMethods> => ({
  async createExperiment(request, context) {
    const project = parseProject(request.parent, "parent");
    const { displayName = "", description = "", tags = {}, retention, createTime } = request.experiment ?? {};
    const created = createTime && { createTimeMs: timeMs(createTime, "experiment.create_time") };
    const content = { displayName, description, tags, retention: retentionFromProto(retention), ...created };
    const id = request.experimentId === "" ? {} : { id: request.experimentId };
    const call = callOf({ schema: CreateExperimentRequestSchema, request, scope: project }, context);
    const experiment = await createExperiment(tracking, { project, ...id, content }, call);
    return { experiment: experimentToProto(experiment) };
  },
  async getExperiment({ name }) {
    return { experiment: experimentToProto(await getExperiment(tracking, parseExperimentName(name, "name"))) };
  },
  async listExperiments({ parent, displayName, showDeleted, pageSize, pageToken }) {
    const project = parseProject(parent, "parent");
    const page = { size: pageSize, token: pageToken };
    const { items, nextPageToken } = await listExperiments(tracking, { project, displayName, showDeleted, page });
    return { experiments: items.map(experimentToProto), nextPageToken };
  },
  async updateExperiment(request) {
    const key = parseExperimentName(request.experiment?.name ?? "", "experiment.name");
    const etag = request.experiment?.etag ?? "";
    const content = experimentChange(request);
    return { experiment: experimentToProto(await updateExperiment(tracking, { key, etag, content })) };
  },
  async deleteExperiment({ name }) {
    const experiment = await moveExperiment(tracking, parseExperimentName(name, "name"), "DELETED");
    return { experiment: experimentToProto(experiment) };
  },
  async restoreExperiment({ name }) {
    const experiment = await moveExperiment(tracking, parseExperimentName(name, "name"), "ACTIVE");
    return { experiment: experimentToProto(experiment) };
  },
  async searchExperiments({ parent, filter, orderBy, view, pageSize, pageToken }) {
    const { items, nextPageToken } = await searchExperiments(tracking, {
      project: parseProject(parent, "parent"),
      filter,
      orderBy,
      view: viewFromProto(view),
      page: { size: pageSize, token: pageToken },
    });
    return { experiments: items.map(experimentToProto), nextPageToken };
  },
  async setExperimentTags({ name, tags, removedKeys }) {
    const experiment = await tagExperiment(tracking, parseExperimentName(name, "name"), { tags, removedKeys });
    return { experiment: experimentToProto(experiment) };
  },
  async purgeExperiment({ name }) {
    await purgeExperiment(tracking, parseExperimentName(name, "name"));
    return {};
  },
});

function experimentChange({ experiment, updateMask }: UpdateExperimentRequest): Partial<ExperimentContent> {
  const { displayName = "", description = "", tags = {}, retention } = experiment ?? {};
  const fields = maskedFields(updateMask?.paths, {
    display_name: displayName !== "",
    description: description !== "",
    tags: Object.keys(tags).length > 0,
    retention: retention !== undefined,
  });
  return {
    ...(fields.has("display_name") && { displayName }),
    ...(fields.has("description") && { description }),
    ...(fields.has("tags") && { tags }),
    ...(fields.has("retention") && { retention: retentionFromProto(retention) }),
  };
}
