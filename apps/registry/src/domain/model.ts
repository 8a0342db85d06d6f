import type { Digest } from "@throughline/kernel";

/** Type and shape of a tensor. */
export interface TensorSpec {
  readonly name: string;
  /** Element type as the Open Inference Protocol names it, such as `FP32`. */
  readonly datatype: string;
  /** Size of each dimension; -1 where any size is taken. */
  readonly shape: readonly number[];
}

/** What a model takes and gives, in the graph's order. */
export interface Signature {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

/** What was read from an ONNX model. */
export interface OnnxFacts {
  /** Version of the file format. */
  readonly irVersion: number;
  /** Version of each operator set by domain; `` is the standard one. */
  readonly opsets: Readonly<Record<string, number>>;
  /** How often each operator occurs, by `domain:operator`. */
  readonly operators: Readonly<Record<string, number>>;
  readonly producer: string;
  /** Number of weights. */
  readonly parameterCount: number;
}

export type ModelFormat = "ONNX" | "OPAQUE";

/** One version of a model. It never changes. */
export interface ModelVersion {
  /** `projects/{project}/models/{model}/versions/{version}`. */
  readonly name: string;
  readonly model: string;
  /** From 1; no number is left out, and none is used twice. */
  readonly version: number;
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly format: ModelFormat;
  /** The run that made it; empty if none did. */
  readonly run: string;
  /** Name and digest of the training set; empty if not known. */
  readonly trainingSet: string;
  readonly trainingSetDigest: Digest | "";
  readonly description: string;
  /** Absent for opaque bytes. */
  readonly signature?: Signature;
  readonly onnx?: OnnxFacts;
  readonly metrics: Readonly<Record<string, number>>;
  readonly actor: string;
  readonly createTimeMs: number;
}

/** A line of versions that answer the same question. */
export interface Model {
  readonly name: string;
  readonly project: string;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly createTimeMs: number;
  /** 0 if there is no version. */
  readonly latestVersion: number;
  /** The version that each alias names. */
  readonly aliases: Readonly<Record<string, number>>;
  /** Of the description and tags: aliases and versions have their own. */
  readonly revision: number;
}
