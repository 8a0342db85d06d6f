import { itemType } from "../engine/column-types.ts";
import { typeUnsupported } from "../errors.ts";
import type { Column, ColumnType, FoundColumn, ScalarType } from "../table.ts";

/** A name as Spark's SQL writes it. */
export const quoted = (name: string): string => `\`${name.replaceAll("`", "``")}\``;

/** A text as Spark's SQL writes it. */
export const textLiteral = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

/** Spark's types that hold ours. A timestamp is its nanoseconds, for which Spark has no type of its own. */
const TYPES: Readonly<Record<ScalarType, string>> = {
  bool: "BOOLEAN",
  int64: "BIGINT",
  float64: "DOUBLE",
  string: "STRING",
  bytes: "BINARY",
  timestamp: "BIGINT",
};

/** Spark's type that holds ours. */
export function sparkType(type: ColumnType): string {
  const item = itemType(type);
  return item ? `ARRAY<${TYPES[item]}>` : TYPES[type as ScalarType];
}

/** SQL for a column of a file widened to our type. `found` is the column as DuckDB describes it in that very file. */
export function widenedOnSpark(column: Column, found: FoundColumn): string {
  const item = itemType(column.type);
  const native = found.nativeType.replace(/\[\]$/, "");
  if (native === "UUID")
    throw typeUnsupported(column.name, native, "a type that Spark reads as well; convert the file");
  const name = quoted(column.name);
  if ((item ?? column.type) !== "timestamp") return `CAST(${name} AS ${sparkType(column.type)})`;
  return item ? `TRANSFORM(${name}, it -> ${nanosecondsOf("it", native)})` : nanosecondsOf(name, native);
}

/** SQL for a value as a key: NaN is none, and zeros of both signs are one. */
export const keyOnSpark = (value: string, { type }: Column): string =>
  type === "float64" ? `CASE WHEN ISNAN(${value}) THEN NULL WHEN ${value} = 0 THEN 0D ELSE ${value} END` : value;

/**
 * A nanosecond time of a file is read as the number that it is. Of the coarser times, adding nothing turns down what is no
 * time at all for Spark, where a cast would take a number for seconds.
 */
function nanosecondsOf(value: string, native: string): string {
  if (native === "TIMESTAMP_NS") return `(${value} + 0L)`;
  return `(UNIX_MICROS(CAST(TIMESTAMPADD(MICROSECOND, 0, ${value}) AS TIMESTAMP)) * 1000L)`;
}
