import { words } from "./format.ts";

/** Kinds of anomalies as people call them; their names are those of TensorFlow Data Validation. */
const KINDS: Readonly<Record<string, string>> = {
  BOOL_TYPE_BIG_INT: "too large",
  BOOL_TYPE_SMALL_INT: "too small",
  COMPARATOR_CONTROL_DATA_MISSING: "not in the baseline",
  COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH: "drifted",
  COMPARATOR_KOLMOGOROV_SMIRNOV_HIGH: "drifted",
  COMPARATOR_L_INFTY_HIGH: "drifted",
  COMPARATOR_POPULATION_STABILITY_HIGH: "drifted",
  COMPARATOR_WASSERSTEIN_HIGH: "drifted",
  DATASET_LOW_NUM_EXAMPLES: "too few rows",
  ENUM_TYPE_UNEXPECTED_STRING_VALUES: "unexpected values",
  FEATURE_TYPE_LOW_FRACTION_PRESENT: "missing more often",
  FEATURE_TYPE_NOT_PRESENT: "always missing",
  FLOAT_TYPE_BIG_FLOAT: "too large",
  FLOAT_TYPE_HAS_INF: "infinite values",
  FLOAT_TYPE_HAS_NAN: "undefined values",
  FLOAT_TYPE_SMALL_FLOAT: "too small",
  INT_TYPE_BIG_INT: "too large",
  INT_TYPE_SMALL_INT: "too small",
  SCHEMA_MISSING_COLUMN: "column is gone",
  SCHEMA_NEW_COLUMN: "new column",
  UNEXPECTED_DATA_TYPE: "another type",
};

/** What kind of anomaly it is, in words; one that is new here by the words of its name. */
export const anomalyKind = (type: string): string => KINDS[type] ?? words(type);
