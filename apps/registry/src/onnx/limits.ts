/** What a model file may hold. Sizes in bytes. */
export interface OnnxLimits {
  /** The operator sets that are accepted, with their newest version; `` is the standard one. */
  readonly opsetVersionsMax: Readonly<Record<string, number>>;
  /** The only operators that are accepted of a set. Left out: all of them. */
  readonly operatorsOf: Readonly<Record<string, readonly string[]>>;
  /** How deep graphs may lie within graphs (bodies of loops and branches). The main graph has depth 1. */
  readonly graphDepthMax: number;
  /** Constants of the whole model once they are in memory, sparse ones spread out. */
  readonly initialiserBytesMax: number;
  /** All keys and values of `metadata_props` together. */
  readonly metadataBytesMax: number;
}

/** The newest format that onnxruntime 1.30 reads. */
export const IR_VERSION_MAX = 13n;
/** The oldest standard operator set that onnxruntime promises to run. */
export const OPSET_VERSION_MIN = 7n;
/** Most problems that are told of one model. */
export const PROBLEMS_MAX = 100;
/** Most inputs, and most outputs, of a model. */
export const TENSORS_MAX = 1_000;
/** Most dimensions of a tensor. */
export const RANK_MAX = 64;
/** Most nested messages of a file: each becomes an object in memory. */
export const MESSAGES_MAX = 4_000_000;
/** How deep messages may lie within messages, which is also what protobuf readers accept. */
export const MESSAGE_DEPTH_MAX = 100;
/** Longest name of a producer, in characters. */
export const PRODUCER_LENGTH_MAX = 255;

/** The operator sets that onnxruntime 1.30 implements without code from outside, and their newest versions there. */
const OPSETS: Readonly<Record<string, number>> = { "": 26, "ai.onnx": 26, "ai.onnx.ml": 5, "com.microsoft": 1 };

/**
 * Hashes of texts and n-grams of characters, which libs/transforms compiles to and the standard does not have. Whatever else
 * the runtime's own set has is not needed, and nobody has looked at it.
 */
const OPERATORS: Readonly<Record<string, readonly string[]>> = { "com.microsoft": ["MurmurHash3", "Tokenizer"] };

export const ONNX_LIMITS: OnnxLimits = {
  opsetVersionsMax: OPSETS,
  operatorsOf: OPERATORS,
  graphDepthMax: 16,
  initialiserBytesMax: 2 * 1024 ** 3,
  metadataBytesMax: 256 * 1024,
};
