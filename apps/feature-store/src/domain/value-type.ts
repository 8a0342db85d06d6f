import type { FeatureValue } from "@throughline/kernel";

/** The types of values in sources, entity keys and features. A list is not among them: the contract does not say of what. */
export type ValueType = "bool" | "int64" | "float64" | "string" | "bytes" | "timestamp";

/** A named and typed column. */
export interface Column {
  readonly name: string;
  readonly type: ValueType;
  readonly description: string;
}

/** Floats are no keys: what prints alike may differ, and NaN equals nothing. */
export const KEY_TYPES: readonly ValueType[] = ["bool", "int64", "string", "bytes", "timestamp"];

/** The type of a value; undefined for null and for lists. `1`, `1.0` and `"1"` are of three types. */
export function typeOf(value: FeatureValue): ValueType | undefined {
  if (value === null) return undefined;
  if (typeof value === "boolean") return "bool";
  if (typeof value === "bigint") return "int64";
  if (typeof value === "number") return "float64";
  if (typeof value === "string") return "string";
  if (value instanceof Uint8Array) return "bytes";
  return "ns" in value ? "timestamp" : undefined;
}

/** Null is of every type. */
export const isOfType = (value: FeatureValue, type: ValueType): boolean => value === null || typeOf(value) === type;

/** What a value is, for messages. */
export const describeValue = (value: FeatureValue): string => (value === null ? "null" : (typeOf(value) ?? "a list"));
