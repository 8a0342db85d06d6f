import type { Digest } from "@throughline/kernel";

/** A release as far as it serves: one model that answers with a score, and the features that it reads. */
export interface Release {
  /** `projects/{project}/releases/{release}`. */
  readonly name: string;
  readonly project: string;
  readonly digest: string;
  readonly createTimeMs: number;
  readonly node: ModelNode;
  /** Unset if requests bring all inputs. */
  readonly features?: ReleaseFeatures;
  readonly thresholds: Readonly<Record<string, number>>;
}

/** The graph: one node that runs a model. */
export interface ModelNode {
  readonly name: string;
  readonly modelDigest: Digest;
  /** Empty: each feature goes into the input that has its name, or requests bring several tensors by name. */
  readonly inputTensor: string;
  readonly outputTensor: string;
  readonly outputColumn: number;
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

/** The nodes that take part in an answer, in order. */
export const pathOf = (release: Release): readonly string[] => [release.node.name];

/** Which thresholds a score reaches. */
export const decisionsOf = (thresholds: Release["thresholds"], score: number): Readonly<Record<string, boolean>> =>
  Object.fromEntries(Object.entries(thresholds).map(([name, least]) => [name, score >= least]));
