import type { DescField, DescMessage, JsonObject, JsonValue } from "@bufbuild/protobuf";

/** One value in the JSON form of a message that has no fields of its own. */
export interface Leaf {
  readonly parent: DescMessage;
  /** Undefined if the message has no such field. */
  readonly field: DescField | undefined;
  readonly value: JsonValue;
  /** Where it stands; `pathText` writes it out. */
  readonly place: Place;
  /** True for an item of a list or map, false for the value of a field as a whole. */
  readonly isItem: boolean;
}

/** A place within a message: its text is made only of those that are told of. Undefined stands for the message itself. */
export interface Place {
  readonly within: Place | undefined;
  /** The name of a field, or the number or the key of an item. */
  readonly step: string | number;
  readonly isItem: boolean;
}

/** A message in JSON, and where it stands. */
export interface JsonMessage {
  readonly schema: DescMessage;
  readonly json: JsonValue;
  readonly place?: Place;
}

/** A place in proto field names, such as `version.sources[2].uri`. */
export function pathText({ within, step, isItem }: Place): string {
  const before = within === undefined ? "" : pathText(within);
  if (isItem) return `${before}[${typeof step === "number" ? step : `"${step}"`}]`;
  return before === "" ? String(step) : `${before}.${step}`;
}

/**
 * Calls `visit` for every leaf of a message in JSON, in the order of the text: scalars, enums, well-known types (which
 * have JSON forms of their own), and whatever stands where another shape was expected. Nulls mean "unset", and are none.
 */
export function visitLeaves({ schema, json, place }: JsonMessage, visit: (leaf: Leaf) => void): void {
  if (!isObject(json)) return;
  for (const key of Object.keys(json)) {
    const value = json[key] ?? null;
    if (value === null) continue;
    const field = fieldNamed(schema, key);
    const at: Place = { within: place, step: field?.name ?? key, isItem: false };
    const item = (of: JsonValue, step: string | number): void =>
      visitValue({ parent: schema, field, value: of, place: { within: at, step, isItem: true }, isItem: true }, visit);
    if (field?.fieldKind === "list" && Array.isArray(value)) value.forEach(item);
    else if (field?.fieldKind === "map" && isObject(value))
      for (const [name, it] of Object.entries(value)) item(it, name);
    else visitValue({ parent: schema, field, value, place: at, isItem: false }, visit);
  }
}

function visitValue(leaf: Leaf, visit: (leaf: Leaf) => void): void {
  const schema = leaf.field?.message;
  const isWhole = leaf.isItem || leaf.field?.fieldKind === "message";
  if (schema && isWhole && isObject(leaf.value) && !isWellKnown(schema))
    visitLeaves({ schema, json: leaf.value, place: leaf.place }, visit);
  else visit(leaf);
}

/** True if the JSON mapping gives the message a form of its own. */
export const isWellKnown = (schema: DescMessage): boolean => schema.typeName.startsWith("google.protobuf.");

/** The field that a key of JSON or of a query means: by its proto name or its JSON name. */
export const fieldNamed = (schema: DescMessage, key: string): DescField | undefined => namesOf(schema).get(key);

const names = new WeakMap<DescMessage, ReadonlyMap<string, DescField>>();

function namesOf(schema: DescMessage): ReadonlyMap<string, DescField> {
  const known = names.get(schema);
  if (known) return known;
  // A name counts for the first field that has it.
  const made = new Map(
    schema.fields.toReversed().flatMap((it) => [[it.name, it] as const, [it.jsonName, it] as const]),
  );
  names.set(schema, made);
  return made;
}

/** Most fields that are told of. */
const TOLD_MAX = 20;

/** What to tell of a name that no field has: which there are. */
export function noSuchField({ name, fields }: DescMessage): string {
  const told = fields.slice(0, TOLD_MAX).map((it) => it.name);
  const more = fields.length > told.length ? ` and ${fields.length - told.length} more` : "";
  return fields.length === 0
    ? `no such field: ${name} has none`
    : `no such field: ${name} has ${told.join(", ")}${more}`;
}

export const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
