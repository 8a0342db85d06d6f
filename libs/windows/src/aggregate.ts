/** The types of values that windows take. */
export type ValueType = "bool" | "int64" | "float64" | "string" | "bytes" | "timestamp";

/**
 * What is computed over the rows that became available in `(cut-off - window, cut-off]`. Rows whose value is null take no
 * part. The order of values is false before true, numbers by size with NaN above all, text by its UTF-8 bytes, times.
 */
export type Aggregate =
  /** How many values. 0 if there is none. */
  | { readonly function: "count" }
  /** Of bool (0 and 1) or int64: the sum as int64. Of float64: the exact sum, rounded once. Null without a value. */
  | { readonly function: "sum" }
  /** Of float64: the exact mean, rounded once. Of bool or int64: sum and count are rounded, and their quotient. */
  | { readonly function: "mean" }
  /** Of the sample (divided by count - 1): exact, rounded once. Null with fewer than two values. */
  | { readonly function: "variance" | "standardDeviation" }
  | { readonly function: "min" | "max" }
  /** The k-th value by event time, then knowledge time, then place; from the front or from the back. Null if there are fewer. */
  | { readonly function: "first" | "last"; readonly k: number }
  /** The k-th most frequent value, of equally frequent ones the least first. Null if there are fewer, or more than TOP_VALUES_MAX. */
  | { readonly function: "top"; readonly k: number }
  /** How many different values. Null beyond DISTINCT_VALUES_MAX. */
  | { readonly function: "distinct" }
  /** The same by a HyperLogLog whose relative standard error is at most `accuracy`. */
  | { readonly function: "approximateDistinct"; readonly accuracy: number }
  /**
   * The least value that at least this share of the values do not exceed, as float64. Exact to QUANTILE_EXACT_MAX values;
   * beyond, a value at most the share `accuracy` of it away.
   */
  | { readonly function: "quantile"; readonly quantile: number; readonly accuracy: number };

/** More different values in a window than this have no most frequent one: what is counted of each must be kept. */
export const TOP_VALUES_MAX = 1_024;
/** Different values that are counted exactly. */
export const DISTINCT_VALUES_MAX = 10_000;
/** Values whose quantiles are exact. */
export const QUANTILE_EXACT_MAX = 512;
/** Largest k. */
export const K_MAX = 100;

const ACCURACY = {
  approximateDistinct: { least: 0.005, most: 0.25 },
  quantile: { least: 0.001, most: 0.1 },
} as const;

const TYPES: Readonly<Record<Aggregate["function"], readonly ValueType[]>> = {
  count: ["bool", "int64", "float64", "string", "bytes", "timestamp"],
  sum: ["bool", "int64", "float64"],
  mean: ["bool", "int64", "float64"],
  variance: ["bool", "int64", "float64"],
  standardDeviation: ["bool", "int64", "float64"],
  min: ["bool", "int64", "float64", "string", "bytes", "timestamp"],
  max: ["bool", "int64", "float64", "string", "bytes", "timestamp"],
  first: ["bool", "int64", "float64", "string", "bytes", "timestamp"],
  last: ["bool", "int64", "float64", "string", "bytes", "timestamp"],
  top: ["bool", "int64", "float64", "string", "bytes", "timestamp"],
  distinct: ["bool", "int64", "float64", "string", "bytes", "timestamp"],
  approximateDistinct: ["bool", "int64", "float64", "string", "bytes", "timestamp"],
  quantile: ["int64", "float64"],
};

/** What is wrong with an aggregate over a column of this type, by the part that is wrong; undefined if nothing is. */
export function aggregateProblem(
  aggregate: Aggregate,
  type: ValueType,
): { readonly part: "column" | "k" | "quantile" | "accuracy"; readonly problem: string } | undefined {
  const types = TYPES[aggregate.function];
  if (!types.includes(type))
    return { part: "column", problem: `a ${aggregate.function} is over ${types.join(", ")}, not over ${type}` };
  if ("k" in aggregate && !(Number.isInteger(aggregate.k) && aggregate.k >= 1 && aggregate.k <= K_MAX))
    return { part: "k", problem: `k is a whole number from 1 to ${K_MAX}` };
  if ("quantile" in aggregate && !(aggregate.quantile >= 0 && aggregate.quantile <= 1))
    return { part: "quantile", problem: "a quantile is a share from 0 to 1" };
  if ("accuracy" in aggregate) {
    const { least, most } = ACCURACY[aggregate.function];
    if (!(aggregate.accuracy >= least && aggregate.accuracy <= most))
      return { part: "accuracy", problem: `the accuracy of a ${aggregate.function} is from ${least} to ${most}` };
  }
  return undefined;
}

/** The type of what an aggregate gives over a column of this type. */
export function resultType({ function: computes }: Aggregate, type: ValueType): ValueType {
  switch (computes) {
    case "count":
    case "distinct":
    case "approximateDistinct":
      return "int64";
    case "sum":
      return type === "float64" ? "float64" : "int64";
    case "mean":
    case "variance":
    case "standardDeviation":
    case "quantile":
      return "float64";
    default:
      return type;
  }
}
