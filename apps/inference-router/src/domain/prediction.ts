import type { FeatureValue } from "@throughline/kernel";
import type { Entity, Feature } from "./features.ts";

/** A place in the prediction log: a segment and a byte offset in it. */
export interface LogPosition {
  readonly segment: string;
  readonly offset: number;
}

/** What all predictions of one release have in common. */
export interface ReleaseFacts {
  readonly release: string;
  readonly digest: string;
  /** In the order of the vector. Empty if the inputs came as tensors and the release names no features. */
  readonly features: readonly string[];
  readonly viewVersions: Readonly<Record<string, bigint>>;
  /** Unset if the release reads no features, and in segments of before this was logged. */
  readonly featureService?: PinnedService;
  readonly path: readonly string[];
  readonly thresholds: Readonly<Record<string, number>>;
}

/** The version of a feature service that a release reads. */
export interface PinnedService {
  /** `projects/{project}/featureServices/{service}`. */
  readonly name: string;
  readonly version: bigint;
  readonly digest: string;
}

/** One prediction as it goes into the log. */
export interface PredictionEntry {
  readonly facts: ReleaseFacts;
  readonly score: number;
  /** The canonical bytes of the vector's values: what the row digest is over. */
  readonly vectorBytes: Buffer;
  readonly vector: readonly Feature[];
  readonly entity: Entity;
  readonly asOfNs: bigint;
  readonly timeMs: number;
  /** From the arrival of the request to this entry. */
  readonly latencyUs: number;
  /** Unset if the caller gave no request id. */
  readonly request?: RequestKey;
}

/** The caller's id of a request, and the digest of what was asked with it. */
export interface RequestKey {
  readonly id: string;
  readonly digest: string;
}

/** One prediction as it comes out of the log. */
export interface Prediction {
  /** The last part of its name. */
  readonly id: string;
  readonly position: LogPosition;
  readonly facts: ReleaseFacts;
  readonly score: number;
  readonly vector: readonly Feature[];
  readonly rowDigest: string;
  readonly entity: Entity;
  readonly asOfNs: bigint;
  readonly timeMs: number;
  readonly latencyUs: number;
  readonly request?: RequestKey;
}

/** Names of the values of a vector: the release's features, or numbered ones for tensors that have no names. */
export const vectorNames = (prediction: Pick<Prediction, "facts" | "vector">): readonly string[] =>
  prediction.facts.features.length === prediction.vector.length
    ? prediction.facts.features
    : prediction.vector.map((_, i) => `input_${i}`);

/** The values alone, in order. */
export const vectorValues = (prediction: Pick<Prediction, "vector">): readonly FeatureValue[] =>
  prediction.vector.map((it) => it.value);
