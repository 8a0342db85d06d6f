import { digestOfBytes } from "@throughline/kernel";
import type { Collection, CollectionDefinition, SearchIndex, Series, Store } from "@throughline/store";
import type { KnownArtifact } from "../domain/artifact.ts";
import type { Arrival, Condemnation, Erasure, LettingGo } from "../domain/byte-sweep-store.ts";
import type { TableDataset } from "../domain/dataset-store.ts";
import type { Experiment } from "../domain/experiment.ts";
import type { FileOwner, TreeFile } from "../domain/file-tree.ts";
import type { LoggedModel } from "../domain/logged-model.ts";
import type { Key } from "../domain/names.ts";
import type { RecordedExecution } from "../domain/recording.ts";
import type { Run } from "../domain/run.ts";

/** An experiment as stored; its revision is that of the document. */
export type ExperimentValue = Omit<Experiment, "revision"> & {
  /** Set where there is work for the sweeper. */
  readonly swept?: true;
};

/** Holds the display name of an active experiment: there is one document for each name that is taken. */
export interface NameClaim {
  readonly project: string;
  readonly displayName: string;
  readonly experimentId: string;
}

export type RunValue = Omit<Run, "revision">;

/**
 * A piece of the latest values of a run, as rows, which takes less room than objects and makes any key possible. Steps are
 * decimal digits. Its id is that of the run and the number of the piece.
 */
export interface MetricPieceValue {
  /** How many pieces the run has. */
  readonly of: number;
  readonly latest: readonly (readonly [key: string, step: string, timeMs: number, value: number, count: number])[];
}

/** How far a stream of metrics has come. */
export interface MetricStreamValue {
  readonly sequence: number;
}

export type ArtifactValue = Omit<KnownArtifact, "revision">;

/**
 * Finds the executions of an artifact. An edge counts only if its execution is there and has it among its events: edges
 * of a large execution are written before it.
 */
export interface EdgeValue {
  readonly project: string;
  readonly digest: string;
  readonly type: "INPUT" | "OUTPUT";
  readonly executionId: string;
}

const EXPERIMENTS: CollectionDefinition<ExperimentValue> = {
  name: "tracking_experiments",
  indexes: [
    { name: "by_project", fields: ["project"] },
    { name: "by_stage", fields: ["project", "stage"] },
    { name: "by_name", fields: ["project", "displayName"] },
    { name: "by_sweep", fields: ["swept"] },
  ],
};

/** The collection of claims. */
export const EXPERIMENT_NAMES = "tracking_experiment_names";

const NAMES: CollectionDefinition<NameClaim> = { name: EXPERIMENT_NAMES, indexes: [] };

/** Each index costs every write of a run; what is searched for stands in the run index. Lists pass over deleted runs. */
const RUNS: CollectionDefinition<RunValue> = {
  name: "tracking_runs",
  indexes: [
    { name: "by_project", fields: ["project"] },
    { name: "by_experiment", fields: ["project", "experimentId"] },
  ],
};

const METRIC_PIECES: CollectionDefinition<MetricPieceValue> = { name: "tracking_metric_pieces", indexes: [] };

const METRIC_STREAMS: CollectionDefinition<MetricStreamValue> = { name: "tracking_metric_streams", indexes: [] };

const ARTIFACTS: CollectionDefinition<ArtifactValue> = {
  name: "tracking_artifacts",
  indexes: [
    { name: "by_resource", fields: ["project", "resource"] },
    { name: "by_digest", fields: ["digest"] },
    { name: "by_letting_go", fields: ["letGoTimeMs"] },
  ],
};

const EXECUTIONS: CollectionDefinition<RecordedExecution> = {
  name: "tracking_executions",
  indexes: [{ name: "by_resource", fields: ["project", "resource"] }],
};

const EDGES: CollectionDefinition<EdgeValue> = {
  name: "tracking_edges",
  indexes: [{ name: "by_artifact", fields: ["project", "type", "digest"] }],
};

/** A file or folder as stored; its revision is that of the document. */
export type NodeValue = (Omit<TreeFile, "path"> & { readonly type: "FILE" }) | { readonly type: "FOLDER" };

/** One document for each file and folder, so that a path cannot be both. `owner` is a text of its own for each tree. */
export type FileValue = NodeValue & { readonly owner: string; readonly path: string; readonly folder: string };

const FILES: CollectionDefinition<FileValue> = {
  name: "tracking_files",
  indexes: [
    { name: "by_folder", fields: ["owner", "folder", "path"] },
    { name: "by_type", fields: ["owner", "type", "path"] },
    { name: "by_path", fields: ["owner", "path"] },
    { name: "by_digest", fields: ["digest"] },
  ],
};

/** One document for each tree that was ever changed: its revision orders the changes. */
export interface TreeValue {
  readonly owner: string;
  /** True if no file was ever put. */
  readonly isBare: boolean;
}

const FILE_TREES: CollectionDefinition<TreeValue> = { name: "tracking_file_trees", indexes: [] };

export type LoggedModelValue = Omit<LoggedModel, "revision">;

const LOGGED_MODELS: CollectionDefinition<LoggedModelValue> = {
  name: "tracking_logged_models",
  indexes: [
    { name: "by_project", fields: ["project"] },
    { name: "by_experiment", fields: ["project", "experimentId"] },
  ],
};

/** Owners that were purged, and whose files and histories are still there. */
const PURGES: CollectionDefinition<FileOwner> = { name: "tracking_purges", indexes: [] };

/** What removals let go, until a sweep has taken it up. */
const LETTINGS_GO: CollectionDefinition<Omit<LettingGo, "id">> = { name: "tracking_lettings_go", indexes: [] };

/** Bytes that are being uploaded. */
const ARRIVALS: CollectionDefinition<Omit<Arrival, "id">> = {
  name: "tracking_arrivals",
  indexes: [{ name: "by_time", fields: ["timeMs"] }],
};

/** Condemned objects by the ids of their condemnations. */
const CONDEMNATIONS: CollectionDefinition<Omit<Condemnation, "id">> = { name: "tracking_condemnations", indexes: [] };

const ERASURES: CollectionDefinition<Erasure> = {
  name: "tracking_erasures",
  indexes: [{ name: "by_time", fields: ["project", "eraseTimeMs"] }],
};

/** What says which bytes there are, and does not need them. The rest of what is stored is searched for digests. */
export const WITHOUT_NEEDS: readonly string[] = [
  ...["tracking_artifacts", "tracking_executions", "tracking_edges", "tracking_lettings_go", "tracking_condemnations"],
  ...["tracking_erasures", "tracking_purges", EXPERIMENT_NAMES, "tracking_metric_pieces", "tracking_metric_streams"],
  ...["tracking_files", "tracking_file_trees", "tracking_arrivals"],
];

const DATASETS: CollectionDefinition<TableDataset> = {
  name: "tracking_datasets",
  indexes: [{ name: "by_time", fields: ["project", "createTimeMs"] }],
};

/** Everything that the service stores. */
export interface Collections {
  readonly experiments: Collection<ExperimentValue>;
  readonly names: Collection<NameClaim>;
  readonly runs: Collection<RunValue>;
  readonly metricPieces: Collection<MetricPieceValue>;
  readonly metricStreams: Collection<MetricStreamValue>;
  readonly artifacts: Collection<ArtifactValue>;
  readonly executions: Collection<RecordedExecution>;
  readonly edges: Collection<EdgeValue>;
  readonly files: Collection<FileValue>;
  readonly fileTrees: Collection<TreeValue>;
  readonly loggedModels: Collection<LoggedModelValue>;
  readonly purges: Collection<FileOwner>;
  readonly datasets: Collection<TableDataset>;
  readonly lettingsGo: Collection<Omit<LettingGo, "id">>;
  readonly arrivals: Collection<Omit<Arrival, "id">>;
  readonly condemnations: Collection<Omit<Condemnation, "id">>;
  readonly erasures: Collection<Erasure>;
  /** History of metrics: one series for each metric of each run, numbered from 1 on in the order of arrival. */
  readonly points: Series;
  /** Finds runs. Their subjects are the ids of their documents. */
  readonly runIndex: SearchIndex;
}

/** Opens everything, creating what is missing. */
export const openCollections = (store: Store): Collections => ({
  experiments: store.collection(EXPERIMENTS),
  names: store.collection(NAMES),
  runs: store.collection(RUNS),
  metricPieces: store.collection(METRIC_PIECES),
  metricStreams: store.collection(METRIC_STREAMS),
  artifacts: store.collection(ARTIFACTS),
  executions: store.collection(EXECUTIONS),
  edges: store.collection(EDGES),
  files: store.collection(FILES),
  fileTrees: store.collection(FILE_TREES),
  loggedModels: store.collection(LOGGED_MODELS),
  purges: store.collection(PURGES),
  datasets: store.collection(DATASETS),
  lettingsGo: store.collection(LETTINGS_GO),
  arrivals: store.collection(ARRIVALS),
  condemnations: store.collection(CONDEMNATIONS),
  erasures: store.collection(ERASURES),
  points: store.series("tracking_metric_points"),
  runIndex: store.searchIndex("tracking_runs"),
});

/** Id of the document of a resource. Projects and ids have no slash. */
export const documentId = ({ project, id }: Key): string => `${project}/${id}`;

/** Id of the document of a piece of a run's metrics. */
export const pieceId = (run: Key, piece: number): string => `${documentId(run)}/${piece}`;

/** Id of the document of a stream. A digest, because ids of streams may hold anything. */
export const streamId = (run: Key, id: string): string => `${documentId(run)}/${digestOfBytes(id)}`;

/** Key of the series of a metric. The key of the metric comes last, and may hold anything. */
export const seriesKey = (run: Key, metric: string): string => `${documentId(run)}/${storedKey(metric)}`;

/** Most bytes that a key takes where it is part of a name in the store. */
const STORED_KEY_BYTES_MAX = 500;

/** A key as it stands in names of the store. No key begins with a control character, so that a digest is no key. */
export function storedKey(key: string): string {
  // No unit of a text takes more than three bytes.
  if (key.length * 3 <= STORED_KEY_BYTES_MAX || Buffer.byteLength(key) <= STORED_KEY_BYTES_MAX) return key;
  return `\u0001${digestOfBytes(key)}`;
}
