import type { ColumnType } from "./column.ts";
import type { Tokens } from "./program.ts";

/**
 * What becomes of raw features before a model sees them: a graph of named columns, as plain data. `checkTransforms` says what
 * is wrong with one. The order of steps is free; names are unique over columns and steps.
 */
export interface TransformDefinition {
  /** The raw columns, as the feature service gives them. */
  readonly columns: readonly RawColumn[];
  readonly steps: readonly Step[];
  /** What goes to the model: each output is one tensor. */
  readonly outputs: readonly Output[];
}

export interface RawColumn {
  readonly name: string;
  readonly type: ColumnType;
}

/** Columns one beside the other, in this order, each with the elements that it has. */
export interface Output {
  readonly name: string;
  readonly columns: readonly string[];
  /** `float32` if left out: rounded from float64 once, at the very end. `int64` takes categories alone. */
  readonly type?: "float32" | "float64" | "int64";
}

export type Step =
  | Impute
  | Clip
  | Scale
  | Log
  | Combine
  | Bucket
  | QuantileBucket
  | Hash
  | Vocabulary
  | OneHot
  | Cross
  | NGrams
  | DatePart
  | Pca;

interface OneToOne {
  readonly input: string;
  readonly output: string;
}

/** Puts a value where one is missing. `indicator` names a further column, which is 1 where it was missing and 0 elsewhere. */
export interface Impute extends OneToOne {
  readonly kind: "impute";
  readonly with: "mean" | "median" | "most-frequent" | "constant";
  /** What is put, if that is a constant: a text for texts. */
  readonly value?: number | string;
  readonly indicator?: string;
}

/** Numbers below `min` become `min`, those above `max` become `max`. Missing stays missing. */
export interface Clip extends OneToOne {
  readonly kind: "clip";
  readonly min?: number;
  readonly max?: number;
}

/**
 * `min-max`: (x - least) / (greatest - least), then into `range` (0 to 1 if left out). `z-score`: (x - mean) / standard
 * deviation of the population. `robust`: (x - median) / (distance of the `quantiles`, 0.25 and 0.75 if left out). Values that
 * are all alike are divided by 1.
 */
export interface Scale extends OneToOne {
  readonly kind: "scale";
  readonly method: "min-max" | "z-score" | "robust";
  readonly range?: readonly number[];
  readonly quantiles?: readonly number[];
}

/**
 * The logarithm, natural if there is no base; of 1 + x with `plusOne`. What has none (x at most 0, or at most -1) becomes
 * missing. Off by a few units in the last place of a float64; numbers below 2.2e-308 count as that.
 */
export interface Log extends OneToOne {
  readonly kind: "log";
  readonly base?: number;
  readonly plusOne?: boolean;
}

/**
 * What two numbers make: their sum, difference, product or quotient, in float64. Missing if one of them is, or if the divisor is 0. The
 * difference of two timestamps is in seconds.
 */
export interface Combine {
  readonly kind: "combine";
  readonly operation: "add" | "subtract" | "multiply" | "divide";
  /** Two: the second is subtracted from the first, or divides it. */
  readonly inputs: readonly string[];
  readonly output: string;
}

/** A category for each interval between ascending boundaries; a boundary belongs to the interval above. Missing is the last. */
export interface Bucket extends OneToOne {
  readonly kind: "bucket";
  readonly boundaries: readonly number[];
}

/** Buckets with about as many training rows in each; fewer than asked for where many values are alike. Missing is the last. */
export interface QuantileBucket extends OneToOne {
  readonly kind: "quantile-bucket";
  readonly buckets: number;
}

/**
 * A category by a hash of a text or whole number. Missing is the last. Texts: MurmurHash3 of the UTF-8 bytes modulo
 * `buckets`, whose ONNX operator is onnxruntime's own and not the standard's. Whole numbers: arithmetic of the standard.
 */
export interface Hash extends OneToOne {
  readonly kind: "hash";
  readonly buckets: number;
  /** 0 if left out. */
  readonly seed?: number;
}

/**
 * A category for each of the most frequent texts or whole numbers: frequent ones first, ties by code point or value. Then
 * come the categories of all others (one, or as many as there are `oovBuckets`, by hash), and missing is the last.
 */
export interface Vocabulary extends OneToOne {
  readonly kind: "vocabulary";
  /** 10,000 if left out. */
  readonly sizeMax?: number;
  /** Rarer ones count as others. 1 if left out. */
  readonly countMin?: number;
  readonly oovBuckets?: number;
}

/** One element for each category, missing included: 1 for that of the row, 0 elsewhere. */
export interface OneHot extends OneToOne {
  readonly kind: "one-hot";
}

/** A category for each combination of categories, the last input changing fastest; with `buckets` hashed to so many. */
export interface Cross {
  readonly kind: "cross";
  readonly inputs: readonly string[];
  readonly output: string;
  readonly buckets?: number;
}

/**
 * How often each of the most frequent n-grams of a text occurs: shorter n-grams first, frequent ones first, ties by code
 * point. Missing texts have none. With one-token n-grams, a separator and the weight `binary` it is a multi-hot of a list.
 */
export interface NGrams extends OneToOne {
  readonly kind: "n-grams";
  readonly tokens: Tokens;
  /** The least and the greatest number of tokens. */
  readonly lengths: readonly number[];
  /** A to Z count as a to z; other letters stay as they are. */
  readonly lowercase?: boolean;
  /** 1,000 if left out. */
  readonly sizeMax?: number;
  /** N-grams that occur less often are left out. 1 if left out. */
  readonly countMin?: number;
  /** `tf-idf`: counts times ln((1 + texts) / (1 + texts with it)) + 1, not normalised. `count` if left out. */
  readonly weight?: "count" | "binary" | "tf-idf";
}

/**
 * A part of a timestamp in UTC. `number`: months and days from 1, weekdays from 0 for Monday. `cyclic`: sine and cosine of the
 * part within its period (12, 31, 7, 24, 60, 60). `category`: from 0, missing is the last. Years are numbers alone.
 */
export interface DatePart extends OneToOne {
  readonly kind: "date-part";
  readonly part: "year" | "month" | "day" | "weekday" | "hour" | "minute" | "second";
  /** `number` if left out. */
  readonly as?: "number" | "cyclic" | "category";
}

/**
 * The first principal components of numbers, of vectors too. Learned from the rows that have all of them. The greatest element
 * of a component is positive. A row in which one is missing has no components at all.
 */
export interface Pca {
  readonly kind: "pca";
  readonly inputs: readonly string[];
  readonly output: string;
  readonly components: number;
  /** Divides each component by its standard deviation. */
  readonly whiten?: boolean;
}

/** What definitions may hold. */
export const TRANSFORM_LIMITS = {
  columnsMax: 2_000,
  stepsMax: 2_000,
  outputsMax: 100,
  boundariesMax: 1_000,
  categoriesMax: 65_536,
  vocabularyMax: 200_000,
  gramsMax: 65_536,
  gramTokensMax: 5,
  pcaInputsMax: 128,
  /** Different values that a step counts while it learns. */
  differentMax: 1_000_000,
} as const;
