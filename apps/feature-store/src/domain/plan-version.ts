import type { Change, Write } from "@throughline/store";
import type { Version, Versions } from "./catalog.ts";
import { type Described, type Description, type Descriptions, described, type Subject } from "./description.ts";
import { differingFields } from "./differing-fields.ts";

/** What becomes of a definition. */
export type ChangeAction = "add" | "newVersion" | "update" | "unchanged";

/** What becomes of one definition. */
export interface DefinitionChange {
  readonly name: string;
  readonly action: ChangeAction;
  /** 0 for entities, and for what is new. */
  readonly versionBefore: number;
  readonly version: number;
  readonly fields: readonly string[];
  readonly digest: string;
}

/** A definition that is thought through, but not made. */
export interface Planned<T> {
  readonly value: T;
  readonly change: DefinitionChange;
  readonly writes: readonly Write[];
}

/** What is said of something, and the rest without it. */
export function divided<T extends Description>(definition: T): readonly [Description, T] {
  const { description, owner, tags, freshnessTargetNs, costNote } = definition;
  const said = { description, owner, tags, costNote, ...(freshnessTargetNs !== undefined && { freshnessTargetNs }) };
  const { tags: _, freshnessTargetNs: __, costNote: ___, ...rest } = definition;
  return [said, { ...rest, description: "", owner: "" } as unknown as T];
}

/** A definition as it is wanted, and as it is. */
export interface PlannedVersion<T extends Version> {
  readonly name: string;
  readonly subject: Subject;
  readonly wanted: Omit<T, "version">;
  readonly current: T | undefined;
  readonly said: Description;
  readonly change: Change;
}

/** Makes a definition the current one: as the version that it is already, or as the next. */
export async function planVersion<T extends Version & { readonly description: string; readonly owner?: string }>(
  { descriptions }: { readonly descriptions: Descriptions },
  versions: Versions<T>,
  { name, subject, wanted, current, said, change }: PlannedVersion<T>,
): Promise<Planned<Described<T>>> {
  const kept = await descriptions.get(subject);
  const { applied, writes } = await versions.applying(wanted);
  const before = current && described(current, kept);
  const value: Described<T> = { ...applied, ...said };
  const isSaidAnew = differingFields(before && onlySaid(before), said).length > 0;
  const more = !before || isSaidAnew ? await descriptions.setting(subject, said, { current: kept, change }) : [];
  const action = !before ? "add" : writes.length > 0 ? "newVersion" : isSaidAnew ? "update" : "unchanged";
  const fields = before ? differingFields(comparable(before), comparable({ ...wanted, ...said })) : [];
  return {
    value,
    writes: [...writes, ...more],
    change: {
      name,
      action,
      versionBefore: current?.version ?? 0,
      version: applied.version,
      fields,
      digest: applied.digest,
    },
  };
}

const onlySaid = ({ description, owner, tags, freshnessTargetNs, costNote }: Description): Description => ({
  description,
  owner,
  tags,
  costNote,
  ...(freshnessTargetNs !== undefined && { freshnessTargetNs }),
});

/** Without what follows from the rest, or differs by itself. */
function comparable(it: object): object {
  const {
    version: _,
    digest: __,
    createTimeMs: ___,
    keys: ____,
    cost: _____,
    ...rest
  } = it as Readonly<Record<string, unknown>>;
  return rest;
}
