import type { OnlineChange, OnlineEntry, SeriesChange, SeriesTail } from "../domain/online-store.ts";

/** What is there of a series that changes. */
export interface KnownSeries {
  readonly series: Uint8Array;
  /** The least time from which a change of the group asks for it. */
  readonly fromNs: bigint;
  /** The entry before that time, and all entries from it on. */
  readonly tail: SeriesTail;
}

/** What became of one change of a group: see OnlineStore.apply. */
export type Outcome = { readonly written: number | undefined } | { readonly error: unknown };

/** What a group of changes comes to. */
export interface Decision {
  /** In the order of the changes. */
  readonly outcomes: readonly Outcome[];
  /** The note after the last of them, or undefined if none is applied. */
  readonly note: string | undefined;
  readonly series: readonly SeriesDecision[];
}

/** What of a series is not as it was. */
export interface SeriesDecision {
  readonly series: Uint8Array;
  readonly added: readonly OnlineEntry[];
  readonly replaced: readonly OnlineEntry[];
  readonly removedNs: readonly bigint[];
  /** The newest entry before and after; undefined where there is none. The same object if it is the same entry. */
  readonly newestBefore: OnlineEntry | undefined;
  readonly newest: OnlineEntry | undefined;
}

/** The name of a series in a map: its bytes, one character each. */
export const seriesKey = (series: Uint8Array): string =>
  Buffer.from(series.buffer, series.byteOffset, series.byteLength).toString("latin1");

/**
 * Decides changes under one note as if they were applied one after the other, so that they can be written at once. A change
 * that throws is left out, wholly, and those behind it go on without it.
 */
export function decide(
  changes: readonly OnlineChange[],
  noteBefore: string | undefined,
  known: ReadonlyMap<string, KnownSeries>,
): Decision {
  const drafts = new Map([...known].map(([key, it]) => [key, it.tail.entries]));
  let note = noteBefore;
  let isApplied = false;
  const outcomes = changes.map((change): Outcome => {
    try {
      const next = change.state.advance(note);
      if (next === undefined) return { written: undefined };
      const edited = change.changes.map((it) => editedBy(it, known, drafts));
      for (const { key, entries } of edited) drafts.set(key, entries);
      note = next;
      isApplied = true;
      return { written: edited.reduce((sum, it) => sum + it.editCount, 0) };
    } catch (error) {
      return { error };
    }
  });
  const series = [...known].map(([key, it]) => differenceOf(it, drafts.get(key) ?? it.tail.entries));
  return { outcomes, note: isApplied ? note : undefined, series: series.flatMap((it) => it ?? []) };
}

type Drafts = ReadonlyMap<string, readonly OnlineEntry[]>;

function editedBy({ series, fromNs, edit }: SeriesChange, known: ReadonlyMap<string, KnownSeries>, drafts: Drafts) {
  const key = seriesKey(series);
  const draft = drafts.get(key) ?? [];
  const split = draft.findIndex((it) => it.timeNs >= fromNs);
  const at = split < 0 ? draft.length : split;
  const tail = { before: draft[at - 1] ?? known.get(key)?.tail.before, entries: draft.slice(at) };
  const edits = edit(tail);
  if (edits.length === 0) return { key, entries: draft, editCount: 0 };
  const left = new Map(tail.entries.map((it) => [it.timeNs, it]));
  for (const { timeNs, value } of edits) {
    if (timeNs < fromNs)
      throw new Error(`an edit at ${timeNs} lies before ${fromNs}, from which its change was asked for`);
    if (value === undefined) left.delete(timeNs);
    else left.set(timeNs, { timeNs, value });
  }
  const after = [...left.values()].sort((a, b) => (a.timeNs < b.timeNs ? -1 : 1));
  return { key, entries: [...draft.slice(0, at), ...after], editCount: edits.length };
}

function differenceOf({ series, tail }: KnownSeries, entries: readonly OnlineEntry[]): SeriesDecision | undefined {
  if (entries === tail.entries) return undefined;
  const before = new Map(tail.entries.map((it) => [it.timeNs, it]));
  const after = new Set(entries.map((it) => it.timeNs));
  const changed = entries.filter((it) => before.get(it.timeNs) !== it);
  return {
    series,
    added: changed.filter((it) => !before.has(it.timeNs)),
    replaced: changed.filter((it) => before.has(it.timeNs)),
    removedNs: tail.entries.map((it) => it.timeNs).filter((it) => !after.has(it)),
    newestBefore: tail.entries.at(-1) ?? tail.before,
    newest: entries.at(-1) ?? tail.before,
  };
}
