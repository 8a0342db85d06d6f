import type { Value } from "@throughline/contracts/throughline/type/v1/value_pb";
import type { FeatureValue } from "@throughline/kernel";
import { fromNs, toNs } from "./time.ts";

export function valueToProto(value: FeatureValue): Value {
  return { $typeName: "throughline.type.v1.Value", kind: kindOf(value) };
}

function kindOf(value: FeatureValue): Value["kind"] {
  if (value === null) return { case: undefined };
  if (typeof value === "boolean") return { case: "boolValue", value };
  if (typeof value === "bigint") return { case: "int64Value", value };
  if (typeof value === "number") return { case: "float64Value", value: value === 0 ? 0 : value };
  if (typeof value === "string") return { case: "stringValue", value };
  if (value instanceof Uint8Array) return { case: "bytesValue", value: Uint8Array.from(value) };
  if ("ns" in value) return { case: "timestampValue", value: fromNs(value.ns) };
  return { case: "listValue", value: { $typeName: "throughline.type.v1.ValueList", values: value.map(valueToProto) } };
}

export function valueFromProto(value: Value | undefined): FeatureValue {
  const kind = value?.kind;
  if (kind === undefined || kind.case === undefined) return null;
  if (kind.case === "timestampValue") return { ns: toNs(kind.value) };
  if (kind.case === "listValue") return kind.value.values.map(valueFromProto);
  return kind.value;
}
