/** What an import reads of an MLflow installation. Ids are MLflow's own. */
export interface MlflowSource {
  experiments(): AsyncIterable<SourceExperiment>;
  /** All runs of an experiment, deleted ones too. */
  runs(experimentId: string): AsyncIterable<SourceRun>;
  /** Every point of a metric of a run. */
  history(runId: string, key: string): AsyncIterable<SourcePoint>;
  loggedModels(experimentId: string): AsyncIterable<SourceLoggedModel>;
  /** The files of a run, a logged model or a version. Fails with ArtifactsUnreachable. */
  files(owner: ArtifactOwner): AsyncIterable<SourceFile>;
  models(): AsyncIterable<SourceModel>;
  /** The versions of a model that are not deleted, by number. */
  versions(model: string): AsyncIterable<SourceVersion>;
  /** Where MLflow says that the files of a version are. */
  location(model: string, version: number): Promise<string>;
  /** What could not be read so far, and was left out. */
  damaged(): readonly string[];
  close(): void;
}

export interface SourceExperiment {
  readonly id: string;
  readonly name: string;
  readonly isDeleted: boolean;
  readonly tags: Readonly<Record<string, string>>;
  /** 0 if MLflow does not know it. */
  readonly createTimeMs: number;
}

/** Who has files: a run, a logged model, or a version whose logged model was deleted. */
export interface ArtifactOwner {
  readonly kind: "run" | "logged model" | "version";
  readonly id: string;
  /** Where MLflow says they are. */
  readonly artifactUri: string;
}

export interface SourceRun {
  readonly id: string;
  readonly name: string;
  /** `RUNNING`, `SCHEDULED`, `FINISHED`, `FAILED` or `KILLED`. */
  readonly status: string;
  readonly startTimeMs: number;
  /** Absent while it runs. */
  readonly endTimeMs?: number;
  readonly isDeleted: boolean;
  readonly artifactUri: string;
  readonly params: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly metricKeys: readonly string[];
  readonly datasets: readonly SourceDataset[];
  /** Ids of logged models. */
  readonly modelInputs: readonly string[];
  readonly modelOutputs: readonly { readonly id: string; readonly step: bigint }[];
}

export interface SourceDataset {
  readonly name: string;
  /** MLflow's own digest. */
  readonly digest: string;
  readonly sourceType: string;
  readonly source: string;
  readonly schema: string;
  readonly profile: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface SourcePoint {
  readonly value: number;
  readonly step: bigint;
  readonly timeMs: number;
}

export interface SourceLoggedModel {
  readonly id: string;
  readonly name: string;
  readonly sourceRunId: string;
  readonly status: "PENDING" | "READY" | "FAILED";
  readonly modelType: string;
  readonly artifactUri: string;
  readonly params: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly metrics: readonly (SourcePoint & {
    readonly key: string;
    readonly runId: string;
    readonly datasetName: string;
    readonly datasetDigest: string;
  })[];
}

export interface SourceFile {
  /** Path from the top of the owner's files, with `/` between the names. */
  readonly path: string;
  read(): AsyncIterable<Uint8Array>;
}

export interface SourceModel {
  readonly name: string;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly aliases: Readonly<Record<string, number>>;
}

export interface SourceVersion {
  readonly version: number;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly stage: string;
  readonly runId: string;
  readonly runLink: string;
  /** Where MLflow says that its files came from. */
  readonly source: string;
}

/** The files of something are in a place that this source cannot read. */
export class ArtifactsUnreachable extends Error {
  constructor({ kind, id, artifactUri }: ArtifactOwner, why: string) {
    super(`the files of ${kind} ${id} at ${artifactUri} cannot be read: ${why}`);
    this.name = "ArtifactsUnreachable";
  }
}
