import type { DescField, DescMessage, JsonObject, JsonValue, Message, Registry } from "@bufbuild/protobuf";
import { ScalarType } from "@bufbuild/protobuf";
import { invalidField } from "@throughline/kernel";
import { fieldNamed, isObject, isWellKnown, noSuchField } from "./json-leaves.ts";
import { messageFromJson } from "./message-json.ts";
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
  const json = route.body === "*" ? objectBody(request.body, "body") : {};
  if (route.body !== "*" && route.body !== "" && request.body !== undefined) json[route.body] = request.body;
  if (route.body !== "*") addQuery(json, route, request.query);
  else if (request.query.size > 0)
    throw invalidField([...request.query.keys()][0] ?? "", "this method takes its fields in the body");
  route.variables.forEach((variable, i) => {
    assign(json, { schema: route.method.input, path: variable.fieldPath }, request.pathValues[i] ?? "");
  });
  return messageFromJson(route.method.input, json, registry);
}

function objectBody(body: JsonValue | undefined, path: string): JsonObject {
  if (body === undefined) return {};
  if (!isObject(body)) throw invalidField(path, "expected a JSON object");
  return { ...body };
}

function addQuery(json: JsonObject, route: Route, query: URLSearchParams): void {
  for (const path of new Set(query.keys())) {
    const values = query.getAll(path);
    const field = fieldAt(route.method.input, path);
    if (!field) throw invalidField(path, noSuchField(parentOf(route.method.input, path)));
    if (field.fieldKind === "map" || (field.message && !isWellKnown(field.message)))
      throw invalidField(path, "a query cannot carry this field: name one of its fields, or call the method over gRPC");
    if (values.length > 1 && field.fieldKind !== "list") throw invalidField(path, "given more than once");
    const parsed = values.map((it) => queryValue(field, it));
    assign(json, { schema: route.method.input, path }, field.fieldKind === "list" ? parsed : (parsed[0] ?? ""));
  }
}

/** Text of a query as the JSON value of its field: numbers and enums are read from text by the JSON mapping itself. */
function queryValue(field: DescField, text: string): JsonValue {
  if (field.scalar === ScalarType.BOOL && (text === "true" || text === "false")) return text === "true";
  return text;
}

/** The field at a dotted path; undefined if there is none, or the path leads through a list, a map or a time. */
function fieldAt(schema: DescMessage, path: string): DescField | undefined {
  const [head, ...rest] = path.split(".");
  const field = fieldNamed(schema, head ?? "");
  if (!field || rest.length === 0) return field;
  return field.fieldKind === "message" && !isWellKnown(field.message)
    ? fieldAt(field.message, rest.join("."))
    : undefined;
}

/** The message that the last part of a dotted path was looked for in. */
function parentOf(schema: DescMessage, path: string): DescMessage {
  const field = path.includes(".") ? fieldAt(schema, path.slice(0, path.lastIndexOf("."))) : undefined;
  return field?.fieldKind === "message" && !isWellKnown(field.message) ? field.message : schema;
}

/** Sets a field by its dotted path. Fails if the request says it twice, and differently. */
function assign(
  json: JsonObject,
  { schema, path }: { readonly schema: DescMessage; readonly path: string },
  value: JsonValue,
): void {
  const [head = "", ...rest] = path.split(".");
  const field = fieldNamed(schema, head);
  const key = field && Object.hasOwn(json, field.name) ? field.name : (field?.jsonName ?? head);
  // A null stands for a field that is not set.
  const given = (Object.hasOwn(json, key) ? json[key] : undefined) ?? undefined;
  if (rest.length > 0 && field?.message) {
    const inner = objectBody(given, field.name);
    json[key] = inner;
    assign(inner, { schema: field.message, path: rest.join(".") }, value);
    return;
  }
  if (given !== undefined && given !== value) throw invalidField(path, "the request names two different values");
  json[key] = value;
}
