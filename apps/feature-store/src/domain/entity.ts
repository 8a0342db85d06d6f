import { type Digest, digestOfJson } from "@throughline/kernel";
import { problems, refuseTwins } from "./problems.ts";
import { type Column, KEY_TYPES } from "./value-type.ts";

/** What features are about: the typed columns that name one of them, which never change. */
export interface Entity {
  readonly project: string;
  readonly id: string;
  readonly keys: readonly Column[];
  readonly description: string;
  readonly owner?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly digest: Digest;
  readonly createTimeMs: number;
}

/** What the author of an entity says. */
export type EntityDefinition = Pick<Entity, "keys" | "description" | "owner" | "tags">;

/** Fails with INVALID_FIELD and everything that is wrong. */
export function checkEntity({ keys }: EntityDefinition): void {
  const found = problems();
  const pathAt = (i: number): string => `entity.keys[${i}]`;
  refuseTwins(
    found,
    keys.map((it) => it.name),
    (i) => `${pathAt(i)}.name`,
  );
  keys.forEach(({ type }, i) => {
    if (!KEY_TYPES.includes(type))
      found.add(`${pathAt(i)}.type`, `${type} is no type of keys: ${KEY_TYPES.join(", ")}`);
  });
  found.throwIfAny();
}

/** SHA-256 of the canonical definition. */
export const entityDigest = ({ keys, description }: EntityDefinition): Digest =>
  digestOfJson({ keys: keys.map(({ name, type, description }) => ({ name, type, description })), description });
