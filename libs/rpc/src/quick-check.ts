import {
  type DescEnum,
  type DescField,
  type DescMessage,
  type DescOneof,
  getOption,
  hasOption,
} from "@bufbuild/protobuf";
import { Edition, FeatureSet_FieldPresence as Presence } from "@bufbuild/protobuf/wkt";
import {
  type FieldRules,
  message as messageRules,
  oneof as oneofRules,
} from "@throughline/contracts/buf/validate/validate_pb";
import { type QuickRules, quickRules, rulesOf } from "./quick-rules.ts";

/** True: it holds. False: it may not, or nobody here can tell. */
export type Check = (value: unknown) => boolean;

const NEVER: Check = () => false;
const checks = new WeakMap<DescMessage, Check>();

/**
 * A check that is true only for messages that keep every rule of their contract, and is quick: it walks a message once,
 * and makes nothing. It knows the rules that our contracts use. Where there is another one it is false, and where it is
 * false the library has to be asked, which also tells what is wrong.
 */
export function quickCheck(schema: DescMessage): Check {
  const known = checks.get(schema);
  if (known) return known;
  // Made when they are first needed, because a message may hold others of its own kind.
  let parts: readonly Check[] | undefined;
  const check: Check = (message) => {
    parts ??= partsOf(schema);
    for (const it of parts) if (!it(message)) return false;
    return true;
  };
  checks.set(schema, check);
  return check;
}

function partsOf(schema: DescMessage): readonly Check[] {
  // In other editions a field that is not set may have a value.
  if (schema.file.edition !== Edition.EDITION_PROTO3 || hasOption(schema, messageRules)) return [NEVER];
  return [...schema.fields.map(fieldPart), ...schema.oneofs.map(oneofPart)].filter((it) => it !== undefined);
}

function oneofPart(oneof: DescOneof): Check | undefined {
  if (!hasOption(oneof, oneofRules) || !getOption(oneof, oneofRules).required) return undefined;
  return (message) => chosenOf(message, oneof.localName)?.case !== undefined;
}

/** The check of one field of a message; undefined if there is nothing to check. */
function fieldPart(field: DescField): Check | undefined {
  const rules = rulesOf(field);
  if (!rules) return NEVER;
  const { required } = rules;
  const holds = checkOf(field, rules);
  if (!holds && !required) return undefined;
  const isImplicit = field.presence === Presence.IMPLICIT;
  const get = getter(field);
  return (message) => {
    const value = get(message);
    if (value === undefined) return !required && !isImplicit;
    if (required && isImplicit && isZero(value)) return false;
    return holds === undefined || holds(value);
  };
}

function getter({ localName, oneof }: DescField): (message: unknown) => unknown {
  if (!oneof) return (message) => (message as Readonly<Record<string, unknown>>)[localName];
  return (message) => {
    const chosen = chosenOf(message, oneof.localName);
    return chosen?.case === localName ? chosen.value : undefined;
  };
}

interface Chosen {
  readonly case?: string;
  readonly value?: unknown;
}

const chosenOf = (message: unknown, oneof: string): Chosen | undefined =>
  (message as Readonly<Record<string, Chosen | undefined>>)[oneof];

/** True for the zero of a scalar, and for a list, a map or bytes without anything in them. */
function isZero(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return !value;
  return Array.isArray(value) || value instanceof Uint8Array ? value.length === 0 : Object.keys(value).length === 0;
}

function checkOf(field: DescField, rules: QuickRules): Check | undefined {
  switch (field.fieldKind) {
    case "list":
      return listCheck({ message: field.message, enum: field.enum }, rules);
    case "map":
      return mapCheck({ message: field.message, enum: field.enum }, rules);
    case "message":
      return singleCheck({ message: field.message }, rules);
    case "enum":
      return singleCheck({ enum: field.enum }, rules);
    case "scalar":
      return singleCheck({}, rules);
  }
}

/** What a value is, if it is no scalar. */
interface Kind {
  readonly message?: DescMessage | undefined;
  readonly enum?: DescEnum | undefined;
}

/** The check of a value that is no list and no map: a field, an item, a key. */
function singleCheck(kind: Kind, { kind: of, given }: QuickRules): Check | undefined {
  if (kind.message) {
    if (of !== undefined) return NEVER;
    // No well-known type has rules of its own.
    return kind.message.typeName.startsWith("google.protobuf.") ? undefined : quickCheck(kind.message);
  }
  switch (of) {
    case undefined:
      return undefined;
    case "string":
      return textCheck(given);
    case "bytes":
      return bytesCheck(given);
    case "enum":
      return enumCheck(given, kind.enum);
    default:
      return numberCheck(given);
  }
}

/** Of items, keys or values; false if there is a rule that is not known here. */
function innerCheck(kind: Kind, rules: unknown): Check | undefined {
  const known = quickRules(rules as FieldRules | undefined);
  // `required` says of an item that it is not the zero of its kind.
  return known && !known.required ? singleCheck(kind, known) : NEVER;
}

type Given = QuickRules["given"];
type Unit = "len" | "bytes" | "items" | "pairs";

interface Bounds {
  readonly least: number;
  readonly most: number;
}

const boundsOf = (given: Given, unit: Unit): Bounds => ({
  least: Number(given[`min_${unit}`] ?? 0),
  most: Number(given[`max_${unit}`] ?? Number.POSITIVE_INFINITY),
});

function listCheck(kind: Kind, { given }: QuickRules): Check | undefined {
  const item = innerCheck(kind, given["items"]);
  const { least, most } = boundsOf(given, "items");
  return (value) => {
    const items = value as readonly unknown[];
    if (items.length < least || items.length > most) return false;
    if (item) for (const it of items) if (!item(it)) return false;
    return true;
  };
}

function mapCheck(kind: Kind, { given }: QuickRules): Check | undefined {
  const key = innerCheck({}, given["keys"]);
  const entry = innerCheck(kind, given["values"]);
  const { least, most } = boundsOf(given, "pairs");
  return (value) => {
    const entries = value as Readonly<Record<string, unknown>>;
    const names = Object.keys(entries);
    if (names.length < least || names.length > most) return false;
    for (const it of names) if ((key && !key(it)) || (entry && !entry(entries[it]))) return false;
    return true;
  };
}

function bytesCheck(given: Given): Check {
  const { least, most } = boundsOf(given, "len");
  return (value) => {
    const { byteLength } = value as Uint8Array;
    return byteLength >= least && byteLength <= most;
  };
}

function textCheck(given: Given): Check {
  const pattern = given["pattern"] === undefined ? undefined : new RegExp(String(given["pattern"]), "u");
  const characters = boundsOf(given, "len");
  const bytes = boundsOf(given, "bytes");
  return (value) => {
    const text = value as string;
    const { length } = text;
    // A code point is one or two units of a text, and a unit is one to three bytes: mostly that settles it.
    const isShort = length <= characters.most && length / 2 >= characters.least;
    if (!isShort && !isBetween([...text].length, characters)) return false;
    const isSmall = length * 3 <= bytes.most && length >= bytes.least;
    if (!isSmall && !isBetween(Buffer.byteLength(text), bytes)) return false;
    return pattern === undefined || pattern.test(text);
  };
}

const isBetween = (size: number, { least, most }: Bounds): boolean => size >= least && size <= most;

function numberCheck(given: Given): Check {
  const { gt, gte, lt, lte } = given as Readonly<Record<string, number | bigint | undefined>>;
  const onlyFinite = given["finite"] === true;
  return (it) => {
    const value = it as number | bigint;
    if (onlyFinite && !Number.isFinite(value)) return false;
    if ((gt !== undefined && !(value > gt)) || (gte !== undefined && !(value >= gte))) return false;
    return (lt === undefined || value < lt) && (lte === undefined || value <= lte);
  };
}

function enumCheck(given: Given, of: DescEnum | undefined): Check {
  const taken = given["in"] as readonly number[] | undefined;
  const refused = (given["not_in"] ?? []) as readonly number[];
  const isAnyTaken = given["defined_only"] !== true;
  return (it) => {
    const value = it as number;
    return (
      (isAnyTaken || of?.value[value] !== undefined) && (taken?.includes(value) ?? true) && !refused.includes(value)
    );
  };
}
