import type { Digest } from "@throughline/kernel";
import type { Change } from "./change.ts";
import type { NamedTransforms } from "./transform-fit.ts";

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
  /** Left out: the file names none. */
  readonly transforms?: NamedTransforms;
}

export type ModelFormat = "ONNX" | "OPAQUE";

/** Whose files a version is made of. */
export interface ModelSource {
  /** A project, a run, a logged model, or the version that was copied. */
  readonly parent: string;
  /** The folder or file; empty: all files. */
  readonly path: string;
}

/** A file of a version. Paths are relative to its source. */
export interface ModelFile {
  readonly path: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/** What an `MLmodel` file says. Texts are empty where it says nothing. */
export interface MlflowFacts {
  readonly flavors: readonly string[];
  readonly mlflowVersion: string;
  readonly utcTimeCreated: string;
  readonly modelId: string;
  /** JSON text. */
  readonly signatureJson: string;
}

/** The content of a version, which never changes. */
export interface VersionContent {
  /** `projects/{project}/models/{model}/versions/{version}`. */
  readonly name: string;
  readonly model: string;
  /** From 1; no number is left out, and none is used twice. */
  readonly version: number;
  /** Of the ONNX file or of the one artifact; of the list of files where there is neither. */
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly format: ModelFormat;
  /** Why a version that has an ONNX file is opaque all the same; empty if it is not so. */
  readonly opaqueReason: string;
  /** The run that made it; empty if none did. */
  readonly run: string;
  /** Name and digest of the training set; empty if not known. */
  readonly trainingSet: string;
  readonly trainingSetDigest: Digest | "";
  /** Absent for opaque bytes. */
  readonly signature?: Signature;
  readonly onnx?: OnnxFacts;
  readonly metrics: Readonly<Record<string, number>>;
  readonly actor: string;
  readonly createTimeMs: number;
  readonly source?: ModelSource;
  /** Ordered by path; empty if it was made of one artifact. */
  readonly files: readonly ModelFile[];
  readonly mlflow?: MlflowFacts;
  /** Name of the version that it was copied from, or empty. */
  readonly copiedFrom: string;
  /** Name and digest of the version that it was made of, and how: `transforms`, or its author's word. Left out: of none. */
  readonly derivedFrom?: string;
  readonly derivedFromDigest?: Digest;
  readonly derivation?: string;
  /** Digest of the fit of the transforms in front of the model. Left out: none. */
  readonly transformFitDigest?: Digest;
  /** Texts for people, never opened. */
  readonly runLink: string;
  readonly sourceUri: string;
}

/** Somebody's word for a version, or against it. */
export interface Approval {
  readonly actor: string;
  readonly approved: boolean;
  readonly reason: string;
  readonly timeMs: number;
}

/** What is said of a version, which has a history. */
export interface VersionText {
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
  /** `None`, `Staging`, `Production`, `Archived`, or a name of the project's own. */
  readonly stage: string;
  /** The newest word of each actor, oldest first. */
  readonly approvals: readonly Approval[];
}

/** One version of a model, as it is at an instant. */
export interface ModelVersion extends VersionContent, VersionText {
  /** In the order of their names. */
  readonly aliases: readonly string[];
  /** Of what is said of it. */
  readonly revision: number;
  readonly updateTimeMs: number;
}

/** A line of versions that answer the same question. */
export interface Model {
  readonly name: string;
  readonly project: string;
  readonly displayName: string;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly createTimeMs: number;
  readonly updateTimeMs: number;
  /** 0 if there is no version. */
  readonly latestVersion: number;
  /** The newest version in each stage. */
  readonly latestByStage: Readonly<Record<string, number>>;
  /** The version that each alias names. */
  readonly aliases: Readonly<Record<string, number>>;
  /** Of the texts and tags: aliases and versions have their own. */
  readonly revision: number;
}

/** One change of a field, with the texts of its value before and after; empty where there was none. */
export interface FieldChange {
  readonly change: Change & { readonly revision: number };
  readonly field: string;
  readonly before: string;
  readonly after: string;
}

/**
 * The people who vouch for a version, as a gate counts them: each approved it last, and did not register it. Whoever
 * registered a version may object to it, but never counts as one who approves.
 */
export const approvers = ({ actor, approvals }: Pick<ModelVersion, "actor" | "approvals">): readonly string[] =>
  approvals.filter((it) => it.approved && it.actor !== actor).map((it) => it.actor);

/** The people whose last word is against a version. */
export const objectors = ({ approvals }: Pick<ModelVersion, "approvals">): readonly string[] =>
  approvals.filter((it) => !it.approved).map((it) => it.actor);
