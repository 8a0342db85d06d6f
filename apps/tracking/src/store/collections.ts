import type { Collection, CollectionDefinition, Series, Store } from "@throughline/store";
import type { KnownArtifact } from "../domain/artifact.ts";
import type { Experiment } from "../domain/experiment.ts";
import type { Key } from "../domain/names.ts";
import type { RecordedExecution } from "../domain/recording.ts";
import type { Run } from "../domain/run.ts";

/** An experiment as stored; its revision is that of the document. */
export type ExperimentValue = Omit<Experiment, "revision">;

/** Holds the display name of an active experiment: there is one document for each name that is taken. */
export interface NameClaim {
  readonly project: string;
  readonly displayName: string;
  readonly experimentId: string;
}

export type RunValue = Omit<Run, "revision">;

/** Latest values as rows, which takes less room than objects and makes any key possible. Steps are decimal digits. */
export interface RunMetricsValue {
  readonly latest: readonly (readonly [key: string, step: string, timeMs: number, value: number, count: number])[];
  readonly arrivals: number;
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
  ],
};

const NAMES: CollectionDefinition<NameClaim> = { name: "tracking_experiment_names", indexes: [] };

const RUNS: CollectionDefinition<RunValue> = {
  name: "tracking_runs",
  indexes: [
    { name: "by_project", fields: ["project"] },
    { name: "by_stage", fields: ["project", "stage"] },
    { name: "by_experiment", fields: ["project", "experimentId"] },
    { name: "by_experiment_stage", fields: ["project", "experimentId", "stage"] },
  ],
};

const RUN_METRICS: CollectionDefinition<RunMetricsValue> = { name: "tracking_run_metrics", indexes: [] };

const ARTIFACTS: CollectionDefinition<ArtifactValue> = {
  name: "tracking_artifacts",
  indexes: [{ name: "by_resource", fields: ["project", "resource"] }],
};

const EXECUTIONS: CollectionDefinition<RecordedExecution> = {
  name: "tracking_executions",
  indexes: [{ name: "by_resource", fields: ["project", "resource"] }],
};

const EDGES: CollectionDefinition<EdgeValue> = {
  name: "tracking_edges",
  indexes: [{ name: "by_artifact", fields: ["project", "type", "digest"] }],
};

/** Everything that the service stores. */
export interface Collections {
  readonly experiments: Collection<ExperimentValue>;
  readonly names: Collection<NameClaim>;
  readonly runs: Collection<RunValue>;
  readonly runMetrics: Collection<RunMetricsValue>;
  readonly artifacts: Collection<ArtifactValue>;
  readonly executions: Collection<RecordedExecution>;
  readonly edges: Collection<EdgeValue>;
  /** History of metrics: one series for each metric of each run. */
  readonly points: Series;
}

/** Opens everything, creating what is missing. */
export const openCollections = (store: Store): Collections => ({
  experiments: store.collection(EXPERIMENTS),
  names: store.collection(NAMES),
  runs: store.collection(RUNS),
  runMetrics: store.collection(RUN_METRICS),
  artifacts: store.collection(ARTIFACTS),
  executions: store.collection(EXECUTIONS),
  edges: store.collection(EDGES),
  points: store.series("tracking_metric_points"),
});

/** Id of the document of a resource. Projects and ids have no slash. */
export const documentId = ({ project, id }: Key): string => `${project}/${id}`;

/** Key of the series of a metric. The key of the metric comes last, and may hold anything. */
export const seriesKey = (run: Key, metric: string): string => `${documentId(run)}/${metric}`;
