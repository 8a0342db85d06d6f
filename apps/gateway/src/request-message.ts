import {
  type DescField,
  type DescMessage,
  fromJson,
  type JsonObject,
  type JsonValue,
  type Message,
  type Registry,
} from "@bufbuild/protobuf";
import { DomainError, type FieldViolation, invalidField } from "@throughline/kernel";
import type { Route } from "./routes.ts";

/** The parts of a REST request that make the request message. */
export interface RestRequest {
  /** What the route's pattern matched, decoded once. */
  readonly pathValues: readonly string[];
  readonly query: URLSearchParams;
  /** The parsed body; undefined if there is none. */
  readonly body: JsonValue | undefined;
}

/**
 * Makes the request message of a route from path, query and body, by the rules of google/api/http.proto: the path fills
 * its variables, the body the whole message or its field, and the query what is left.
 *
 * Fails with INVALID_FIELD and the path of every value that does not fit.
 */
export function requestMessage(route: Route, request: RestRequest, registry: Registry): Message {
  const json = route.body === "*" ? objectBody(request.body) : {};
  if (route.body !== "*" && route.body !== "" && request.body !== undefined) json[route.body] = request.body;
  if (route.body !== "*") addQuery(json, route, request.query);
  else if (request.query.size > 0)
    throw invalidField([...request.query.keys()][0] ?? "", "this method takes its fields in the body");
  route.variables.forEach((variable, i) => {
    assign(json, route.method.input, { path: variable.fieldPath, value: request.pathValues[i] ?? "" });
  });
  return decode(route.method.input, json, registry);
}

/** Reads a message from JSON. Fails with INVALID_FIELD and the path of every value that does not fit. */
export function decode(schema: DescMessage, json: JsonValue, registry: Registry): Message {
  try {
    return fromJson(schema, json, { registry });
  } catch (error) {
    const violations = misfits(schema, json, { path: "", registry });
    const text = violations.map((it) => `${it.path}: ${it.description}`).join("; ");
    throw new DomainError("invalid", "INVALID_FIELD", text || String(error), { violations, cause: error });
  }
}

function objectBody(body: JsonValue | undefined): JsonObject {
  if (body === undefined) return {};
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw invalidField("body", "expected a JSON object");
  return { ...body };
}

function addQuery(json: JsonObject, route: Route, query: URLSearchParams): void {
  for (const path of new Set(query.keys())) {
    const values = query.getAll(path);
    const field = fieldAt(route.method.input, path);
    if (!field) throw invalidField(path, "no such field");
    if (values.length > 1 && field.fieldKind !== "list") throw invalidField(path, "given more than once");
    const parsed = values.map((it) => queryValue(field, it));
    assign(json, route.method.input, { path, value: field.fieldKind === "list" ? parsed : (parsed[0] ?? "") });
  }
}

/** Text of a query as the JSON value of its field: numbers and enums are read from text by the JSON mapping itself. */
function queryValue(field: DescField, text: string): JsonValue {
  const isBool = field.fieldKind === "scalar" && field.scalar === 8;
  if (isBool && (text === "true" || text === "false")) return text === "true";
  return text;
}

function fieldAt(schema: DescMessage, path: string): DescField | undefined {
  const [head, ...rest] = path.split(".");
  const field = fieldNamed(schema, head ?? "");
  if (!field || rest.length === 0) return field;
  return field.message ? fieldAt(field.message, rest.join(".")) : undefined;
}

const fieldNamed = (schema: DescMessage, key: string): DescField | undefined =>
  schema.fields.find((it) => it.jsonName === key || it.name === key);

/** Sets a field by its dotted path. Fails if the request says it twice, and differently. */
function assign(json: JsonObject, schema: DescMessage, { path, value }: { path: string; value: JsonValue }): void {
  const [head = "", ...rest] = path.split(".");
  const field = fieldNamed(schema, head);
  const key = field && Object.hasOwn(json, field.name) ? field.name : (field?.jsonName ?? head);
  if (rest.length > 0 && field?.message) {
    const inner = objectBody(json[key]);
    json[key] = inner;
    assign(inner, field.message, { path: rest.join("."), value });
    return;
  }
  const given = json[key];
  if (given !== undefined && given !== value) throw invalidField(path, "path and body name different values");
  json[key] = value;
}

/** Finds what does not fit by trying each value by itself. Only runs when the whole has failed. */
function misfits(schema: DescMessage, json: JsonValue, at: { path: string; registry: Registry }): FieldViolation[] {
  // Well-known types have JSON forms of their own.
  if (
    schema.typeName.startsWith("google.protobuf.") ||
    typeof json !== "object" ||
    json === null ||
    Array.isArray(json)
  ) {
    return attempt(schema, json, at);
  }
  return Object.entries(json).flatMap(([key, value]) => {
    const field = fieldNamed(schema, key);
    const path = at.path === "" ? (field?.name ?? key) : `${at.path}.${field?.name ?? key}`;
    if (!field) return [{ path, description: "no such field" }];
    const within = (item: JsonValue, itemPath: string): FieldViolation[] =>
      field.message
        ? misfits(field.message, item, { ...at, path: itemPath })
        : attempt(schema, { [key]: wrap(field, item) }, { ...at, path: itemPath });
    if (field.fieldKind === "list" && Array.isArray(value))
      return value.flatMap((item, i) => within(item, `${path}[${i}]`));
    if (field.fieldKind === "map" && isObject(value)) {
      return Object.entries(value).flatMap(([name, item]) => within(item, `${path}["${name}"]`));
    }
    return field.fieldKind === "message" ? within(value, path) : attempt(schema, { [key]: value }, { ...at, path });
  });
}

const isObject = (value: JsonValue): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** One item of a list or map of scalars, in a shape that can be tried. */
function wrap(field: DescField, item: JsonValue): JsonValue {
  if (field.fieldKind === "list") return [item];
  return field.fieldKind === "map" ? { "0": item } : item;
}

function attempt(schema: DescMessage, json: JsonValue, at: { path: string; registry: Registry }): FieldViolation[] {
  try {
    fromJson(schema, json, { registry: at.registry });
    return [];
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return [{ path: at.path, description: text.replace(/^cannot decode [^:]*: /, "") }];
  }
}
