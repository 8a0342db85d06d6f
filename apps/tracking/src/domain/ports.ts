import type { Clock, Digest, NewId, PageTokens } from "@throughline/kernel";
import type { LineageGraph, LineageNode } from "@throughline/lineage";
import type { OrderKey } from "@throughline/search";
import type { KnownArtifact } from "./artifact.ts";
import type { Bell } from "./bell.ts";
import type { ByteSweepStore, LettingGo } from "./byte-sweep-store.ts";
import type { DatasetStore, TableDataset } from "./dataset-store.ts";
import type { Experiment, LifecycleStage } from "./experiment.ts";
import type { FileStore } from "./file-store.ts";
import type { FileChange } from "./file-tree.ts";
import type { LoggedModel } from "./logged-model.ts";
import type { LoggedModelStore } from "./logged-model-store.ts";
import type { ArrivedPoint, LatestMetric, MetricPoint, MetricStream, MetricsChange, RunMetrics } from "./metric.ts";
import type { Key } from "./names.ts";
import type { Purged, PurgeStore } from "./purge-store.ts";
import type { LineageChange, RecordedExecution } from "./recording.ts";
import type { Run } from "./run.ts";
import type { RunChanges } from "./run-changes.ts";
import type { RunCondition } from "./run-condition.ts";

/** Everything that one call changes. Resources carry the revision that they have afterwards. */
export interface Change {
  readonly experiment?: { readonly before?: Experiment; readonly after: Experiment };
  readonly run?: Run;
  /** What the run was before, so that only what is new is written to where runs are searched. */
  readonly runBefore?: Run;
  /** Runs that the change counts on: it is only applied while they are as they were read. */
  readonly held?: readonly Run[];
  readonly metrics?: MetricsChange & { readonly run: Run };
  readonly stream?: MetricStream;
  readonly lineage?: LineageChange;
  readonly files?: FileChange;
  /** Bytes that something removed or replaced by the change had named. */
  readonly letGo?: LettingGo;
  /** The note of bytes that are an artifact now. */
  readonly arrived?: string;
  readonly models?: readonly LoggedModel[];
  readonly purged?: Purged;
  /** One that is new. */
  readonly dataset?: TableDataset;
}

/** What a call decided: the change, and the answer once it is durable. Both are plain data. */
export interface Decision<Response extends object> {
  readonly change: Change;
  readonly response: Response;
}

/** What makes a repeated call the same call. */
export interface Call {
  /** Empty: the call is not remembered. */
  readonly requestId: string;
  readonly method: string;
  readonly principal: string;
  readonly requestDigest: string;
}

/**
 * Applies what a call decides, all or nothing. Laws, checked by `testTrackingStore`:
 *
 * - If what was read changes before the change is applied, `decide` is called again, a bounded number of times; after
 *   that the commit fails with REVISION_CONFLICT and nothing is applied.
 * - What `decide` throws is thrown on, and nothing is applied.
 * - With a call that has a request id, the change is applied once, and repetitions get the first answer.
 * - Of two active experiments of a project with one display name, the second fails with ALREADY_EXISTS.
 */
export type Commit = <Response extends object>(
  decide: () => Promise<Decision<Response>>,
  call?: Call,
) => Promise<Response>;

/** Which experiments to list, newest first. */
export interface ExperimentQuery {
  readonly project: string;
  readonly displayName?: string;
  readonly showDeleted: boolean;
  /** Only those that were created before the one of this id. */
  readonly before?: string;
  /** From 1 on. */
  readonly limit: number;
}

/** Which runs to list, newest first. */
export interface RunQuery {
  readonly project: string;
  readonly experimentId?: string;
  /** Leaves out the deleted runs, and the runs of deleted experiments. */
  readonly showDeleted: boolean;
  readonly before?: string;
  /** From 1 on. */
  readonly limit: number;
}

/** Which part of a curve to read. */
export interface SampleRange {
  /** Most points, from 4 on. */
  readonly points: number;
  readonly fromStep?: bigint;
  /** The first step not to read. */
  readonly beforeStep?: bigint;
}

export interface MetricSample {
  readonly points: readonly MetricPoint[];
  /** True if these are all points there are in the range. */
  readonly complete: boolean;
}

/** Where runs are looked for: those of an experiment in one stage. */
export interface RunScope {
  readonly experimentId: string;
  readonly stage: LifecycleStage;
}

/** Which runs to find, and in which order. */
export interface RunSearchQuery {
  readonly project: string;
  readonly scopes: readonly RunScope[];
  readonly where?: RunCondition;
  readonly orderBy: readonly OrderKey[];
  /** Where a page before ended. */
  readonly after?: string;
  /** 1 to 10,000. */
  readonly limit: number;
}

/** Ids of runs with where each of them stands in the order, for the page behind it. */
export interface RunSearchPage {
  readonly found: readonly { readonly id: string; readonly position: string }[];
  /** Where to go on; absent if there are no more. */
  readonly next?: string;
}

/**
 * Reads experiments and runs. Each method answers undefined, or nothing, for what is not there. Runs are as they count: those of
 * deleted experiments are deleted.
 */
export interface TrackingStore {
  experiment(key: Key): Promise<Experiment | undefined>;
  experiments(query: ExperimentQuery): Promise<readonly Experiment[]>;
  run(key: Key): Promise<Run | undefined>;
  runs(query: RunQuery): Promise<readonly Run[]>;
  /** The metrics of runs, in the order of `keys`; at most 1,000. */
  metrics(keys: readonly Key[]): Promise<readonly RunMetrics[]>;
  /** The points of metrics, made fewer: the first, the last and the extremes of stretches stay. By the order of `metrics`. */
  samples(run: Key, metrics: readonly string[], range: SampleRange): Promise<readonly MetricSample[]>;
  search(query: RunSearchQuery): Promise<RunSearchPage>;
  /** The runs in the order of `keys`, undefined for those that are not there; at most 1,000. */
  runsOf(keys: readonly Key[]): Promise<readonly (Run | undefined)[]>;
  metricStream(run: Key, id: string): Promise<MetricStream | undefined>;
  /** Points of one metric by step, time and arrival, after `after`. At most 10,000. */
  points(
    run: Key,
    metric: string,
    page: { readonly after?: ArrivedPoint; readonly limit: number },
  ): Promise<readonly ArrivedPoint[]>;
  /** The values that a metric already has at the step and time of `point`. */
  valuesAt(run: Key, point: MetricPoint): Promise<readonly number[]>;
  /** The points of one metric that arrived after the given number, in that order, where `count` says how many there are. */
  arrivedAfter(
    run: Key,
    metric: LatestMetric,
    page: { readonly arrival: number; readonly count: number },
  ): Promise<readonly ArrivedPoint[]>;
}

/** Reads the thread. */
export interface LineageStore {
  artifacts(project: string, digests: readonly Digest[]): Promise<ReadonlyMap<Digest, KnownArtifact>>;
  /** By id, whatever project they are of: ids of executions are unique in the platform. */
  recorded(ids: readonly string[]): Promise<ReadonlyMap<string, RecordedExecution>>;
  /** Those of the project among the ids. */
  executions(project: string, ids: readonly string[]): Promise<ReadonlyMap<string, RecordedExecution>>;
  /** The artifacts and executions that stand for a resource; at most 100 of each. */
  named(
    project: string,
    resource: string,
  ): Promise<{ readonly digests: readonly Digest[]; readonly executionIds: readonly string[] }>;
  /** Nodes whose resource begins with `prefix`, by resource: the digests of artifacts, or the ids of executions. */
  resources(
    project: string,
    query: { readonly prefix: string; readonly node: LineageNode["type"]; readonly limit: number },
  ): Promise<readonly { readonly resource: string; readonly id: string }[]>;
  /** The thread of one project. */
  graph(project: string): LineageGraph;
}

/** Notes of bytes that are being uploaded: each is there before the bytes, and goes with the commit that makes them an artifact. */
export interface Arrivals {
  /** Gives the note's id. */
  add(digest: Digest): Promise<string>;
  has(id: string): Promise<boolean>;
}

/** Keeps the bytes of artifacts. */
export interface ArtifactBytes {
  /** Stores bytes, all or nothing, once all of them were read. Fails with DIGEST_MISMATCH and SIZE_MISMATCH if they are not as declared. */
  put(
    source: AsyncIterable<Uint8Array>,
    declared: { readonly digest?: Digest; readonly sizeBytes?: number },
  ): Promise<{ readonly digest: Digest; readonly sizeBytes: number }>;
  /** Sizes of those that are stored. */
  sizes(digests: readonly Digest[]): Promise<ReadonlyMap<Digest, number>>;
  /** The bytes `[start, end)` in pieces of at most 1 MiB; everything is checked against the digest before it ends. */
  read(
    digest: Digest,
    range: { readonly start: number; readonly end: number; readonly sizeBytes: number },
  ): AsyncIterable<Uint8Array>;
}

/** What the use cases work with. */
export interface Tracking {
  readonly store: TrackingStore;
  readonly lineage: LineageStore;
  readonly files: FileStore;
  readonly models: LoggedModelStore;
  readonly purges: PurgeStore;
  readonly datasets: DatasetStore;
  readonly bytes: ArtifactBytes;
  readonly arrivals: Arrivals;
  readonly byteSweeps: ByteSweepStore;
  readonly commit: Commit;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly pageTokens: PageTokens;
  readonly changes: RunChanges;
  /** Rung when something was purged. */
  readonly purged: Bell;
}
