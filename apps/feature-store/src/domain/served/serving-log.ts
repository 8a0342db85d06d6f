import type { Digest } from "@throughline/kernel";
import type { Run } from "../load-source.ts";

/** Predictions of a deployment. Times in nanoseconds since 1970. */
export interface ServedWindow {
  /** `projects/{project}/deployments/{deployment}`. */
  readonly deployment: string;
  /** First `as_of`. Undefined: from the beginning. */
  readonly startNs: bigint | undefined;
  /** End of the window, not included. Undefined: without end. */
  readonly endNs: bigint | undefined;
  /** Name of the only release to look at. Empty: all. */
  readonly release: string;
  /** Only what the log had taken by this time. Undefined: by now. */
  readonly knownByMs: number | undefined;
  /** How much later than its `as_of` a prediction's label may become known. Undefined: any time. */
  readonly labelDelayNs: bigint | undefined;
  /** Leaves out predictions without a label. */
  readonly labeledOnly: boolean;
}

/**
 * Predictions by entity, in a file with the columns `prediction` (text: its name), `as_of`, `time`, `actual` (float64), `actual_time`,
 * `knowledge_time` (the latest of the vector's values), `entity__{name}` for the fields of the entities, and the features.
 */
export interface ServedPredictions {
  readonly digest: Digest;
  readonly rowCount: number;
  /** Merkle root over the row digests in the log, in the order of the rows. */
  readonly rowsDigest: Digest;
  readonly knownByMs: number;
  readonly features: readonly string[];
  /** Columns of the file that hold the features, in their order. */
  readonly featureColumns: readonly string[];
  readonly releases: readonly ServedRelease[];
  readonly segments: readonly ServedSegment[];
  readonly labeledCount: number;
  readonly leftOut: LeftOut;
}

/** A release that answered some of the predictions. */
export interface ServedRelease {
  readonly release: string;
  readonly digest: Digest;
  readonly rowCount: number;
  /** The version of the feature service that it reads. Undefined where the log does not say. */
  readonly service: PinnedService | undefined;
  /** Versions of views by their ids. */
  readonly viewVersions: ReadonlyMap<string, number>;
}

/** A version of a feature service. */
export interface PinnedService {
  /** `projects/{project}/featureServices/{service}`. */
  readonly name: string;
  readonly version: number;
  readonly digest: string;
}

/** A sealed part of the log. */
export interface ServedSegment {
  readonly segment: string;
  readonly digest: Digest;
  readonly rowCount: number;
}

/** Predictions of a window that are not among the rows, by the reason. */
export interface LeftOut {
  readonly withoutEntity: number;
  readonly laterAsOf: number;
  readonly withoutLabel: number;
  /** Not in the sample that the deployment logs. */
  readonly notSampled: number;
}

/** Who asks, and for which operation. */
export interface ServedRun extends Run {
  readonly actor: string;
  /** Name of the operation. */
  readonly operation: string;
}

/**
 * The prediction log, which another service owns. It is reached for what a caller asked for, never at a start and never while
 * answering its owner, so that no chain of calls comes back to where it began.
 *
 * Every call fails with PREDICTION_LOG_UNREACHABLE if its owner is away, or unknown to this service.
 */
export interface ServingLog {
  /** Fails at once with PREDICTION_LOG_UNREACHABLE if this service was not told where the log is. */
  check(): void;
  /** Writes predictions to a file. Fails with the reasons of the log's owner: NOTHING_TO_EXPORT, MIXED_FEATURES, INVALID_FIELD. */
  predictions(window: ServedWindow, run: ServedRun): Promise<ServedPredictions>;
  /** The row digest of a logged prediction, computed from its values. Undefined if there is no such prediction. */
  rowDigest(prediction: string, signal: AbortSignal): Promise<Digest | undefined>;
}
