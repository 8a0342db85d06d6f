import type { FeatureValue } from "@throughline/kernel";

/** The types of values in sources, entity keys and features. A list is not among them: the contract does not say of what. */
export type ValueType = "bool" | "int64" | "float64" | "string" | "bytes" | "timestamp";

/** What SQL calls them. */
export const SQL_TYPES: Readonly<Record<ValueType, string>> = {
  bool: "BOOLEAN",
  int64: "BIGINT",
  float64: "DOUBLE",
  string: "VARCHAR",
  bytes: "BLOB",
  timestamp: "TIMESTAMP_NS",
};

/** A named and typed column. */
export interface Column {
  readonly name: string;
  readonly type: ValueType;
  readonly description: string;
}

/** The types that keys of entities can have. A key is the very value: zeros of both signs are one. */
export const KEY_TYPES: readonly ValueType[] = ["bool", "int64", "float64", "string", "bytes", "timestamp"];

/** False for null and for NaN, which equals nothing: rows with such a key are about nobody, online and in joins. */
export const isKey = (value: FeatureValue): boolean => value !== null && !Number.isNaN(value);

/** Why a request that asks for NaN is refused: it is a mistake, where null says that there is nobody. */
export const NAN_IS_NO_KEY = "NaN is no key, since it equals nothing: leave the value out, or set null, for nobody";

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
