import type { Calibration } from "@throughline/conformal";
import type { Digest, FeatureValue } from "@throughline/kernel";
import type { Entity, Feature } from "./features.ts";
import type { GraphTrace } from "./graph/trace.ts";
import type { Tensor } from "./tensor.ts";

/** A place in the prediction log: a segment and a byte offset in it. */
export interface LogPosition {
  readonly segment: string;
  readonly offset: number;
  /** Where its record begins. Set for a row of a record of several, which stands by the number of the row behind that. */
  readonly record?: number;
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
  /** The nodes of a graph without choices; where a prediction has a trace, its path counts. */
  readonly path: readonly string[];
  readonly thresholds: Readonly<Record<string, number>>;
  /** Versions of the models by node. Unset in segments of before this was logged. */
  readonly modelVersions?: Readonly<Record<string, string>>;
  /** What enrich nodes read, by node. Unset if there are none. */
  readonly enrichments?: Readonly<Record<string, Enrichment>>;
  /** What intervals and sets follow from. Unset if there is none. */
  readonly calibration?: Calibration;
  /** With what probability the release was chosen. Unset if it had all traffic, or was named by the caller. */
  readonly propensity?: number;
}

/** What stands for facts: a release never changes, and its share does. */
export const factsKey = ({ release, propensity }: ReleaseFacts): string =>
  propensity === undefined ? release : `${release} ${propensity}`;

/** What an enrich node of a release reads. */
export interface Enrichment {
  readonly service: PinnedService;
  readonly viewVersions: Readonly<Record<string, bigint>>;
  /** In the order of its rows. */
  readonly features: readonly string[];
}

/** The version of a feature service that a release reads. */
export interface PinnedService {
  /** `projects/{project}/featureServices/{service}`. */
  readonly name: string;
  readonly version: bigint;
  readonly digest: string;
}

/** What a prediction is made from. */
export interface PredictionInputs {
  /** The canonical bytes of the vector's values: what the row digest is over. */
  readonly vectorBytes: Buffer;
  readonly vector: readonly Feature[];
  /** The FP32 that the vector came as, all present: then these stand in the log, and the canonical bytes follow from them. */
  readonly singles?: Uint8Array;
  readonly entity: Entity;
  /** Unset if the caller gave no request id. */
  readonly request?: RequestKey;
}

/** Inputs as the log has them. */
export interface EncodedInputs {
  readonly bytes: Buffer;
  /** Of them those before the request. */
  readonly rowBytes: number;
}

/** One prediction as it goes into the log. */
export interface PredictionEntry extends PredictionInputs {
  readonly facts: ReleaseFacts;
  readonly score: number;
  readonly asOfNs: bigint;
  readonly timeMs: number;
  /** From the arrival of the request to this entry. */
  readonly latencyUs: number;
  /** Its inputs, if they were encoded before there was an answer. */
  readonly encoded?: EncodedInputs;
  /** Unset if a single model answered. */
  readonly trace?: GraphTrace;
  /** False if the deployment logs a sample that it is not in: then it is counted, and no more is kept of it than retries need. */
  readonly isSampled?: false;
  /** Bytes of inputs that stand in the log itself. Unset: INLINE_BYTES_MAX. */
  readonly inlineBytesMax?: number;
}

/**
 * A request with tensors as it goes into the log: one record with the tensors as they came, whose rows are predictions when it is read (see
 * `predictedRows`).
 */
export interface RowsEntry
  extends Pick<
    PredictionEntry,
    "facts" | "entity" | "asOfNs" | "timeMs" | "latencyUs" | "isSampled" | "inlineBytesMax"
  > {
  /** In the order of the vector's values. */
  readonly tensors: readonly Tensor[];
  /** One for each row. */
  readonly scores: readonly number[];
  /**
   * True for each row without a score that is the caller's doing: numbers of it are none, and no other release could have answered. Unset: it
   * is true of none.
   */
  readonly excused?: readonly boolean[];
  /** One for each row that a graph answered. Unset if a single model answered. */
  readonly traces?: readonly GraphTrace[];
}

/** Inputs of a prediction that are kept outside of the log. */
export interface PayloadReference {
  /** SHA-256 of their bytes. */
  readonly digest: Digest;
  readonly size: number;
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
  readonly trace?: GraphTrace | undefined;
  /** Where the vector, the entity and the trace are, if they are not in the log itself. */
  readonly payload?: PayloadReference | undefined;
  /** False if it is not in the sample that the deployment logs. */
  readonly isSampled?: false | undefined;
  /** True if the request brought tensors: then its entity are fields that it said beside them, and no keys. */
  readonly isByTensors?: true | undefined;
}

/**
 * What a model answered that only mirrors a prediction: beside the answer, after it, and never counted as one. A shadow node
 * of the release mirrors to other nodes; a shadow rollout mirrors to a whole other release.
 */
export interface ShadowEntry {
  /** Facts of the release that was mirrored to. */
  readonly facts: ReleaseFacts;
  /** Id of the prediction that it mirrors, of the same deployment. */
  readonly primary: string;
  /** The mirror node. Empty if a whole release was mirrored to. */
  readonly node: string;
  /** Empty if it failed. */
  readonly scores: readonly number[];
  /** The stable reason of the failure. Empty if there is a score. */
  readonly failure: string;
  readonly asOfNs: bigint;
  readonly timeMs: number;
  /** From the start of the mirrored work to its end. */
  readonly latencyUs: number;
  /** Set if a whole release with a calibration was mirrored to, and answered. */
  readonly basis?: IntervalBasis;
}

/** What the interval or set of an answer follows from, beside its scores and the calibration of its release. */
export interface IntervalBasis {
  /** The text of the group's value; empty: none. */
  readonly group: string;
  /** From 0 on and below 1; drawn from the row where a set is randomised. */
  readonly uniform: number;
}

/** A shadow's answer as it comes out of the log. */
export interface Shadow extends ShadowEntry {
  readonly position: LogPosition;
}

/** The nodes that took part in an answer, in order. */
export const pathOfPrediction = ({ facts, trace }: Pick<Prediction, "facts" | "trace">): readonly string[] =>
  trace?.path ?? facts.path;

/** Names of the values of a vector: the release's features, or numbered ones for tensors that have no names. */
export const vectorNames = (prediction: Pick<Prediction, "facts" | "vector">): readonly string[] =>
  prediction.facts.features.length === prediction.vector.length
    ? prediction.facts.features
    : prediction.vector.map((_, i) => `input_${i}`);

/** The values alone, in order. */
export const vectorValues = (prediction: Pick<Prediction, "vector">): readonly FeatureValue[] =>
  prediction.vector.map((it) => it.value);
