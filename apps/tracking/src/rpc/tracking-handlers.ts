import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import { type RunSchema, RunState } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import {
  CreateRunRequestSchema,
  type TrackingService,
  type UpdateRunRequest,
} from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { invalidField } from "@throughline/kernel";
import { callerOf } from "@throughline/rpc";
import type { TreeFile } from "../domain/file-tree.ts";
import { NO_METRICS } from "../domain/metric.ts";
import { parseExperimentName, parseProject, parseRunName } from "../domain/names.ts";
import { fitting } from "../domain/page.ts";
import type { Tracking } from "../domain/ports.ts";
import { purgeRun } from "../domain/purge.ts";
import type { RunChange } from "../domain/run.ts";
import { firstFiles } from "../domain/run-recording.ts";
import { removeRunTags } from "../domain/run-tags.ts";
import { createRun, getRun, listRuns, type MeasuredRun, moveRun, updateRun } from "../domain/runs.ts";
import { watchRun } from "../domain/watch-run.ts";
import { callOf } from "./call.ts";
import { recipeFromProto } from "./convert-inputs.ts";
import { metricToProto, parentId, runContent, runToProto } from "./convert-tracking.ts";
import { sameProject, timeMs } from "./convert-values.ts";
import { experimentHandlers } from "./experiment-handlers.ts";
import { maskedFields } from "./mask.ts";
import { metricHandlers } from "./metric-handlers.ts";
import { searchHandlers } from "./search-handlers.ts";

type Handlers = ServiceImpl<typeof TrackingService>;

/** The RPC edge of experiments and runs: convert, call, convert. `closing` ends the streams. */
export const trackingHandlers = (tracking: Tracking, closing: AbortSignal): Handlers => ({
  ...experimentHandlers(tracking),
  ...runHandlers(tracking),
  ...watchHandlers(tracking, closing),
  ...metricHandlers(tracking, closing),
  ...searchHandlers(tracking),
});

type RunMethods = `${"create" | "get" | "update" | "delete" | "restore" | "purge"}Run` | "listRuns" | "deleteRunTags";

const runHandlers = (tracking: Tracking): Pick<Handlers, RunMethods> => ({
  async createRun(request, context) {
    const project = parseProject(request.parent, "parent");
    if (request.run === undefined) throw invalidField("run", "it is missing");
    const content = runContent(request.run, project);
    const call = callOf({ schema: CreateRunRequestSchema, request, scope: project }, context);
    const id = request.runId === "" ? {} : { id: request.runId };
    const run = await createRun(tracking, { project, ...id, actor: callerOf(context).actor, content }, call);
    return { run: runToProto({ run, metrics: NO_METRICS }) };
  },
  async getRun({ name }) {
    return { run: await singleRun(tracking, await getRun(tracking, parseRunName(name, "name"))) };
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
    return { runs: items.map((it) => runToProto(it)), nextPageToken };
  },
  async updateRun(request) {
    const key = parseRunName(request.run?.name ?? "", "run.name");
    const etag = request.run?.etag ?? "";
    return {
      run: await singleRun(tracking, await updateRun(tracking, { key, etag, change: runChange(request, key.project) })),
    };
  },
  async deleteRun({ name }) {
    return { run: await singleRun(tracking, await moveRun(tracking, parseRunName(name, "name"), "DELETED")) };
  },
  async restoreRun({ name }) {
    return { run: await singleRun(tracking, await moveRun(tracking, parseRunName(name, "name"), "ACTIVE")) };
  },
  async deleteRunTags({ run, keys }) {
    await removeRunTags(tracking, parseRunName(run, "run"), keys);
    return {};
  },
  async purgeRun({ name }) {
    await purgeRun(tracking, parseRunName(name, "name"));
    return {};
  },
});

/** The run with its first files: as many as the contract promises, and as fit into the message. */
async function singleRun(tracking: Tracking, measured: MeasuredRun): Promise<MessageInitShape<typeof RunSchema>> {
  const { project, id } = measured.run;
  const files = await firstFiles(tracking, { project, kind: "RUN", id }, FILES_MAX);
  return runToProto(measured, files.slice(0, fitting(files, weigh, FILES_BYTES_MAX)));
}

const weigh = ({ path, mediaType }: TreeFile): number => Buffer.byteLength(path + mediaType) + FILE_BYTES;

const FILES_MAX = 1_000;
const FILES_BYTES_MAX = 512 * 1024;
/** What digest, size and framing of a file take. */
const FILE_BYTES = 112;

const RUN_STATES = {
  [RunState.RUNNING]: "RUNNING",
  [RunState.SCHEDULED]: "SCHEDULED",
  [RunState.FINISHED]: "FINISHED",
  [RunState.FAILED]: "FAILED",
  [RunState.KILLED]: "KILLED",
} as const;

function runChange({ run, updateMask }: UpdateRunRequest, project: string): RunChange {
  const { displayName = "", state = RunState.UNSPECIFIED, endTime, recipe } = run ?? {};
  const fields = maskedFields(updateMask?.paths, {
    display_name: displayName !== "",
    state: state !== RunState.UNSPECIFIED,
    end_time: endTime !== undefined,
    recipe: recipe !== undefined,
    parent_run: run !== undefined && run.parentRun !== "",
  });
  const known = (RUN_STATES as Readonly<Record<number, RunChange["state"]>>)[state];
  if (fields.has("state") && known === undefined) throw invalidField("run.state", "it is not set, or unknown");
  return {
    ...(fields.has("display_name") && { displayName }),
    ...(fields.has("state") && known !== undefined && { state: known }),
    ...(fields.has("end_time") && endTime !== undefined && { endTimeMs: timeMs(endTime, "run.end_time") }),
    ...(fields.has("parent_run") && run && { parentId: parentId(run, project) }),
    ...(fields.has("recipe") && recipe !== undefined && { recipe: recipeFromProto(recipe, "run.recipe") }),
  };
}

const watchHandlers = (tracking: Tracking, closing: AbortSignal): Pick<Handlers, "watchRun"> => ({
  async *watchRun({ name, metricsAfter }, context) {
    const run = parseRunName(name, "name");
    const query = {
      run,
      ...(metricsAfter !== undefined && { pointsAfterMs: timeMs(metricsAfter, "metrics_after") }),
    };
    const signal = AbortSignal.any([context.signal, closing]);
    for await (const state of watchRun(tracking, query, signal))
      yield { run: await singleRun(tracking, state), newMetrics: state.points.map(metricToProto) };
  },
});
