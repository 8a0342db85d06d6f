import type { Column } from "./node-output.ts";

/** Type and shape of a tensor of a model. */
export interface TensorSpec {
  readonly name: string;
  /** As the Open Inference Protocol names it, such as `FP32`. */
  readonly datatype: string;
  /** Size of each dimension; -1 where any size is taken. */
  readonly shape: readonly number[];
}

/** What a model takes and gives. */
export interface Signature {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

/** A feature service that an enrich node reads, as far as its columns go. */
export interface EnrichedColumns {
  /** All features, in their order. */
  readonly columns: readonly Column[];
  /** Entity fields that it reads: keys of entities and features of the request. Undefined: not known. */
  readonly keys?: readonly Column[] | undefined;
}

/** What a graph is checked against. What is not there was refused elsewhere, and is not complained about again. */
export interface GraphFacts {
  /** Signatures of the models, by the names of their nodes. */
  readonly models: Readonly<Record<string, Signature>>;
  /** The features of the release. Undefined: it reads none, and requests bring the tensors of its models. */
  readonly request: readonly Column[] | undefined;
  /** What enrich nodes read, by their names. */
  readonly enriched: Readonly<Record<string, EnrichedColumns>>;
}
