import { type Digest, DomainError } from "@throughline/kernel";
import type { ModelSignature } from "./model-use.ts";

/** A model that was registered. */
export interface RegisteredModel {
  readonly digest: Digest;
  /** Absent if it is no ONNX model. */
  readonly signature?: ModelSignature;
}

/** A release that reads features. Releases are never deleted: what is there is kept. */
export interface KeptRelease {
  /** `projects/{project}/releases/{release}`. */
  readonly name: string;
  /** `projects/{project}/featureServices/{service}`. */
  readonly featureService: string;
  readonly featureServiceVersion: number;
  /** The features that its model takes. */
  readonly reads: readonly string[];
}

/** What the feature store asks of the registry. Fails with REGISTRY_UNREACHABLE. */
export interface ReleasedModels {
  /** Undefined if there is no such version. `name` is `projects/{project}/models/{model}/versions/{version}`. */
  model(name: string): Promise<RegisteredModel | undefined>;
  /** The newest releases of a project that read features, newest first, at most `limit` of all that there are. */
  releases(project: string, limit: number): AsyncIterable<KeptRelease>;
}

/** The registry does not answer, or nobody said where it is. */
export const registryUnreachable = (why: string, cause?: unknown): DomainError =>
  new DomainError(
    "unavailable",
    "REGISTRY_UNREACHABLE",
    `The feature store cannot reach the registry, which has the models and releases: ${why}.`,
    cause === undefined ? {} : { cause },
  );
