import { type Digest, digestOfJson } from "@throughline/kernel";

/** What an artifact is, in the words of `throughline.lineage.v1.ArtifactKind` without its prefix. */
export const ARTIFACT_KINDS = [
  "FILE",
  "SOURCE_SEGMENT",
  "FEATURE_VIEW",
  "TRAINING_SET",
  "CERTIFICATE",
  "MODEL",
  "RELEASE",
  "STATISTICS",
  "SCHEMA",
  "EVALUATION",
  "PREDICTION_LOG",
  "DATASET",
  "TRANSFORM_FIT",
  "SKEW_REPORT",
  "PRIVACY_REPORT",
  "NECESSITY_REPORT",
] as const;

export type ArtifactKind = (typeof ARTIFACT_KINDS)[number];

/** What kind of work an execution was, in the words of `throughline.lineage.v1.ExecutionKind` without its prefix. */
export const EXECUTION_KINDS = [
  "INGEST",
  "CREATE_TRAINING_SET",
  "RUN",
  "REGISTER",
  "RELEASE",
  "DEPLOY",
  "VALIDATE",
  "EVALUATE",
  "PREDICT",
  "REVERT",
  "COMPACT",
  "FIT_TRANSFORMS",
  "APPLY_TRANSFORMS",
  "FORGET",
  "REPORT",
] as const;

export type ExecutionKind = (typeof EXECUTION_KINDS)[number];

/** Which way an edge goes: the execution read the artifact, or made it. */
export type EventType = "INPUT" | "OUTPUT";

/** One immutable thing on the thread, known by the digest of its bytes or of its canonical manifest. */
export interface LineageArtifact {
  readonly digest: Digest;
  readonly kind: ArtifactKind;
  /** Name of the resource that it belongs to, such as `projects/p/models/m/versions/3`; empty if there is none. */
  readonly resource: string;
  /** 0 where the artifact has no bytes of its own. */
  readonly sizeBytes: number;
  /** Media type of the bytes; empty if unknown. */
  readonly mediaType: string;
}

/** What was done. */
export interface LineageExecution {
  /**
   * Unique in the platform, given by the service that did the work: `[a-z0-9][a-z0-9._:-]{0,255}`. Recording is
   * idempotent by it, so it must follow from the work: a retry of the same work has the same id.
   */
  readonly id: string;
  /** `projects/{project}`. */
  readonly project: string;
  readonly kind: ExecutionKind;
  /** Name of the resource that stands for the work, such as `projects/p/runs/r`; empty if there is none. */
  readonly resource: string;
  readonly actor: string;
  /** When it was done, in milliseconds since 1970-01-01 UTC. */
  readonly timeMs: number;
}

/** An edge between the execution of its record and an artifact. */
export interface LineageEvent {
  readonly digest: Digest;
  readonly type: EventType;
  /** The part that the artifact plays, such as `training_set` or `features`. */
  readonly role: string;
}

/** One execution with its edges, and the artifacts that it made or that it describes for the first time. */
export interface LineageRecord {
  readonly execution: LineageExecution;
  readonly artifacts: readonly LineageArtifact[];
  readonly events: readonly LineageEvent[];
}

/** How much one record may tell, as the contract of RecordExecution says. */
export const RECORD_LIMITS = { artifactsMax: 1_000, eventsMax: 1_000 } as const;

/**
 * The digest of what a record tells. Records that tell the same have the same digest: the order of artifacts and edges,
 * and repetitions of them, do not matter.
 */
export function recordDigest({ execution, artifacts, events }: LineageRecord): Digest {
  const { id, project, kind, resource, actor, timeMs } = execution;
  return digestOfJson({
    execution: { id, project, kind, resource, actor, timeMs },
    artifacts: set(artifacts.map((it) => [it.digest, it.kind, it.resource, it.sizeBytes, it.mediaType])),
    events: set(events.map((it) => [it.digest, it.type, it.role])),
  });
}

const set = (items: readonly (readonly (string | number)[])[]): readonly string[] =>
  [...new Set(items.map((it) => JSON.stringify(it)))].sort();
