import { DatabaseSync } from "node:sqlite";
import { infiniteAgain } from "./infinite.ts";
import { localFiles } from "./local-artifacts.ts";
import type { MlflowSource, SourceDataset, SourcePoint, SourceRun, SourceVersion } from "./source.ts";

type Row = Readonly<Record<string, unknown>>;

const text = (value: unknown): string => (value === undefined || value === null ? "" : String(value));

/** `(key, value)` rows as a record. */
const record = (rows: readonly Row[]): Readonly<Record<string, string>> =>
  Object.fromEntries(rows.map((it) => [text(it["key"]), text(it["value"])]));

const LOGGED_MODEL_STATES = { 2: "READY", 3: "FAILED" } as const;

/** Reads the SQLite database of an MLflow server, and the files below `root`. */
export function databaseSource(path: string, root: string): MlflowSource {
  const database = new DatabaseSync(path, { readOnly: true, readBigInts: true });
  const tables = new Set(
    (database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all() as Row[]).map((it) => it["name"]),
  );
  if (!tables.has("experiments") || !tables.has("runs")) throw new Error(`${path} is not a database of MLflow`);
  /** Tables that an older MLflow does not have are empty. */
  const rows = (table: string, sql: string, ...values: (string | number)[]): readonly Row[] =>
    tables.has(table) ? (database.prepare(sql).all(...values) as Row[]) : [];

  return {
    async *experiments() {
      for (const it of rows("experiments", "SELECT * FROM experiments ORDER BY experiment_id")) {
        const id = text(it["experiment_id"]);
        const tags = rows("experiment_tags", "SELECT key, value FROM experiment_tags WHERE experiment_id = ?", id);
        const isDeleted = it["lifecycle_stage"] === "deleted";
        const createTimeMs = Number(it["creation_time"] ?? 0);
        yield { id, name: text(it["name"]), isDeleted, tags: record(tags), createTimeMs };
      }
    },
    async *runs(experimentId) {
      const sql = "SELECT * FROM runs WHERE experiment_id = ? ORDER BY start_time, run_uuid";
      for (const it of rows("runs", sql, experimentId)) yield runOf(it, rows);
    },
    async *history(runId, key) {
      const sql = "SELECT value, timestamp, step, is_nan FROM metrics WHERE run_uuid = ? AND key = ?";
      for (const it of rows("metrics", sql, runId, key)) yield pointOf(it);
    },
    async *loggedModels(experimentId) {
      const sql = "SELECT * FROM logged_models WHERE experiment_id = ? AND lifecycle_stage = 'active'";
      for (const it of rows("logged_models", sql, experimentId)) {
        const id = text(it["model_id"]);
        const of = (table: string) =>
          record(rows(table, `SELECT ${keyAndValue(table)} FROM ${table} WHERE model_id = ?`, id));
        const metrics = rows("logged_model_metrics", "SELECT * FROM logged_model_metrics WHERE model_id = ?", id);
        yield {
          id,
          name: text(it["name"]),
          sourceRunId: text(it["source_run_id"]),
          status:
            (LOGGED_MODEL_STATES as Readonly<Record<string, "READY" | "FAILED">>)[text(it["status"])] ?? "PENDING",
          modelType: text(it["model_type"]),
          artifactUri: text(it["artifact_location"]),
          params: of("logged_model_params"),
          tags: of("logged_model_tags"),
          metrics: metrics.map((metric) => ({
            key: text(metric["metric_name"]),
            value: Number(metric["metric_value"]),
            step: BigInt(text(metric["metric_step"]) || 0),
            timeMs: Number(metric["metric_timestamp_ms"]),
            runId: text(metric["run_id"]),
            datasetName: text(metric["dataset_name"]),
            datasetDigest: text(metric["dataset_digest"]),
          })),
        };
      }
    },
    files: (owner) => localFiles(root, owner),
    async *models() {
      for (const it of rows("registered_models", "SELECT name, description FROM registered_models ORDER BY name")) {
        const name = text(it["name"]);
        const tags = rows("registered_model_tags", "SELECT key, value FROM registered_model_tags WHERE name = ?", name);
        const sql = "SELECT alias AS key, version AS value FROM registered_model_aliases WHERE name = ?";
        const aliases = Object.entries(record(rows("registered_model_aliases", sql, name)));
        yield {
          name,
          description: text(it["description"]),
          tags: record(tags),
          aliases: Object.fromEntries(aliases.map(([alias, version]) => [alias, Number(version)])),
        };
      }
    },
    async *versions(model) {
      const sql =
        "SELECT * FROM model_versions WHERE name = ? AND current_stage <> 'Deleted_Internal' ORDER BY version";
      for (const it of rows("model_versions", sql, model)) yield versionOf(it, rows);
    },
    async location(model, version) {
      const [it] = rows(
        "model_versions",
        "SELECT * FROM model_versions WHERE name = ? AND version = ?",
        model,
        version,
      );
      return text(it?.["storage_location"]) || text(it?.["source"]);
    },
    damaged: () => [],
    close: () => database.close(),
  };
}

type Rows = (table: string, sql: string, ...values: (string | number)[]) => readonly Row[];

const keyAndValue = (table: string): string =>
  table === "logged_model_params" ? "param_key AS key, param_value AS value" : "tag_key AS key, tag_value AS value";

function runOf(it: Row, rows: Rows): SourceRun {
  const id = text(it["run_uuid"]);
  const endTimeMs = Number(it["end_time"] ?? 0);
  const uses = rows(
    "inputs",
    `SELECT source_type, source_id, destination_type, destination_id, step FROM inputs
     WHERE (source_id = ? OR destination_id = ?) AND (source_type LIKE '%MODEL%' OR destination_type LIKE '%MODEL%')`,
    id,
    id,
  );
  return {
    id,
    name: text(it["name"]),
    status: text(it["status"]),
    startTimeMs: Number(it["start_time"] ?? 0),
    ...(endTimeMs > 0 && { endTimeMs }),
    isDeleted: it["lifecycle_stage"] === "deleted",
    artifactUri: text(it["artifact_uri"]),
    params: record(rows("params", "SELECT key, value FROM params WHERE run_uuid = ?", id)),
    tags: record(rows("tags", "SELECT key, value FROM tags WHERE run_uuid = ?", id)),
    metricKeys: rows("latest_metrics", "SELECT key FROM latest_metrics WHERE run_uuid = ?", id).map((m) =>
      text(m["key"]),
    ),
    datasets: datasetsOf(id, rows),
    modelInputs: uses.filter((use) => use["source_type"] === "RUN_INPUT").map((use) => text(use["destination_id"])),
    modelOutputs: uses
      .filter((use) => use["source_type"] === "RUN_OUTPUT")
      .map((use) => ({ id: text(use["destination_id"]), step: BigInt(text(use["step"]) || 0) })),
  };
}

function datasetsOf(runId: string, rows: Rows): readonly SourceDataset[] {
  const sql = `SELECT d.*, i.input_uuid FROM inputs i JOIN datasets d ON d.dataset_uuid = i.source_id
    WHERE i.source_type = 'DATASET' AND i.destination_type = 'RUN' AND i.destination_id = ?`;
  return rows("inputs", sql, runId).map((it) => ({
    name: text(it["name"]),
    digest: text(it["digest"]),
    sourceType: text(it["dataset_source_type"]),
    source: text(it["dataset_source"]),
    schema: text(it["dataset_schema"]),
    profile: text(it["dataset_profile"]),
    tags: record(
      rows("input_tags", "SELECT name AS key, value FROM input_tags WHERE input_uuid = ?", text(it["input_uuid"])),
    ),
  }));
}

const pointOf = (it: Row): SourcePoint => ({
  value: Number(it["is_nan"]) === 1 ? Number.NaN : infiniteAgain(Number(it["value"])),
  step: BigInt(text(it["step"]) || 0),
  timeMs: Number(it["timestamp"]),
});

function versionOf(it: Row, rows: Rows): SourceVersion {
  const sql = "SELECT key, value FROM model_version_tags WHERE name = ? AND version = ?";
  return {
    version: Number(it["version"]),
    description: text(it["description"]),
    tags: record(rows("model_version_tags", sql, text(it["name"]), Number(it["version"]))),
    stage: text(it["current_stage"]) || "None",
    runId: text(it["run_id"]),
    runLink: text(it["run_link"]),
    source: text(it["source"]),
  };
}
