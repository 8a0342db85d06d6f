import type { Graph } from "@throughline/graphs";
import type { Digest } from "@throughline/kernel";

/** A release as far as it serves: a graph that answers with scores, its models, and the features that it reads. */
export interface Release {
  /** `projects/{project}/releases/{release}`. */
  readonly name: string;
  readonly project: string;
  readonly digest: string;
  readonly createTimeMs: number;
  readonly graph: Graph;
  /** The models by the name of the node that runs them: model nodes, and outlier gates that decide by a model. */
  readonly models: Readonly<Record<string, ReleaseModel>>;
  /** Unset if requests bring all inputs, or enrich nodes look them up. */
  readonly features?: ReleaseFeatures;
  readonly thresholds: Readonly<Record<string, number>>;
  /** Unset if it has no baseline statistics. */
  readonly baselineStatisticsDigest?: Digest;
  /** Unset if answers are given as they are. */
  readonly calibrationDigest?: Digest;
}

/** A model of a release. */
export interface ReleaseModel {
  /** `projects/{project}/models/{model}/versions/{version}`. */
  readonly version: string;
  readonly digest: Digest;
}

/** How a node runs its model: what it puts in, and what it takes out. */
export interface ModelUse {
  readonly node: string;
  /** Empty: each feature goes into the input that has its name, or requests bring several tensors by name. */
  readonly inputTensor: string;
  readonly outputTensor: string;
  /** That tensor alone, as what is asked of every run: a list that is the same object need not be compared where batches form. */
  readonly outputs: readonly [string];
  /** The columns that are the node's scores. Never empty. */
  readonly outputColumns: readonly number[];
}

/** What a release reads from the feature store. */
export interface ReleaseFeatures {
  /** `projects/{project}/featureServices/{service}`. */
  readonly service: string;
  readonly version: bigint;
  /** Digest of the pinned definition. */
  readonly digest: string;
  readonly viewVersions: Readonly<Record<string, bigint>>;
  /** In the order of the model's input vector. */
  readonly names: readonly string[];
}

/** Which thresholds a score reaches. None if there is no score. */
export const decisionsOf = (thresholds: Release["thresholds"], score: number): Readonly<Record<string, boolean>> =>
  Number.isNaN(score)
    ? {}
    : Object.fromEntries(Object.entries(thresholds).map(([name, least]) => [name, score >= least]));
