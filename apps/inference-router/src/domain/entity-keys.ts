import { type DomainError, invalidField } from "@throughline/kernel";
import type { BoundFeatures, Entity } from "./features.ts";

/** The refusal of a row that lacks a key by which its features are found, before anything is looked up; undefined if it has all. */
export function keysLacking(
  { keyFields: keys }: Pick<BoundFeatures, "keyFields">,
  entity: Entity,
): DomainError | undefined {
  const lacking = keys.filter((it) => !Object.hasOwn(entity, it));
  return lacking.length === 0 ? undefined : entityKeyMissing({ lacking, keys, given: Object.keys(entity) });
}

/** Names of fields that a message has, and characters of each. */
const [FIELDS_MAX, FIELD_LENGTH_MAX] = [10, 100];

/** A row cannot be looked up. */
const entityKeyMissing = (it: {
  readonly lacking: readonly string[];
  readonly keys: readonly string[];
  readonly given: readonly string[];
}): DomainError =>
  invalidField(
    "entity",
    `it lacks ${fieldNames(it.lacking)}: features are found by ${fieldNames(it.keys)}, and given is ${fieldNames(it.given)}. Send a null for what is not known.`,
    "ENTITY_KEY_MISSING",
  );

function fieldNames(names: readonly string[]): string {
  const more = names.length > FIELDS_MAX ? ` and ${names.length - FIELDS_MAX} more` : "";
  const shown = names.slice(0, FIELDS_MAX).map((it) => JSON.stringify(it.slice(0, FIELD_LENGTH_MAX)));
  return names.length === 0 ? "nothing" : `${shown.join(", ")}${more}`;
}
