import { tagsExhausted } from "./model-errors.ts";

/** Most tags of one thing. */
const TAGS_MAX = 1_000;

/** Tags to set, and keys of tags to remove. An empty etag is not checked. */
export interface TagChange {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly removedKeys: readonly string[];
  readonly etag: string;
  readonly reason: string;
}

/** The tags after a change. A key that is both removed and set is there. Fails with TAGS_EXHAUSTED. */
export function changedTags(
  before: Readonly<Record<string, string>>,
  { name, tags, removedKeys }: Pick<TagChange, "name" | "tags" | "removedKeys">,
): Readonly<Record<string, string>> {
  const after = new Map(Object.entries(before));
  for (const key of removedKeys) after.delete(key);
  for (const [key, value] of Object.entries(tags)) after.set(key, value);
  if (after.size > TAGS_MAX) throw tagsExhausted(name, TAGS_MAX);
  return Object.fromEntries([...after].sort(([a], [b]) => (a < b ? -1 : 1)));
}
