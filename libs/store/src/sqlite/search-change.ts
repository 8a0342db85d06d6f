import type { AttributeValue, SearchWrite } from "../search.ts";

/** What becomes of a subject of a search index. */
export interface SearchChange {
  readonly subject: string;
  /** Absent: the subject is removed. */
  readonly scope?: string;
  /** Names, and in their order the values. */
  readonly set: readonly string[];
  readonly values: readonly AttributeValue[];
  readonly unset: readonly string[];
}

/** What JSON has no number for is a list of its text. */
type Json = string | number | boolean | readonly [text: string];

type Parts =
  | readonly [subject: string]
  | readonly [subject: string, scope: string, set: string[], values: Json[], unset: string[]];

/** A change as the text that is kept until it is sorted into the index. */
export function changeText(write: SearchWrite): string {
  return JSON.stringify(partsOf(write));
}

function partsOf(write: SearchWrite): Parts {
  if (write.kind === "unset") return [write.subject];
  const set: string[] = [];
  const values: Json[] = [];
  // Most changes are one metric: what makes lists of a map costs more than the rest of them.
  write.set?.forEach((value, name) => {
    set.push(name);
    values.push(jsonOf(value));
  });
  const unset = (write.unset ?? []).filter((name) => write.set?.has(name) !== true);
  return [write.subject, write.scope, set, values, unset];
}

export function readChange(text: string): SearchChange {
  const [subject, scope, set = [], values = [], unset = []] = JSON.parse(text) as Parts;
  return { subject, ...(scope !== undefined && { scope }), set, values: values.map(attributeOf), unset };
}

/** What becomes of a subject that stays in its scope, while more is said of it. */
interface Draft {
  readonly subject: string;
  readonly scope: string;
  readonly set: Map<string, AttributeValue>;
  readonly unset: Set<string>;
}

/**
 * The same changes in fewer: those of a subject are one, unless it moves or is removed in between. A run whose metrics come one by one is
 * so changed once.
 */
export function mergedChanges(changes: Iterable<SearchChange>): readonly SearchChange[] {
  const merged: SearchChange[] = [];
  const drafts = new Map<string, Draft>();
  const end = (subject: string): void => {
    const draft = drafts.get(subject);
    if (draft === undefined) return;
    drafts.delete(subject);
    merged.push(changeOf(draft));
  };
  for (const change of changes) {
    const { subject, scope } = change;
    if (drafts.get(subject)?.scope !== scope) end(subject);
    if (scope === undefined) merged.push(change);
    else {
      const draft = drafts.get(subject) ?? { subject, scope, set: new Map(), unset: new Set() };
      drafts.set(subject, draft);
      add(draft, change);
    }
  }
  for (const it of drafts.values()) merged.push(changeOf(it));
  return merged;
}

function add({ set, unset }: Draft, change: SearchChange): void {
  for (const [i, name] of change.set.entries()) {
    set.set(name, change.values[i] as AttributeValue);
    unset.delete(name);
  }
  for (const name of change.unset) {
    set.delete(name);
    unset.add(name);
  }
}

const changeOf = ({ subject, scope, set, unset }: Draft): SearchChange => ({
  subject,
  scope,
  set: [...set.keys()],
  values: [...set.values()],
  unset: [...unset],
});

const jsonOf = (value: AttributeValue): Json =>
  typeof value === "number" && !Number.isFinite(value) ? [String(value)] : value;

const attributeOf = (json: Json): AttributeValue => (typeof json === "object" ? Number(json[0]) : json);
