import { infiniteAgain } from "./infinite.ts";
import type {
  SourceDataset,
  SourceExperiment,
  SourceLoggedModel,
  SourceModel,
  SourcePoint,
  SourceRun,
  SourceVersion,
} from "./source.ts";

type Json = Readonly<Record<string, unknown>>;

const text = (value: unknown): string => (value === undefined || value === null ? "" : String(value));
const part = (value: unknown): Json => (value as Json | undefined) ?? {};
const list = (value: unknown): readonly Json[] => (value as readonly Json[] | undefined) ?? [];

/** `[{key, value}]` as a record. */
const record = (pairs: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(list(pairs).map((it) => [text(it["key"]), text(it["value"])]));

/** An experiment of the REST API. */
export const experimentOf = (it: Json): SourceExperiment => ({
  id: text(it["experiment_id"]),
  name: text(it["name"]),
  isDeleted: it["lifecycle_stage"] === "deleted",
  tags: record(it["tags"]),
  createTimeMs: Number(it["creation_time"] ?? 0),
});

/** A run of the REST API. */
export function runOf(run: unknown): SourceRun {
  const it = part(run);
  const [info, data] = [part(it["info"]), part(it["data"])];
  const [inputs, outputs] = [part(it["inputs"]), part(it["outputs"])];
  const endTimeMs = Number(info["end_time"] ?? 0);
  return {
    id: text(info["run_id"]),
    name: text(info["run_name"]),
    status: text(info["status"]),
    startTimeMs: Number(info["start_time"] ?? 0),
    ...(endTimeMs > 0 && { endTimeMs }),
    isDeleted: info["lifecycle_stage"] === "deleted",
    artifactUri: text(info["artifact_uri"]),
    params: record(data["params"]),
    tags: record(data["tags"]),
    metricKeys: list(data["metrics"]).map((metric) => text(metric["key"])),
    datasets: list(inputs["dataset_inputs"]).map(datasetOf),
    modelInputs: list(inputs["model_inputs"]).map((model) => text(model["model_id"])),
    modelOutputs: list(outputs["model_outputs"]).map((model) => ({
      id: text(model["model_id"]),
      step: BigInt(text(model["step"]) || 0),
    })),
  };
}

function datasetOf(it: Json): SourceDataset {
  const dataset = part(it["dataset"]);
  return {
    name: text(dataset["name"]),
    digest: text(dataset["digest"]),
    sourceType: text(dataset["source_type"]),
    source: text(dataset["source"]),
    schema: text(dataset["schema"]),
    profile: text(dataset["profile"]),
    tags: record(it["tags"]),
  };
}

/** A point of the REST API. NaN and infinities come as texts, or as the largest floats of databases that have no infinity. */
export const pointOf = (it: Json): SourcePoint => ({
  value: infiniteAgain(Number(it["value"] ?? 0)),
  step: BigInt(text(it["step"]) || 0),
  timeMs: Number(it["timestamp"] ?? 0),
});

const LOGGED_MODEL_STATES: Readonly<Record<string, SourceLoggedModel["status"]>> = {
  LOGGED_MODEL_READY: "READY",
  LOGGED_MODEL_UPLOAD_FAILED: "FAILED",
};

/** A logged model of the REST API. */
export function loggedModelOf(it: Json): SourceLoggedModel {
  const [info, data] = [part(it["info"]), part(it["data"])];
  return {
    id: text(info["model_id"]),
    name: text(info["name"]),
    sourceRunId: text(info["source_run_id"]),
    status: LOGGED_MODEL_STATES[text(info["status"])] ?? "PENDING",
    modelType: text(info["model_type"]),
    artifactUri: text(info["artifact_uri"]),
    params: record(data["params"]),
    tags: record(info["tags"]),
    metrics: list(data["metrics"]).map((metric) => ({
      ...pointOf(metric),
      key: text(metric["key"]),
      runId: text(metric["run_id"]),
      datasetName: text(metric["dataset_name"]),
      datasetDigest: text(metric["dataset_digest"]),
    })),
  };
}

/** A registered model of the REST API. */
export const modelOf = (it: Json): SourceModel => ({
  name: text(it["name"]),
  description: text(it["description"]),
  tags: record(it["tags"]),
  aliases: Object.fromEntries(list(it["aliases"]).map((alias) => [text(alias["alias"]), Number(alias["version"])])),
});

/** A version of the REST API. */
export const versionOf = (it: Json): SourceVersion => ({
  version: Number(it["version"]),
  description: text(it["description"]),
  tags: record(it["tags"]),
  stage: text(it["current_stage"]) || "None",
  runId: text(it["run_id"]),
  runLink: text(it["run_link"]),
  source: text(it["source"]),
});
