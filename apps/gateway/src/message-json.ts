import {
  type DescEnum,
  type DescMessage,
  fromJson,
  type JsonValue,
  type Message,
  type Registry,
} from "@bufbuild/protobuf";
import { DomainError, type FieldViolation } from "@throughline/kernel";
import { inexactValues } from "./exact-values.ts";
import { isWellKnown, type JsonMessage, type Leaf, noSuchField, pathText, visitLeaves } from "./json-leaves.ts";

const VIOLATIONS_MAX = 50;
/** Most characters of a wrong value that are told. */
const SHOWN_MAX = 60;

/** Reads a message from JSON. Fails with INVALID_FIELD and the path of every value that does not fit or is not exact. */
export function messageFromJson(schema: DescMessage, json: JsonValue, registry: Registry): Message {
  const inexact = inexactValues({ schema, json });
  if (inexact.length > 0) throw misfit(inexact);
  try {
    return fromJson(schema, json, { registry });
  } catch (cause) {
    throw misfit(misfits({ schema, json }, registry), cause);
  }
}

function misfit(all: readonly FieldViolation[], cause?: unknown): DomainError {
  const violations = all.slice(0, VIOLATIONS_MAX);
  const text = violations.map((it) => `${it.path}: ${it.description}`).join("; ");
  const more = all.length > violations.length ? `; and ${all.length - violations.length} more` : "";
  return new DomainError("invalid", "INVALID_FIELD", `${text}${more}`, {
    metadata: { field: violations[0]?.path ?? "" },
    violations,
    cause,
  });
}

/** Finds what does not fit by trying each value by itself. Only runs when the whole has failed. */
function misfits(message: JsonMessage, registry: Registry): FieldViolation[] {
  const found: FieldViolation[] = [];
  visitLeaves(message, (leaf) => {
    const description = leaf.field ? whyMisfit(leaf, registry) : noSuchField(leaf.parent);
    if (description !== undefined) found.push({ path: pathText(leaf.place), description });
  });
  if (found.length > 0) return found;
  // Every value fits, and yet the whole does not: one is given under two names, say, or two of a choice.
  return [{ path: "body", description: failureOf(message.schema, message.json, registry) ?? "is wrong" }];
}

function whyMisfit({ parent, field, value, isItem }: Leaf, registry: Registry): string | undefined {
  if (!field) return undefined;
  const isMessage = field.message !== undefined && (isItem || field.fieldKind === "message");
  if (isMessage && (isWellKnown(field.message) || isItem)) return failureOf(field.message, value, registry);
  const failure = failureOf(parent, { [field.name]: isItem ? wrapped(field.fieldKind, value) : value }, registry);
  return failure !== undefined && field.enum ? noneOf(field.enum, value) : failure;
}

/** An enum's value that it does not have, beside those that say something. */
function noneOf({ values }: DescEnum, value: JsonValue): string {
  const names = values.filter((it) => it.number !== 0).map((it) => it.name);
  return `${JSON.stringify(value).slice(0, SHOWN_MAX)} is none of ${names.join(", ")}`;
}

/** One item of a list or map of scalars, in a shape that can be tried. */
const wrapped = (kind: string, item: JsonValue): JsonValue => (kind === "list" ? [item] : { "0": item });

function failureOf(schema: DescMessage, json: JsonValue, registry: Registry): string | undefined {
  try {
    fromJson(schema, json, { registry });
    return undefined;
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).replace(/^cannot decode .* from JSON: /, "");
  }
}
