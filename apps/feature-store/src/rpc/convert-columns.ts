import { create } from "@bufbuild/protobuf";
import {
  type Column as ColumnMessage,
  ColumnSchema,
  type Value,
  ValueType as WireType,
} from "@throughline/contracts/throughline/type/v1/value_pb";
import type { FeatureValue } from "@throughline/kernel";
import { valueFromProto, valueToProto } from "@throughline/rpc";
import type { ColumnType } from "@throughline/tables";
import type { Problems } from "../domain/problems.ts";
import type { Column, ValueType } from "../domain/value-type.ts";

const TO_WIRE: Readonly<Record<ValueType, WireType>> = {
  bool: WireType.BOOL,
  int64: WireType.INT64,
  float64: WireType.FLOAT64,
  string: WireType.STRING,
  bytes: WireType.BYTES,
  timestamp: WireType.TIMESTAMP,
};

const FROM_WIRE = new Map(Object.entries(TO_WIRE).map(([type, wire]) => [wire, type as ValueType]));

/** The wire's type for ours, and for the lists that a spine may carry along. */
export const typeToProto = (type: ColumnType): WireType =>
  type.startsWith("list") ? WireType.LIST : TO_WIRE[type as ValueType];

export const columnToProto = ({
  name,
  type,
  description = "",
}: {
  name: string;
  type: ColumnType;
  description?: string;
}) => create(ColumnSchema, { name, type: typeToProto(type), description });

/** Columns as they come; a type that cannot be kept is a problem at `path`. */
export function columnsFromProto(
  columns: readonly Pick<ColumnMessage, "name" | "type" | "description">[],
  path: string,
  wrong: Problems,
): readonly Column[] {
  return columns.map(({ name, type, description }, i) => {
    const known = FROM_WIRE.get(type);
    if (!known) wrong.add(`${path}[${i}].type`, "lists cannot be kept: declare a column for each item");
    return { name, type: known ?? "int64", description };
  });
}

/** The values of a row by column. */
export function namedValues(values: Readonly<Record<string, Value>>): ReadonlyMap<string, FeatureValue> {
  const named = new Map<string, FeatureValue>();
  // A message has no other properties than its entries.
  for (const name in values) named.set(name, valueFromProto(values[name]));
  return named;
}

/** Some fields of rows, by field; null where a row lacks one. */
export const valuesByField = (
  rows: readonly { readonly values: Readonly<Record<string, Value>> }[],
  fields: readonly { readonly name: string }[],
): ReadonlyMap<string, readonly FeatureValue[]> =>
  new Map(
    fields.map(({ name }) => [
      name,
      rows.map(({ values }) => (Object.hasOwn(values, name) ? valueFromProto(values[name]) : null)),
    ]),
  );

export const namedValuesToProto = (values: ReadonlyMap<string, FeatureValue>): Record<string, Value> =>
  Object.fromEntries([...values].map(([name, value]) => [name, valueToProto(value)]));
