/**
 * What a filter says, as plain data for planners and the evaluator. Laws of meaning, the same for every store:
 *
 * - A comparison, `like` or `in` on a value that is not there is false, also when negated (`!=`, NOT LIKE, NOT IN), as in MLflow.
 * - `not` is the plain opposite: it holds for exactly what its operand does not hold for, missing values included.
 * - A data set or lineage field, and a metric of a logged model, has any number of values; a test holds if it holds for one of them, and
 *   `isNull` if there are none.
 * - NaN equals no number: every comparison with it is false, but `!=` and NOT IN, which are true.
 */
export type Expression = And | Or | Not | Comparison | Like | In | IsNull;

/** At least two operands, none of which is itself an `and`. */
export interface And {
  readonly kind: "and";
  readonly operands: readonly Expression[];
}

/** At least two operands, none of which is itself an `or`. */
export interface Or {
  readonly kind: "or";
  readonly operands: readonly Expression[];
}

export interface Not {
  readonly kind: "not";
  readonly operand: Expression;
}

export type ComparisonOperator = "=" | "!=" | "<" | "<=" | ">" | ">=";

/**
 * A value compared with one of the filter. Text has only `=` and `!=`, byte for byte. A number beside a param is compared with the param's
 * number (`numberInText`), and is false for a param that is none. A time is a number of epoch milliseconds, whole or not.
 */
export interface Comparison {
  readonly kind: "comparison";
  readonly field: Field;
  readonly operator: ComparisonOperator;
  readonly value: string | number;
}

/** Text against a pattern in which `%` is any text and `_` is one character (code point); there is no escape. */
export interface Like {
  readonly kind: "like";
  readonly field: Field;
  readonly pattern: string;
  /** False for ILIKE, which compares code points in lower case. */
  readonly caseSensitive: boolean;
  readonly negated: boolean;
}

/** At least one value, all text or all numbers; with numbers as in Comparison. */
export interface In {
  readonly kind: "in";
  readonly field: Field;
  readonly values: readonly string[] | readonly number[];
  readonly negated: boolean;
}

/** IS NULL: there is no value; negated, IS NOT NULL: there is one. */
export interface IsNull {
  readonly kind: "isNull";
  readonly field: Field;
  readonly negated: boolean;
}

/** What is compared. Two fields are the same if entity and key are. */
export type Field = MetricField | ParamField | TagField | AttributeField | DatasetField | LineageField;

/** The latest value of a run's metric; for a logged model, the values of all steps and data sets. */
export interface MetricField {
  readonly entity: "metric";
  readonly key: string;
}

export interface ParamField {
  readonly entity: "param";
  readonly key: string;
}

export interface TagField {
  readonly entity: "tag";
  readonly key: string;
}

/** `time` values are epoch milliseconds; `integer` values are whole. */
export type AttributeType = "text" | "integer" | "time";

/** `key` is the dialect's own name, never a synonym. */
export interface AttributeField {
  readonly entity: "attribute";
  readonly key: string;
  readonly type: AttributeType;
}

/** `context` is the value of the input's tag `mlflow.data.context`. */
export type DatasetKey = "name" | "digest" | "context";

/** Of any data set that went in. */
export interface DatasetField {
  readonly entity: "dataset";
  readonly key: DatasetKey;
}

/**
 * How the lineage graph answers: what the thing was trained on (feature view as `name:version` or name, training set, source), and what
 * serves what came of it (deployment, release).
 */
export type LineageKey =
  | "trained_on.feature_view"
  | "trained_on.training_set"
  | "trained_on.source"
  | "served_by.deployment"
  | "served_by.release";

export interface LineageField {
  readonly entity: "lineage";
  readonly key: LineageKey;
}

/** One key of an order. Missing values come last in either direction; before them NaN; text in the order of code points. */
export interface OrderKey {
  readonly field: OrderField;
  readonly direction: "asc" | "desc";
  /** Only for metrics of logged models: the latest value on this data set counts. */
  readonly dataset?: { readonly name: string; readonly digest?: string };
}

/** What has one value at most. */
export type OrderField = MetricField | ParamField | TagField | AttributeField;
