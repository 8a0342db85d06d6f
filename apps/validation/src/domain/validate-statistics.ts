import { type Anomaly, severityOfShare } from "./anomaly.ts";
import { count, percent } from "./figures.ts";
import type { ColumnSchema } from "./schema.ts";
import type {
  ColumnStatistics,
  NumericStatistics,
  StatisticsContent,
  TextStatistics,
  ValueType,
} from "./statistics.ts";

/** Out-of-domain values that a sentence names. */
const VALUES_NAMED = 5;

/** Compares statistics with a schema: anomalies of the data set first, then column by column in the schema's order. */
export function validateStatistics(
  { rowCount, columns }: Pick<StatisticsContent, "rowCount" | "columns">,
  schema: readonly ColumnSchema[],
): readonly Anomaly[] {
  const found = new Map(columns.map((it) => [it.name, it]));
  const expected = new Set(schema.map((it) => it.name));
  return [
    ...(rowCount === 0 ? [noRows()] : []),
    ...schema.flatMap((it) => {
      const column = found.get(it.name);
      return column ? validateColumn(column, it) : [missingColumn(it)];
    }),
    ...columns.filter((it) => !expected.has(it.name)).map(newColumn),
  ];
}

function validateColumn(column: ColumnStatistics, schema: ColumnSchema): readonly Anomaly[] {
  if (column.type !== schema.type) return [unexpectedType(column, schema.type)];
  return [
    ...presence(column, schema),
    ...(column.numeric ? numbers(column.name, column.numeric, schema) : []),
    ...(column.text && schema.domain.length > 0 ? domain(column, column.text, schema) : []),
  ];
}

const noRows = (): Anomaly => ({
  column: "",
  type: "DATASET_LOW_NUM_EXAMPLES",
  description: "The data set has no rows; at least one is expected.",
  severity: "ERROR",
  observed: 0,
  expected: 1,
});

const missingColumn = ({ name, type }: ColumnSchema): Anomaly => ({
  column: name,
  type: "SCHEMA_MISSING_COLUMN",
  description: `The schema has this column, of type ${type}; the data has none of that name.`,
  severity: "ERROR",
  observed: 0,
  expected: 1,
});

const newColumn = ({ name, type }: ColumnStatistics): Anomaly => ({
  column: name,
  type: "SCHEMA_NEW_COLUMN",
  description: `The data has this column, of type ${type}; the schema does not know it.`,
  severity: "WARNING",
  observed: 1,
  expected: 0,
});

/** The column is there, but holds another kind of values; figures of types have no order, so they are counts of such columns. */
export const unexpectedType = ({ name, type }: ColumnStatistics, expected: ValueType): Anomaly => ({
  column: name,
  type: "UNEXPECTED_DATA_TYPE",
  description: `The values are of type ${type}; ${expected} is expected.`,
  severity: "ERROR",
  observed: 1,
  expected: 0,
});

function presence({ name, presentCount, missingCount }: ColumnStatistics, schema: ColumnSchema): readonly Anomaly[] {
  const rowCount = presentCount + missingCount;
  const share = rowCount === 0 ? 1 : presentCount / rowCount;
  if (share >= schema.minPresentShare) return [];
  const figures = `${count(presentCount)} of ${count(rowCount)} rows (${percent(share)}) have a value`;
  return [
    {
      column: name,
      type: presentCount === 0 ? "FEATURE_TYPE_NOT_PRESENT" : "FEATURE_TYPE_LOW_FRACTION_PRESENT",
      description: `${figures}; at least ${percent(schema.minPresentShare)} are expected to.`,
      severity: severityOfShare(share, schema.minPresentShare),
      observed: share,
      expected: schema.minPresentShare,
    },
  ];
}

/** The names that TensorFlow Data Validation has for values beyond a range. Times have none there, and are named as floats. */
const RANGE_NAMES: Readonly<Record<string, { readonly big: string; readonly small: string }>> = {
  INT64: { big: "INT_TYPE_BIG_INT", small: "INT_TYPE_SMALL_INT" },
  BOOL: { big: "BOOL_TYPE_BIG_INT", small: "BOOL_TYPE_SMALL_INT" },
};
const FLOAT_NAMES = { big: "FLOAT_TYPE_BIG_FLOAT", small: "FLOAT_TYPE_SMALL_FLOAT" } as const;

function numbers(name: string, numeric: NumericStatistics, schema: ColumnSchema): readonly Anomaly[] {
  const { min, max } = schema;
  const names = RANGE_NAMES[schema.type] ?? FLOAT_NAMES;
  const anomalies: Anomaly[] = [];
  const add = (anomaly: Omit<Anomaly, "column">) => anomalies.push({ column: name, ...anomaly });
  if (max !== undefined && numeric.max > max) {
    const description = `The values go up to ${numeric.max}; at most ${max} is expected.`;
    add({ type: names.big, description, severity: "WARNING", observed: numeric.max, expected: max });
  }
  if (min !== undefined && numeric.min < min) {
    const description = `The values go down to ${numeric.min}; at least ${min} is expected.`;
    add({ type: names.small, description, severity: "WARNING", observed: numeric.min, expected: min });
  }
  // A range is a claim that values are finite: NaN and infinities lie in none.
  if (min === undefined && max === undefined) return anomalies;
  const { nanCount, infiniteCount } = numeric;
  if (nanCount > 0) {
    const description = `${count(nanCount)} NaN; none lies in the range that the schema states.`;
    add({ type: "FLOAT_TYPE_HAS_NAN", description, severity: "ERROR", observed: nanCount, expected: 0 });
  }
  if (infiniteCount > 0) {
    const description = `${count(infiniteCount)} infinite values; none lies in the range that the schema states.`;
    add({ type: "FLOAT_TYPE_HAS_INF", description, severity: "ERROR", observed: infiniteCount, expected: 0 });
  }
  return anomalies;
}

/**
 * The share of values in the domain. Statistics list the most frequent values only; the others count as inside as long
 * as the domain has values that are not listed, so that nothing is held against a column that was not seen.
 */
function domain(column: ColumnStatistics, text: TextStatistics, schema: ColumnSchema): readonly Anomaly[] {
  if (column.presentCount === 0) return [];
  const allowed = new Set(schema.domain);
  const outside = text.topValues.filter((it) => !allowed.has(it.value));
  const listedInside = text.topValues.length - outside.length;
  const listedCount = text.topValues.reduce((sum, it) => sum + it.count, 0);
  const unlistedOutside = listedInside === allowed.size ? column.presentCount - listedCount : 0;
  const outsideCount = outside.reduce((sum, it) => sum + it.count, unlistedOutside);
  const share = (column.presentCount - outsideCount) / column.presentCount;
  if (share >= schema.minDomainMass) return [];
  const named = outside
    .slice(0, VALUES_NAMED)
    .map((it) => `${JSON.stringify(it.value.slice(0, 50))} (${count(it.count)})`);
  const more = outside.length > VALUES_NAMED ? ` and ${count(outside.length - VALUES_NAMED)} more` : "";
  return [
    {
      column: column.name,
      type: "ENUM_TYPE_UNEXPECTED_STRING_VALUES",
      description: `${percent(share)} of the values are in the domain; at least ${percent(schema.minDomainMass)} are expected to be. Outside: ${named.join(", ") || "values that are too rare to be listed"}${more}.`,
      severity: severityOfShare(share, schema.minDomainMass),
      observed: share,
      expected: schema.minDomainMass,
    },
  ];
}
