/** Types of values, by their names in CEL. */
export type ExpressionType = "double" | "bool" | "string" | "int";

/** What a value of a type is here. Whole numbers have 64 bits. */
export type ValueOf<T extends ExpressionType> = T extends "double"
  ? number
  : T extends "bool"
    ? boolean
    : T extends "string"
      ? string
      : bigint;

export type Value = number | boolean | string | bigint;

/** Values by the names of variables. What is left out, undefined or null has no value. */
export type Values = Readonly<Record<string, Value | null | undefined>>;

/** Computes the value of a part of an expression; undefined if there is none. */
export type Compute = (values: Values) => Value | undefined;

const INT_MIN = -(2n ** 63n);
const INT_MAX = 2n ** 63n - 1n;

/** A whole number, unless it does not fit into 64 bits. */
export const within64Bits = (value: bigint): bigint | undefined =>
  value < INT_MIN || value > INT_MAX ? undefined : value;

/** The value as one of its type; undefined if it is none. Whole numbers may be given as safe numbers, and doubles as bigint. */
export function valueAs(type: ExpressionType, value: unknown): Value | undefined {
  switch (type) {
    case "double":
      return typeof value === "number" ? value : typeof value === "bigint" ? Number(value) : undefined;
    case "int":
      if (typeof value === "bigint") return within64Bits(value);
      return Number.isSafeInteger(value) ? BigInt(value as number) : undefined;
    case "bool":
      return typeof value === "boolean" ? value : undefined;
    case "string":
      return typeof value === "string" ? value : undefined;
  }
}
