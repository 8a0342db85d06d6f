export { compareBy, type OrderLookup } from "./compare-by.ts";
export { type Dialect, EXPERIMENTS, LOGGED_MODELS, MODEL_VERSIONS, REGISTERED_MODELS, RUNS } from "./dialect.ts";
export type {
  And,
  AttributeField,
  AttributeType,
  Comparison,
  ComparisonOperator,
  DatasetField,
  DatasetKey,
  Expression,
  Field,
  In,
  IsNull,
  Like,
  LineageField,
  LineageKey,
  MetricField,
  Not,
  Or,
  OrderField,
  OrderKey,
  ParamField,
  TagField,
} from "./expression.ts";
export { type Lookup, matches } from "./matches.ts";
export { FILTER_LIMITS, parseFilter } from "./parse-filter.ts";
export { ORDER_LIMITS, type OrderClause, parseOrderBy } from "./parse-order-by.ts";
export { printFilter } from "./print-filter.ts";
export { positionOf, ranked, valuesAt } from "./ranked.ts";
export { numberInText } from "./values.ts";
