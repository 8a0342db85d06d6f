import { type DescField, type DescMessage, type JsonObject, type JsonValue, ScalarType } from "@bufbuild/protobuf";

/** A value of a file that does not fit the contract. The message begins with the way to it. */
export class DefinitionProblem extends Error {
  override readonly name = "DefinitionProblem";
}

/** Makes the full name of a resource of a field, such as `entity`, from its short one. */
export type FullName = (field: DescField, short: string) => string;

/**
 * What a person writes, as the JSON form of a message has it: fields by both of their names, enums by their short names in any
 * case (`int64`, `mean`), durations as `90s`, `15m`, `6h`, `2d` or a sum of these (`1h30m`), and names of resources without
 * what `fullName` puts before them. Fails with DefinitionProblem for a field that the message does not have.
 */
export function messageJson(descriptor: DescMessage, value: unknown, { path, fullName }: Context): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new DefinitionProblem(`${path}: there must be fields, not ${shown(value)}`);
  const json: JsonObject = {};
  for (const [key, given] of Object.entries(value)) {
    const field = descriptor.fields.find((it) => it.name === key || it.jsonName === key);
    const at = path === "" ? key : `${path}.${key}`;
    if (!field) throw new DefinitionProblem(`${at}: there is no such field. There are ${fieldsOf(descriptor)}`);
    if (given !== null && given !== undefined) json[field.jsonName] = fieldJson(field, given, { path: at, fullName });
  }
  return json;
}

/** Where a value stands, and how names are completed. */
export interface Context {
  readonly path: string;
  readonly fullName: FullName;
}

const fieldsOf = (descriptor: DescMessage): string => descriptor.fields.map((it) => it.name).join(", ");

function fieldJson(field: DescField, value: unknown, context: Context): JsonValue {
  const { path, fullName } = context;
  if (field.fieldKind === "list") {
    if (!Array.isArray(value)) throw new DefinitionProblem(`${path}: there must be a list, not ${shown(value)}`);
    return value.map((it, i) => itemJson(field, it, { path: `${path}[${i}]`, fullName }));
  }
  if (field.fieldKind === "map") {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw new DefinitionProblem(`${path}: there must be names with values, not ${shown(value)}`);
    return Object.fromEntries(
      Object.entries(value).map(([key, it]) => [key, itemJson(field, it, { path: `${path}.${key}`, fullName })]),
    );
  }
  return itemJson(field, value, context);
}

function itemJson(field: DescField, value: unknown, context: Context): JsonValue {
  if (field.enum) return enumJson(field.enum, value, context);
  if (field.message?.typeName === "google.protobuf.Duration") return durationJson(value, context);
  if (field.message?.typeName === "google.protobuf.Timestamp") return textOf(value, context);
  if (field.message) return messageJson(field.message, value, context);
  if (field.scalar === ScalarType.STRING) {
    const text = textOf(value, context);
    return field.name === "name" ? text : context.fullName(field, text);
  }
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  throw new DefinitionProblem(`${context.path}: there must be one value, not ${shown(value)}`);
}

type DescEnumOf = NonNullable<DescField["enum"]>;

/** `VALUE_TYPE_INT64` may be written `int64`. */
function enumJson(descriptor: DescEnumOf, value: unknown, { path }: Context): JsonValue {
  const prefix = descriptor.sharedPrefix?.toUpperCase() ?? "";
  const wanted = String(value).trim().toUpperCase().replaceAll(/[- ]/g, "_");
  const found = descriptor.values.find((it) => it.name === wanted || it.name === prefix + wanted);
  if (found && found.number !== 0) return found.name;
  const names = descriptor.values
    .filter((it) => it.number !== 0)
    .map((it) => it.name.slice(prefix.length).toLowerCase());
  throw new DefinitionProblem(`${path}: ${shown(value)} is none of ${names.join(", ")}`);
}

const UNIT_NS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
  w: 604_800_000_000_000n,
};

/** `90s`, `1h30m`, or the JSON form of a duration, such as `0.5s`. */
function durationJson(value: unknown, context: Context): JsonValue {
  const text = textOf(value, context).trim();
  if (/^\d+(\.\d{1,9})?s$/.test(text)) return text;
  const parts = [...text.matchAll(/(\d{1,15})(ns|us|ms|[smhdw])/g)];
  if (parts.length === 0 || parts.map((it) => it[0]).join("") !== text)
    throw new DefinitionProblem(`${context.path}: ${shown(value)} is no duration, such as 90s, 15m, 6h, 2d or 1h30m`);
  const ns = parts.reduce((sum, [, count, unit]) => sum + BigInt(count ?? 0) * (UNIT_NS[unit ?? ""] ?? 0n), 0n);
  return `${ns / 1_000_000_000n}.${String(ns % 1_000_000_000n).padStart(9, "0")}s`;
}

function textOf(value: unknown, { path }: Context): string {
  if (typeof value === "string") return value;
  // YAML reads `no`-like words and numbers as what they look like: whoever means a text must say so.
  throw new DefinitionProblem(`${path}: ${shown(value)} is no text. Put it into quotation marks if it is meant so`);
}

const shown = (value: unknown): string => (JSON.stringify(value) ?? String(value)).slice(0, 60);
