import type { ServiceImpl } from "@connectrpc/connect";
import { RunState } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import {
  CreateExperimentRequestSchema,
  CreateRunRequestSchema,
  LogBatchRequestSchema,
  type TrackingService,
  type UpdateExperimentRequest,
  type UpdateRunRequest,
} from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { invalidField } from "@throughline/kernel";
import { callerOf } from "@throughline/rpc";
import type { ExperimentContent } from "../domain/experiment.ts";
import {
  createExperiment,
  getExperiment,
  listExperiments,
  moveExperiment,
  updateExperiment,
} from "../domain/experiments.ts";
import { logger } from "../domain/log.ts";
import { metricHistory } from "../domain/metric-history.ts";
import { parseExperimentName, parseProject, parseRunName } from "../domain/names.ts";
import type { Tracking } from "../domain/ports.ts";
import type { RunChange } from "../domain/run.ts";
import { createRun, getRun, listRuns, moveRun, NO_METRICS, updateRun } from "../domain/runs.ts";
import { watchRun } from "../domain/watch-run.ts";
import { callOf } from "./call.ts";
import {
  batchFromProto,
  experimentToProto,
  metricToProto,
  runContent,
  runToProto,
  sameProject,
  timeMs,
} from "./convert-tracking.ts";
import { maskedFields } from "./mask.ts";

type Handlers = ServiceImpl<typeof TrackingService>;

/** The RPC edge of experiments and runs: convert, call, convert. `closing` ends the streams. */
export const trackingHandlers = (tracking: Tracking, closing: AbortSignal): Handlers => ({
  ...experimentHandlers(tracking),
  ...runHandlers(tracking),
  ...loggingHandlers(tracking, closing),
});

type ExperimentMethods = `${"create" | "get" | "update" | "delete" | "restore"}Experiment` | "listExperiments";

const experimentHandlers = (tracking: Tracking): Pick<Handlers, ExperimentMethods> => ({
  async createExperiment(request, context) {
    const project = parseProject(request.parent, "parent");
    const { displayName = "", description = "", tags = {} } = request.experiment ?? {};
    const call = callOf({ schema: CreateExperimentRequestSchema, request, scope: project }, context);
    const experiment = await createExperiment(tracking, { project, content: { displayName, description, tags } }, call);
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
});

function experimentChange({ experiment, updateMask }: UpdateExperimentRequest): Partial<ExperimentContent> {
  const { displayName = "", description = "", tags = {} } = experiment ?? {};
  const fields = maskedFields(updateMask?.paths, {
    display_name: displayName !== "",
    description: description !== "",
    tags: Object.keys(tags).length > 0,
  });
  return {
    ...(fields.has("display_name") && { displayName }),
    ...(fields.has("description") && { description }),
    ...(fields.has("tags") && { tags }),
  };
}

type RunMethods = `${"create" | "get" | "update" | "delete" | "restore"}Run` | "listRuns";

const runHandlers = (tracking: Tracking): Pick<Handlers, RunMethods> => ({
  async createRun(request, context) {
    const project = parseProject(request.parent, "parent");
    if (request.run === undefined) throw invalidField("run", "it is missing");
    const content = runContent(request.run, project);
    const call = callOf({ schema: CreateRunRequestSchema, request, scope: project }, context);
    const run = await createRun(tracking, { project, actor: callerOf(context).actor, content }, call);
    return { run: runToProto({ run, metrics: NO_METRICS }) };
  },
  async getRun({ name }) {
    return { run: runToProto(await getRun(tracking, parseRunName(name, "name"))) };
  },
  async listRuns({ parent, experiment, showDeleted, pageSize, pageToken }) {
    const project = parseProject(parent, "parent");
    const key = experiment === "" ? undefined : parseExperimentName(experiment, "experiment");
    if (key !== undefined) sameProject(key.project, project, "experiment");
    const page = { size: pageSize, token: pageToken };
    const { items, nextPageToken } = await listRuns(tracking, {
      project,
      experimentId: key?.id ?? "",
      showDeleted,
      page,
    });
    return { runs: items.map(runToProto), nextPageToken };
  },
  async updateRun(request) {
    const key = parseRunName(request.run?.name ?? "", "run.name");
    const etag = request.run?.etag ?? "";
    return { run: runToProto(await updateRun(tracking, { key, etag, change: runChange(request) })) };
  },
  async deleteRun({ name }) {
    return { run: runToProto(await moveRun(tracking, parseRunName(name, "name"), "DELETED")) };
  },
  async restoreRun({ name }) {
    return { run: runToProto(await moveRun(tracking, parseRunName(name, "name"), "ACTIVE")) };
  },
});

const RUN_STATES = {
  [RunState.RUNNING]: "RUNNING",
  [RunState.SCHEDULED]: "SCHEDULED",
  [RunState.FINISHED]: "FINISHED",
  [RunState.FAILED]: "FAILED",
  [RunState.KILLED]: "KILLED",
} as const;

function runChange({ run, updateMask }: UpdateRunRequest): RunChange {
  const { displayName = "", state = RunState.UNSPECIFIED, endTime } = run ?? {};
  const fields = maskedFields(updateMask?.paths, {
    display_name: displayName !== "",
    state: state !== RunState.UNSPECIFIED,
    end_time: endTime !== undefined,
  });
  const known = (RUN_STATES as Readonly<Record<number, RunChange["state"]>>)[state];
  if (fields.has("state") && known === undefined) throw invalidField("run.state", "it is not set, or unknown");
  return {
    ...(fields.has("display_name") && { displayName }),
    ...(fields.has("state") && known !== undefined && { state: known }),
    ...(fields.has("end_time") && endTime !== undefined && { endTimeMs: timeMs(endTime, "run.end_time") }),
  };
}

function loggingHandlers(
  tracking: Tracking,
  closing: AbortSignal,
): Pick<Handlers, "logBatch" | "getMetricHistory" | "watchRun"> {
  const log = logger(tracking);
  return {
    async logBatch(request, context) {
      const run = parseRunName(request.run, "run");
      const batch = batchFromProto(request, tracking.clock.now());
      await log({ run, batch }, callOf({ schema: LogBatchRequestSchema, request, scope: request.run }, context));
      return {};
    },
    async getMetricHistory({ run, key, pageSize, pageToken }) {
      const page = { size: pageSize, token: pageToken };
      const history = await metricHistory(tracking, { run: parseRunName(run, "run"), metric: key, page });
      return { metrics: history.items.map(metricToProto), nextPageToken: history.nextPageToken };
    },
    async *watchRun({ name, metricsAfter }, context) {
      const run = parseRunName(name, "name");
      const query = {
        run,
        ...(metricsAfter !== undefined && { pointsAfterMs: timeMs(metricsAfter, "metrics_after") }),
      };
      const signal = AbortSignal.any([context.signal, closing]);
      for await (const state of watchRun(tracking, query, signal))
        yield { run: runToProto(state), newMetrics: state.points.map(metricToProto) };
    },
  };
}
