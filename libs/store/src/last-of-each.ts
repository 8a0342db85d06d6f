import type { Filter } from "./filter.ts";
import type { Collection, Document, Query } from "./port.ts";

/** An entry of a history: what a change left of a thing. */
export interface HistoryEntry {
  /** Which thing it is of. */
  readonly of: string;
  /** Which of its changes. */
  readonly revision: number;
}

/** Which entries, and where their list goes on. */
export interface LastOfEachQuery<T> {
  /** Which things: those whose name begins so. */
  readonly prefix: string;
  /** Which of their entries are looked at. */
  readonly where: Filter<T>;
  /** Whether a last entry is part of the list. Left out: all are. */
  readonly keep?: (entry: Document<T>) => boolean;
  /** Name of the thing behind which to go on. */
  readonly after?: string;
  readonly limit: number;
}

/** Entries that are read at a time. */
const ENTRIES_MAX = 1_000;

/**
 * The last entry of each thing, by name: with a condition on the time of the entries what there was at that time. It needs an index
 * over `of` and `revision`, and reads all entries of what it lists. `next` is absent on the last page.
 */
export async function lastOfEach<T extends HistoryEntry>(
  entries: Collection<T>,
  { prefix, where, keep = () => true, after, limit }: LastOfEachQuery<T>,
): Promise<{ readonly entries: readonly Document<T>[]; readonly next?: string }> {
  // The compiler cannot tell that the fields of an entry are fields of T.
  const behind = after === undefined ? [] : [{ field: "of", gt: after }];
  const query = {
    where: { and: [{ field: "of", prefix }, ...behind, where] },
    orderBy: [{ field: "of" }, { field: "revision" }],
    limit: ENTRIES_MAX,
  } as unknown as Query<T>;
  const found: Document<T>[] = [];
  let last: Document<T> | undefined;
  for (let position: string | undefined, isMore = true; isMore; ) {
    const page = await entries.find({ ...query, ...(position !== undefined && { after: position }) });
    for (const entry of page.documents) {
      if (last !== undefined && last.value.of !== entry.value.of && keep(last)) found.push(last);
      if (found.length >= limit) return { entries: found, next: last?.value.of ?? "" };
      last = entry;
    }
    position = page.next;
    isMore = position !== undefined;
  }
  if (last !== undefined && keep(last)) found.push(last);
  return { entries: found };
}
