import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema } from "@throughline/contracts/google/rpc/error_details_pb";
import type { Metric } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { RunSchema } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import {
  type LogBatchRequestSchema,
  TrackingService,
} from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { invalidField, MLFLOW_TAGS } from "@throughline/kernel";
import { type Fields, objects, optionalText, pathOf, requiredReal, requiredText, text, whole } from "../json-fields.ts";
import { callService, type Endpoint, type MlflowCall, NOTHING } from "./endpoint.ts";
import { isCode } from "./errors.ts";
import { checkedKey, cut } from "./names.ts";
import { time } from "./time.ts";

/** What MLflow takes at most, counted as its server counts. */
const LIMIT = {
  metrics: 1_000,
  params: 100,
  tags: 100,
  entities: 1_000,
  paramLength: 6_000,
  tagLength: 8_000,
} as const;

/** Logging to a run. */
export const LOGGING: readonly Endpoint[] = [
  {
    verbs: ["POST"],
    path: "runs/log-metric",
    answer: (call) => log(call, { metrics: [metricOf(call, call.fields)] }),
  },
  {
    verbs: ["POST"],
    path: "runs/log-parameter",
    answer: (call) => {
      const [key, value] = paramOf(call.fields);
      return log(call, { params: { [key]: value } });
    },
  },
  { verbs: ["POST"], path: "runs/log-batch", bytesMax: 1_000_000, answer: logBatch },
  { verbs: ["POST"], path: "runs/set-tag", answer: (call) => logTags(call, [tagOf(call.fields)].filter(isSaid)) },
  {
    verbs: ["POST"],
    path: "runs/delete-tag",
    async answer(call) {
      await deleteTag(call, requiredText(call.fields, "key"));
      return NOTHING;
    },
  },
];

/** The name of the run that a request is about. Older clients call the field `run_uuid`. */
export function runName({ project, fields }: Pick<MlflowCall, "project" | "fields">): string {
  const id = text(fields, "run_id") || text(fields, "run_uuid") || requiredText(fields, "run_id");
  return `${project}/runs/${id}`;
}

async function log(call: MlflowCall, batch: MessageInitShape<typeof LogBatchRequestSchema>): Promise<typeof NOTHING> {
  await callService(call, TrackingService.method.logBatch, { ...batch, run: runName(call) });
  return NOTHING;
}

async function logBatch(call: MlflowCall): Promise<typeof NOTHING> {
  const metrics = objects(call.fields, "metrics", LIMIT.metrics);
  const params = objects(call.fields, "params", LIMIT.params);
  const tags = objects(call.fields, "tags", LIMIT.tags);
  const entities = metrics.length + params.length + tags.length;
  if (entities > LIMIT.entities)
    throw invalidField(
      "metrics",
      `at most ${LIMIT.entities} metrics, params and tags are taken in one request, not ${entities}`,
    );
  const batch = { metrics: metrics.map((it) => metricOf(call, it)), params: paramsOf(params) };
  const tagged = tags.map(tagOf).filter(isSaid);
  await log(call, { ...batch, tags: pairs(tagged) });
  await followTags(call, pairs(tagged));
  return NOTHING;
}

async function logTags(call: MlflowCall, tags: readonly Pair[]): Promise<typeof NOTHING> {
  await log(call, { tags: pairs(tags) });
  await followTags(call, pairs(tags));
  return NOTHING;
}

/** An empty title changes nothing, as with MLflow: a run keeps the one that it has. */
const isSaid = ([key, value]: Pair): boolean => key !== MLFLOW_TAGS.runName || value !== "";

/** What MLflow keeps as tags alone is the title of the run, and the run that it is part of: those follow the tags. */
async function followTags(call: MlflowCall, tags: Readonly<Record<string, string>>): Promise<void> {
  const name = runName(call);
  const { [MLFLOW_TAGS.runName]: displayName, [MLFLOW_TAGS.parentRun]: parent } = tags;
  if (displayName !== undefined) await change(call, { name, displayName }, "display_name");
  if (parent !== undefined) await setParent(call, name, parent);
}

/** For MLflow the parent is no more than a tag, which may name what does not exist, or lead in a circle: then there is none. */
async function setParent(call: MlflowCall, name: string, parent: string): Promise<void> {
  const parentRun = parent === "" ? "" : `${call.project}/runs/${parent}`;
  await change(call, { name, parentRun }, "parent_run").catch((error: unknown) => {
    if (parentRun !== "" && isAbout(error, parentRun)) return change(call, { name, parentRun: "" }, "parent_run");
    throw error;
  });
}

async function change(call: MlflowCall, run: MessageInitShape<typeof RunSchema>, path: string): Promise<void> {
  const asked = { run: create(RunSchema, run), updateMask: { paths: [path] } };
  await callService(call, TrackingService.method.updateRun, asked);
}

/** True if what an error says is wrong is the run that should be a parent. */
export const isAbout = (error: unknown, parentRun: string): boolean =>
  (isCode(error, Code.NotFound) || isCode(error, Code.InvalidArgument)) &&
  error instanceof ConnectError &&
  error
    .findDetails(ErrorInfoSchema)
    .some(({ metadata }) => metadata["resource"] === parentRun || metadata["field"] === "run.parent_run");

async function deleteTag(call: MlflowCall, key: string): Promise<void> {
  const name = runName(call);
  const { getRun, deleteRunTags } = TrackingService.method;
  if (key !== MLFLOW_TAGS.parentRun) return void (await callService(call, deleteRunTags, { run: name, keys: [key] }));
  const { run } = await callService(call, getRun, { name });
  // A run that was made with a parent shows the tag without having it.
  const isShown = run !== undefined && run.parentRun !== "" && run.tags?.[key] === undefined;
  if (!isShown) await callService(call, deleteRunTags, { run: name, keys: [key] });
  await setParent(call, name, "");
}

/** As a literal, because a batch has a thousand of them. */
function metricOf({ project }: MlflowCall, fields: Fields): Metric {
  const model = optionalText(fields, "model_id");
  const measured = time(fields, "timestamp");
  if (measured === undefined)
    throw invalidField(pathOf(fields, "timestamp"), "Missing value for required parameter: milliseconds since 1970");
  return {
    $typeName: "throughline.tracking.v1.Metric",
    key: checkedKey(text(fields, "key"), pathOf(fields, "key")),
    value: requiredReal(fields, "value"),
    step: whole(fields, "step") ?? 0n,
    time: measured,
    loggedModel: model ? `${project}/loggedModels/${model}` : "",
    datasetName: text(fields, "dataset_name"),
    datasetDigest: text(fields, "dataset_digest"),
  };
}

type Pair = readonly [key: string, value: string];

const pairs = (all: readonly Pair[]): Record<string, string> => Object.fromEntries(all);

function paramOf(fields: Fields): Pair {
  const key = checkedKey(text(fields, "key"), pathOf(fields, "key"));
  const value = optionalText(fields, "value");
  if (value === undefined) throw invalidField(pathOf(fields, "value"), "Missing value for required parameter");
  return [key, cut(value, LIMIT.paramLength)];
}

/** The params of a batch. One that is given twice is refused, whatever its values are, as MLflow does it. */
function paramsOf(all: readonly Fields[]): Record<string, string> {
  const params = new Map<string, string>();
  for (const fields of all) {
    const [key, value] = paramOf(fields);
    if (params.has(key)) throw invalidField(fields.path, `Duplicate parameter keys have been submitted: ${key}`);
    params.set(key, value);
  }
  return Object.fromEntries(params);
}

/** A tag of a run or of a logged model. */
export function tagOf(fields: Fields): Pair {
  const key = checkedKey(text(fields, "key"), pathOf(fields, "key"));
  return [key, cut(text(fields, "value"), LIMIT.tagLength)];
}
