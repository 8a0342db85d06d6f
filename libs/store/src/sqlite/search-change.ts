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
  const set = [...(write.set?.keys() ?? [])];
  const values = Array.from(write.set?.values() ?? [], jsonOf);
  const unset = (write.unset ?? []).filter((name) => write.set?.has(name) !== true);
  return [write.subject, write.scope, set, values, unset];
}

export function readChange(text: string): SearchChange {
  const [subject, scope, set = [], values = [], unset = []] = JSON.parse(text) as Parts;
  return { subject, ...(scope !== undefined && { scope }), set, values: values.map(attributeOf), unset };
}

const jsonOf = (value: AttributeValue): Json =>
  typeof value === "number" && !Number.isFinite(value) ? [String(value)] : value;

const attributeOf = (json: Json): AttributeValue => (typeof json === "object" ? Number(json[0]) : json);
