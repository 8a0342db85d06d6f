import type { AttributeField, AttributeType, OrderKey } from "./expression.ts";

/** What can be searched of one kind of thing, and how it is ordered. Plain data: a new attribute is one line. */
export interface Dialect {
  /** For messages: "runs". */
  readonly things: string;
  readonly attributes: Readonly<Record<string, AttributeType>>;
  /** Other names of attributes. */
  readonly synonyms: Readonly<Record<string, string>>;
  readonly entities: readonly ("metric" | "param" | "tag" | "dataset" | "lineage")[];
  /** Texts may stand without quotes (`name = m1`), as MLflow takes them in searches of logged models. */
  readonly bareTexts: boolean;
  /** The order of a search that names none. */
  readonly defaultOrder: readonly OrderKey[];
  /** Follows the order that a search names, so that equal things always come in the same order: it ends with an id. */
  readonly ties: readonly OrderKey[];
}

const key = (type: AttributeType, name: string, direction: OrderKey["direction"]): OrderKey => ({
  field: { entity: "attribute", key: name, type } satisfies AttributeField,
  direction,
});

const RUN_TIES = [key("time", "start_time", "desc"), key("text", "run_id", "asc")];

/** Runs: metrics, params, tags, attributes, data sets and lineage. */
export const RUNS: Dialect = {
  things: "runs",
  attributes: {
    run_id: "text",
    run_name: "text",
    user_id: "text",
    status: "text",
    start_time: "time",
    end_time: "time",
    artifact_uri: "text",
    experiment_id: "text",
    lifecycle_stage: "text",
    parent_run_id: "text",
  },
  synonyms: {
    created: "start_time",
    Created: "start_time",
    "run name": "run_name",
    "Run name": "run_name",
    "Run Name": "run_name",
  },
  entities: ["metric", "param", "tag", "dataset", "lineage"],
  bareTexts: false,
  defaultOrder: RUN_TIES,
  ties: RUN_TIES,
};

export const EXPERIMENTS: Dialect = {
  things: "experiments",
  attributes: {
    name: "text",
    experiment_id: "text",
    creation_time: "time",
    last_update_time: "time",
    lifecycle_stage: "text",
    artifact_location: "text",
  },
  synonyms: {},
  entities: ["tag"],
  bareTexts: false,
  defaultOrder: [key("time", "creation_time", "desc"), key("text", "experiment_id", "asc")],
  ties: [key("text", "experiment_id", "desc")],
};

const LOGGED_MODEL_TIES = [key("time", "creation_timestamp", "desc"), key("text", "model_id", "asc")];

export const LOGGED_MODELS: Dialect = {
  things: "logged models",
  attributes: {
    name: "text",
    model_id: "text",
    model_type: "text",
    status: "text",
    status_message: "text",
    source_run_id: "text",
    experiment_id: "text",
    artifact_location: "text",
    creation_timestamp: "time",
    last_updated_timestamp: "time",
  },
  synonyms: {
    creation_time: "creation_timestamp",
    creation_timestamp_ms: "creation_timestamp",
    last_updated_time: "last_updated_timestamp",
    last_updated_timestamp_ms: "last_updated_timestamp",
  },
  entities: ["metric", "param", "tag", "lineage"],
  bareTexts: true,
  defaultOrder: LOGGED_MODEL_TIES,
  ties: LOGGED_MODEL_TIES,
};

const NAME_TIES = [key("text", "name", "asc")];

export const REGISTERED_MODELS: Dialect = {
  things: "registered models",
  attributes: {
    name: "text",
    description: "text",
    creation_timestamp: "time",
    last_updated_timestamp: "time",
  },
  synonyms: { timestamp: "last_updated_timestamp" },
  entities: ["tag"],
  bareTexts: false,
  defaultOrder: NAME_TIES,
  ties: NAME_TIES,
};

const MODEL_VERSION_TIES = [key("text", "name", "asc"), key("integer", "version_number", "desc")];

export const MODEL_VERSIONS: Dialect = {
  things: "model versions",
  attributes: {
    name: "text",
    version_number: "integer",
    run_id: "text",
    source_path: "text",
    description: "text",
    current_stage: "text",
    status: "text",
    user_id: "text",
    creation_timestamp: "time",
    last_updated_timestamp: "time",
  },
  synonyms: {},
  entities: ["tag", "lineage"],
  bareTexts: false,
  defaultOrder: MODEL_VERSION_TIES,
  ties: MODEL_VERSION_TIES,
};
