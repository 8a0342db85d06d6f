import type { DescField, DescMessage, JsonObject, JsonValue } from "@bufbuild/protobuf";

/** One value in the JSON form of a message that has no fields of its own. */
export interface Leaf {
  readonly parent: DescMessage;
  /** Undefined if the message has no such field. */
  readonly field: DescField | undefined;
  readonly value: JsonValue;
  /** Where it stands, in proto field names, such as `version.sources[2].uri`. */
  readonly path: string;
  /** True for an item of a list or map, false for the value of a field as a whole. */
  readonly isItem: boolean;
}

/** A message in JSON, and where it stands. */
export interface JsonMessage {
  readonly schema: DescMessage;
  readonly json: JsonValue;
  readonly path: string;
}

/**
 * Calls `visit` for every leaf of a message in JSON, in the order of the text: scalars, enums, well-known types (which
 * have JSON forms of their own), and whatever stands where another shape was expected. Nulls mean "unset", and are none.
 */
export function visitLeaves({ schema, json, path }: JsonMessage, visit: (leaf: Leaf) => void): void {
  if (!isObject(json)) return;
  for (const [key, value] of Object.entries(json)) {
    if (value === null) continue;
    const field = fieldNamed(schema, key);
    const at = `${path === "" ? "" : `${path}.`}${field?.name ?? key}`;
    const item = (of: JsonValue, itemPath: string): void =>
      visitValue({ parent: schema, field, value: of, path: itemPath, isItem: true }, visit);
    if (field?.fieldKind === "list" && Array.isArray(value)) value.forEach((it, i) => void item(it, `${at}[${i}]`));
    else if (field?.fieldKind === "map" && isObject(value))
      for (const [name, it] of Object.entries(value)) item(it, `${at}["${name}"]`);
    else visitValue({ parent: schema, field, value, path: at, isItem: false }, visit);
  }
}

function visitValue(leaf: Leaf, visit: (leaf: Leaf) => void): void {
  const schema = leaf.field?.message;
  const isWhole = leaf.isItem || leaf.field?.fieldKind === "message";
  if (schema && isWhole && isObject(leaf.value) && !isWellKnown(schema))
    visitLeaves({ schema, json: leaf.value, path: leaf.path }, visit);
  else visit(leaf);
}

/** True if the JSON mapping gives the message a form of its own. */
export const isWellKnown = (schema: DescMessage): boolean => schema.typeName.startsWith("google.protobuf.");

/** The field that a key of JSON or of a query means: by its proto name or its JSON name. */
export const fieldNamed = (schema: DescMessage, key: string): DescField | undefined =>
  schema.fields.find((it) => it.jsonName === key || it.name === key);

export const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
