import { invalidColumn } from "./errors.ts";

/**
 * Types of raw columns. `boolean` is carried as int64 (0 and 1), `timestamp` as int64: nanoseconds since 1970-01-01 UTC.
 */
export type ColumnType = "float64" | "float32" | "int64" | "boolean" | "timestamp" | "string";

/**
 * A column in the form in which training, batch and serving all carry it, which is also that of a tensor. Nothing else
 * marks a missing value: NaN in floats, the least int64 in whole numbers, booleans and timestamps (as NumPy's NaT is), and
 * the text MISSING_TEXT in strings. The empty string is a value like any other.
 */
export type Column =
  | { readonly type: "float64"; readonly values: Float64Array }
  | { readonly type: "float32"; readonly values: Float32Array }
  | { readonly type: "int64" | "boolean" | "timestamp"; readonly values: BigInt64Array }
  | { readonly type: "string"; readonly values: readonly string[] };

/** Columns of equal length, by name. */
export type Columns = ReadonlyMap<string, Column>;

/** Stands for a missing whole number, boolean or timestamp. */
export const MISSING_WHOLE = -(2n ** 63n);
/** Stands for a missing text: U+FFFF, which is no character and which Unicode keeps for such uses. */
export const MISSING_TEXT = "\uFFFF";

/** A value before it is put into a column. `null` is missing. */
export type ColumnValue = null | number | bigint | boolean | string | { readonly ns: bigint };

/** Puts values into a column. Fails with TRANSFORMS_COLUMN_INVALID for a value that the type does not have. */
export function columnOf(name: string, type: ColumnType, values: readonly ColumnValue[]): Column {
  const refuse = (i: number): never => {
    const shown = typeof values[i] === "bigint" ? `${values[i]}n` : typeof values[i];
    throw invalidColumn(name, `has in row ${i} a value (${shown}) that is no ${type}`);
  };
  if (type === "string")
    return {
      type,
      values: values.map((it, i) => (it === null ? MISSING_TEXT : typeof it === "string" ? it : refuse(i))),
    };
  if (type === "float64" || type === "float32") {
    const numbers = (it: ColumnValue, i: number): number =>
      it === null ? Number.NaN : typeof it === "number" ? it : refuse(i);
    return type === "float64"
      ? { type, values: Float64Array.from(values, numbers) }
      : { type, values: Float32Array.from(values, numbers) };
  }
  return {
    type,
    values: BigInt64Array.from(values, (it, i) => (it === null ? MISSING_WHOLE : (wholeOf(type, it) ?? refuse(i)))),
  };
}

function wholeOf(type: "int64" | "boolean" | "timestamp", value: ColumnValue): bigint | undefined {
  if (type === "boolean") return typeof value === "boolean" ? BigInt(value) : undefined;
  const whole = type === "timestamp" && typeof value === "object" && value !== null ? value.ns : value;
  return typeof whole === "bigint" && BigInt.asIntN(64, whole) === whole ? whole : undefined;
}

/** The number of rows of columns. Fails with TRANSFORMS_COLUMN_INVALID if they differ. */
export function rowCount(columns: Columns): number {
  const [first, ...rest] = [...columns];
  if (first === undefined) return 0;
  const rows = first[1].values.length;
  for (const [name, { values }] of rest)
    if (values.length !== rows) throw invalidColumn(name, `has ${values.length} rows, and ${first[0]} has ${rows}`);
  return rows;
}
