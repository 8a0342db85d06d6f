import { alreadyExists, invalidField, notFound } from "@throughline/kernel";
import { experimentDeleted } from "./errors.ts";
import { getExperiment } from "./experiments.ts";
import { checkFreeId } from "./free-id.ts";
import {
  type Annotation,
  annotated,
  deletedModel,
  finalized,
  type LoggedModel,
  type LoggedModelContent,
  type ModelPoint,
  measured,
  nameOfModel,
  newLoggedModel,
} from "./logged-model.ts";
import type { LoggedModelUse } from "./model-use.ts";
import { experimentName, type Key } from "./names.ts";
import type { Call, Tracking } from "./ports.ts";
import { storedRun } from "./runs.ts";

/** A logged model to be created. */
export interface NewLoggedModel {
  readonly project: string;
  /** Absent: it gets one. */
  readonly id?: string;
  readonly actor: string;
  readonly content: LoggedModelContent;
}

/**
 * Creates a logged model. Fails with NOT_FOUND for the experiment or the run, with EXPERIMENT_DELETED, and with
 * ALREADY_EXISTS for the id.
 */
export function createLoggedModel(
  tracking: Tracking,
  { project, id, actor, content }: NewLoggedModel,
  call: Call,
): Promise<LoggedModel> {
  const { commit, models, newId, clock } = tracking;
  return commit(async () => {
    const experiment = await getExperiment(tracking, { project, id: content.experimentId });
    if (experiment.stage === "DELETED")
      throw experimentDeleted(experimentName.format({ project, experiment: experiment.id }));
    if (content.sourceRunId !== "") await storedRun(tracking, { project, id: content.sourceRunId });
    const key = { project, id: id ?? `m-${newId()}` };
    const [taken] = id === undefined ? [] : await models.get([key]);
    if (taken !== undefined) throw alreadyExists(nameOfModel(key));
    if (id !== undefined) await checkFreeId(tracking, { ...key, kind: "LOGGED_MODEL" });
    const model = newLoggedModel(content, { ...key, actor }, clock);
    return { change: { models: [model] }, response: model };
  }, call);
}

/** Fails with NOT_FOUND; a deleted one is only there if it is asked for. */
export async function getLoggedModel(
  { models }: Pick<Tracking, "models">,
  key: Key,
  { showDeleted }: { readonly showDeleted: boolean },
): Promise<LoggedModel> {
  const [model] = await models.get([key]);
  if (model === undefined || (model.stage === "DELETED" && !showDeleted)) throw notFound(nameOfModel(key));
  return model;
}

/** Ends the upload of a logged model. Fails with NOT_FOUND. */
export const finalizeLoggedModel = (
  tracking: Tracking,
  key: Key,
  end: Pick<LoggedModel, "state" | "stateMessage">,
): Promise<LoggedModel> => changed(tracking, key, (model) => finalized(model, end, tracking.clock));

/** Logs params, sets and removes tags. Fails with NOT_FOUND, and as `annotated` does. */
export const annotateLoggedModel = (tracking: Tracking, key: Key, annotation: Annotation): Promise<LoggedModel> =>
  changed(tracking, key, (model) => annotated(model, annotation, tracking.clock));

/** Marks a logged model as deleted. Fails with NOT_FOUND. */
export const deleteLoggedModel = (tracking: Tracking, key: Key): Promise<LoggedModel> =>
  changed(tracking, key, (model) => deletedModel(model, tracking.clock));

function changed(tracking: Tracking, key: Key, change: (model: LoggedModel) => LoggedModel): Promise<LoggedModel> {
  return tracking.commit(async () => {
    const before = await getLoggedModel(tracking, key, { showDeleted: false });
    const after = change(before);
    return { change: after === before ? {} : { models: [after] }, response: after };
  });
}

/** Logged models that the points of one batch may be of: with all else of the batch they have to fit into one commit. */
const MODELS_AT_ONCE_MAX = 50;

/** The logged models that points of a run change. Fails with NOT_FOUND, and with INVALID_FIELD for too many models. */
export async function measuredModels(
  tracking: Tracking,
  run: Key,
  points: readonly ModelPoint[],
): Promise<readonly LoggedModel[]> {
  if (points.length === 0) return [];
  const byModel = Map.groupBy(points, (it) => it.modelId);
  if (byModel.size > MODELS_AT_ONCE_MAX)
    throw invalidField(
      "metrics",
      `they are of ${byModel.size} logged models: log those of ${MODELS_AT_ONCE_MAX} at once`,
    );
  const before = await storedModels(tracking, run.project, [...byModel.keys()]);
  return before.flatMap((model) => {
    const after = measured(model, run.id, byModel.get(model.id) ?? []);
    return after === model ? [] : [after];
  });
}

/** Fails with NOT_FOUND unless all are there. */
export async function checkedModels(
  tracking: Tracking,
  project: string,
  uses: readonly LoggedModelUse[],
): Promise<void> {
  if (uses.length > 0) await storedModels(tracking, project, [...new Set(uses.map((it) => it.modelId))]);
}

async function storedModels(
  { models }: Pick<Tracking, "models">,
  project: string,
  ids: readonly string[],
): Promise<readonly LoggedModel[]> {
  const found = await models.get(ids.map((id) => ({ project, id })));
  return found.map((model, i) => {
    if (model === undefined) throw notFound(nameOfModel({ project, id: ids[i] ?? "" }));
    return model;
  });
}
