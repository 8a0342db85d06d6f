import { tagUnknown } from "./errors.ts";
import type { Key } from "./names.ts";
import type { Tracking } from "./ports.ts";
import { checkActive, nameOf, type Run } from "./run.ts";
import { storedRun } from "./runs.ts";

/** Removes tags of a run, all or none. Fails with NOT_FOUND, RUN_DELETED and TAG_UNKNOWN. */
export async function removeRunTags(tracking: Tracking, key: Key, tags: readonly string[]): Promise<void> {
  await tracking.commit(async () => {
    const before = await storedRun(tracking, key);
    return { change: { run: withoutTags(before, tags), runBefore: before }, response: {} };
  });
  tracking.changes.tell(key);
}

function withoutTags(run: Run, tags: readonly string[]): Run {
  checkActive(run);
  for (const key of tags) if (!Object.hasOwn(run.tags, key)) throw tagUnknown(nameOf(run), key);
  const removed = new Set(tags);
  const kept = Object.entries(run.tags).filter(([key]) => !removed.has(key));
  return { ...run, tags: Object.fromEntries(kept), revision: run.revision + 1 };
}
