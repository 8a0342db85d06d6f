import { type Clock, invalidField } from "@throughline/kernel";
import { loggedModelTooLarge, paramImmutable, tagUnknown } from "./errors.ts";
import type { LifecycleStage } from "./experiment.ts";
import type { MetricPoint } from "./metric.ts";
import { type Key, loggedModelName } from "./names.ts";
import { checkKey, checkLine, checkTags, hasAtMost, textBytes } from "./text.ts";

export type LoggedModelState = "PENDING" | "READY" | "FAILED";

/** The latest value of a metric on one data set. Name and digest of the data set are empty where they are not known. */
export interface ModelMetric extends MetricPoint {
  readonly runId: string;
  readonly datasetName: string;
  readonly datasetDigest: string;
}

/** A point of a run that is one of a logged model too. */
export interface ModelPoint extends MetricPoint {
  readonly modelId: string;
  readonly datasetName: string;
  readonly datasetDigest: string;
}

/** A model as a run logged it. */
export interface LoggedModel {
  readonly project: string;
  readonly id: string;
  readonly experimentId: string;
  readonly displayName: string;
  /** Id of the run that made it; empty if none did. */
  readonly sourceRunId: string;
  readonly state: LoggedModelState;
  readonly stateMessage: string;
  readonly modelType: string;
  readonly params: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  /** One for each metric and data set. */
  readonly metrics: readonly ModelMetric[];
  readonly stage: LifecycleStage;
  readonly createTimeMs: number;
  readonly updateTimeMs: number;
  readonly actor: string;
  /** 1 when created, one more with each change. */
  readonly revision: number;
}

/** What a caller says about a logged model. Without a display name it gets one. */
export type LoggedModelContent = Pick<
  LoggedModel,
  "experimentId" | "displayName" | "sourceRunId" | "modelType" | "params" | "tags"
>;

/** Bytes of UTF-8 in params, tags and names of metrics: a logged model fits into one document and one message. */
const BYTES_MAX = 2 * 1024 * 1024;
/** Longest value of a param, in characters. */
const PARAM_LENGTH_MAX = 6_000;
/** What numbers and framing of one metric take, roughly. */
const METRIC_BYTES = 96;
/** Characters that MLflow forbids too, since they have a meaning in the names of models. */
const UNFIT = /[/:.%"']/;

export function newLoggedModel(
  content: LoggedModelContent,
  at: Key & { readonly actor: string },
  clock: Clock,
): LoggedModel {
  const displayName = content.displayName || `model-${at.id.slice(-10)}`;
  checkLine(displayName, "logged_model.display_name");
  if (UNFIT.test(displayName))
    throw invalidField("logged_model.display_name", `it has one of the characters / : . % " '`);
  const timeMs = clock.now();
  const model: LoggedModel = {
    ...content,
    displayName,
    project: at.project,
    id: at.id,
    actor: at.actor,
    state: "PENDING",
    stateMessage: "",
    metrics: [],
    stage: "ACTIVE",
    createTimeMs: timeMs,
    updateTimeMs: timeMs,
    revision: 1,
  };
  checkLine(model.modelType, "logged_model.model_type");
  for (const [key, value] of Object.entries(model.params)) {
    const place = `logged_model.params[${JSON.stringify(key)}]`;
    checkKey(key, place);
    if (!hasAtMost(value, PARAM_LENGTH_MAX))
      throw invalidField(place, `the value has more than ${PARAM_LENGTH_MAX} characters`);
  }
  checkTags(model.tags, "logged_model.tags");
  return checkedSize(model);
}

/** The logged model in another state. */
export const finalized = (
  model: LoggedModel,
  { state, stateMessage }: Pick<LoggedModel, "state" | "stateMessage">,
  clock: Clock,
): LoggedModel => next({ ...model, state, stateMessage }, clock);

/** The logged model, marked as deleted; itself if it is. */
export const deletedModel = (model: LoggedModel, clock: Clock): LoggedModel =>
  model.stage === "DELETED" ? model : next({ ...model, stage: "DELETED" }, clock);

export interface Annotation {
  readonly params: LoggedModel["params"];
  readonly tags: LoggedModel["tags"];
  readonly removedTagKeys: readonly string[];
}

/** Fails with PARAM_IMMUTABLE, TAG_UNKNOWN, LOGGED_MODEL_TOO_LARGE and INVALID_FIELD. */
export function annotated(model: LoggedModel, { params, tags, removedTagKeys }: Annotation, clock: Clock): LoggedModel {
  checkTags(tags, "tags");
  for (const [key, value] of Object.entries(params)) {
    checkKey(key, `params[${JSON.stringify(key)}]`);
    if (Object.hasOwn(model.params, key) && model.params[key] !== value) throw paramImmutable(nameOfModel(model), key);
  }
  for (const key of removedTagKeys) if (!Object.hasOwn(model.tags, key)) throw tagUnknown(nameOfModel(model), key);
  const removed = new Set(removedTagKeys);
  const kept = Object.entries(model.tags).filter(([key]) => !removed.has(key));
  return checkedSize(
    next(
      {
        ...model,
        params: Object.fromEntries([...Object.entries(model.params), ...Object.entries(params)]),
        tags: Object.fromEntries([...kept, ...Object.entries(tags)]),
      },
      clock,
    ),
  );
}

/**
 * The logged model with points of a run; itself if none is the latest of its metric and data set. As in MLflow the later
 * time counts, then the larger step, then the run with the lower id; a value measured again at the same time and step
 * by the same run replaces the one before.
 */
export function measured(model: LoggedModel, runId: string, points: readonly ModelPoint[]): LoggedModel {
  const latest = new Map(model.metrics.map((it) => [identityOf(it), it]));
  let changed = false;
  for (const { modelId: _, ...point } of points) {
    const metric: ModelMetric = { ...point, runId };
    const before = latest.get(identityOf(metric));
    if (before !== undefined && (isLater(before, metric) || isEqual(before, metric))) continue;
    latest.set(identityOf(metric), metric);
    changed = true;
  }
  if (!changed) return model;
  return checkedSize({ ...model, metrics: [...latest.values()], revision: model.revision + 1 });
}

const identityOf = ({ key, datasetName, datasetDigest }: ModelMetric): string =>
  JSON.stringify([key, datasetName, datasetDigest]);

function isLater(a: ModelMetric, b: ModelMetric): boolean {
  if (a.timeMs !== b.timeMs) return a.timeMs > b.timeMs;
  if (a.step !== b.step) return a.step > b.step;
  return a.runId < b.runId;
}

const isEqual = (a: ModelMetric, b: ModelMetric): boolean =>
  a.timeMs === b.timeMs && a.step === b.step && a.runId === b.runId && Object.is(a.value, b.value);

export const nameOfModel = ({ project, id }: Key): string => loggedModelName.format({ project, model: id });

/** Bytes that a logged model takes in a message, at least roughly. */
export const sizeOfModel = ({ displayName, stateMessage, modelType, params, tags, metrics }: LoggedModel): number =>
  textBytes({ displayName, stateMessage, modelType }) +
  textBytes(params) +
  textBytes(tags) +
  metrics.reduce(
    (sum, it) => sum + Buffer.byteLength(it.key + it.datasetName + it.datasetDigest + it.runId) + METRIC_BYTES,
    0,
  );

function checkedSize(model: LoggedModel): LoggedModel {
  if (sizeOfModel(model) > BYTES_MAX) throw loggedModelTooLarge(nameOfModel(model), BYTES_MAX);
  return model;
}

const next = (model: LoggedModel, clock: Clock): LoggedModel => ({
  ...model,
  updateTimeMs: Math.max(clock.now(), model.updateTimeMs),
  revision: model.revision + 1,
});
