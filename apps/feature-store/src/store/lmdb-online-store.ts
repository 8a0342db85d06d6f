import { mkdir } from "node:fs/promises";
import { setTimeout as nextTimers } from "node:timers/promises";
import { open, type RootDatabase } from "lmdb";
import type { LayoutRemoval } from "../domain/generation-log.ts";
import type {
  OnlineChange,
  OnlineEntry,
  OnlineStore,
  Seek,
  SeriesChange,
  SeriesEdit,
  SeriesTail,
  Span,
} from "../domain/online-store.ts";
import { type Keep, keeping } from "./kept-entries.ts";
import {
  bufferOf,
  entryKey,
  newestKeyOf,
  newestValue,
  SIGN,
  seriesPrefix,
  stateKey,
  TIME_BYTES,
  timeOf,
} from "./lmdb-online-keys.ts";
import { removeLayout } from "./lmdb-online-removal.ts";

/** Bytes of address space that the file may take. It is sparse: only what is written takes room on the disk. */
const MAP_BYTES = 64 * 1024 ** 3;
type Database = RootDatabase<Buffer, Buffer>;

/**
 * Opens the embedded online store in a folder. One process at a time may use it.
 *
 * A key is the series and then the time with its sign turned, big-endian, so that the order of keys is the order of times.
 * The newest entry of a series stands under the series alone: most reads ask for it, and a plain get is several times as
 * fast as a seek. Among the others it need not be, and where it is (stores of before have it in both places) it counts for
 * nothing. Reads go straight to the memory-mapped file.
 *
 * A commit survives the end of the process. A failure of the power may take the last ones since a flush away, whole and with their notes:
 * what the notes lack is brought online again from the segments.
 */
export async function openLmdbOnlineStore(dir: string): Promise<OnlineStore & LayoutRemoval> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const database: Database = open({
    path: dir,
    keyEncoding: "binary",
    encoding: "binary",
    mapSize: MAP_BYTES,
    noSubdir: false,
  });
  return {
    // Within one turn, and so within one read transaction.
    read: ({ seeks, spans }) => {
      const keep = keeping(seeks.length);
      return {
        seeks: seeks.map((it) => holding(database, it, keep)),
        spans: spans.map((it) => within(database, it)),
      };
    },
    apply: (change) => database.transaction(() => applied(database, change)),
    state: async (name) => database.get(stateKey(name))?.toString("utf8"),
    isShared: false,
    removeLayout: (id) => removeLayout(database, id),
    async flush() {
      await database.flushed;
    },
    async close() {
      // The driver lets its snapshot go in the next turn of timers, and fails if the file is closed by then.
      await nextTimers(0);
      await database.close();
    },
  };
}

function holding(database: Database, { series, timeNs }: Seek, keep: Keep): OnlineEntry | undefined {
  const found = database.getBinaryFast(newestKeyOf(series));
  if (!found) return undefined;
  const newest = keep(found);
  return newest.timeNs > timeNs ? lastUntil(database, seriesPrefix(series), timeNs) : newest;
}

function within(database: Database, { series, fromNs, untilNs }: Span): readonly OnlineEntry[] {
  const prefix = seriesPrefix(series);
  return entriesOf(database, prefix, { fromNs, untilNs, newest: newestOf(database, series) });
}

interface Range extends Pick<Span, "fromNs" | "untilNs"> {
  readonly newest: OnlineEntry | undefined;
}

function entriesOf(database: Database, prefix: Buffer, { fromNs, untilNs, newest }: Range): readonly OnlineEntry[] {
  if (!newest || newest.timeNs < fromNs) return [];
  const range = { start: entryKey(prefix, fromNs), end: entryKey(prefix, untilNs), inclusiveEnd: true };
  const entries = [...database.getRange(range)].map(({ key, value }) => ({ timeNs: timeOf(key), value }));
  if (newest.timeNs > untilNs) return entries;
  if (entries.at(-1)?.timeNs === newest.timeNs) entries.pop();
  return [...entries, newest];
}

function newestOf(database: Database, series: Uint8Array): OnlineEntry | undefined {
  // Memory of the driver, which holds until its next call: what is kept is copied.
  const found = database.getBinaryFast(newestKeyOf(series));
  return found && { timeNs: found.readBigInt64LE(0), value: copyOf(found, TIME_BYTES, found.length) };
}

/** `Buffer.slice` of these is a view. */
const copyOf = (of: Buffer, from: number, to: number): Uint8Array => Uint8Array.prototype.slice.call(of, from, to);

function lastUntil(database: Database, prefix: Buffer, timeNs: bigint): OnlineEntry | undefined {
  const range = { start: entryKey(prefix, timeNs), end: prefix, reverse: true, limit: 1 };
  for (const { key, value } of database.getRange(range)) return { timeNs: timeOf(key), value };
  return undefined;
}

/**
 * Everything is decided before anything is written: transactions that run in one turn share a commit, and an error thrown
 * in one does not take back what it wrote.
 */
function applied(database: Database, { changes, state }: OnlineChange): number | undefined {
  const key = stateKey(state.name);
  const note = state.advance(database.get(key)?.toString("utf8"));
  if (note === undefined) return undefined;
  const decided = changes.map((it) => decide(database, it));
  for (const it of decided) write(database, it);
  database.put(key, Buffer.from(note, "utf8"));
  return decided.reduce((sum, it) => sum + it.edits.length, 0);
}

interface Decided {
  readonly series: Uint8Array;
  readonly edits: readonly SeriesEdit[];
  /** The newest entry before and after the edits. */
  readonly newest: OnlineEntry | undefined;
  readonly last: OnlineEntry | undefined;
  /** True if no edit is about the newest entry of before. */
  readonly isKept: boolean;
}

function decide(database: Database, { series, fromNs, edit }: SeriesChange): Decided {
  const newest = newestOf(database, series);
  if (!newest || newest.timeNs < fromNs) {
    const tail = { before: newest, entries: NO_ENTRIES };
    const edits = edit(tail);
    return { series, edits, newest, last: newestAfter(tail, edits), isKept: true };
  }
  const prefix = seriesPrefix(series);
  const before = fromNs === -SIGN ? undefined : lastUntil(database, prefix, fromNs - 1n);
  const tail = { before, entries: entriesOf(database, prefix, { fromNs, untilNs: SIGN - 1n, newest }) };
  const edits = edit(tail);
  const isKept = !edits.some((it) => it.timeNs === newest.timeNs);
  return { series, edits, newest, last: newestAfter(tail, edits), isKept };
}

const NO_ENTRIES: readonly OnlineEntry[] = [];

function write(database: Database, { series, edits, newest, last, isKept }: Decided): void {
  if (edits.length === 0) return;
  const isAppended = edits.length === 1 && edits[0]?.timeNs === last?.timeNs;
  // A new entity, or one whose newest entry is replaced, needs no more than the place of its newest entry.
  const prefix = isAppended && (!newest || !isKept) ? undefined : seriesPrefix(series);
  for (const { timeNs, value } of prefix ? edits : []) {
    if (value === undefined) database.remove(entryKey(prefix as Buffer, timeNs));
    else if (timeNs !== last?.timeNs) database.put(entryKey(prefix as Buffer, timeNs), bufferOf(value));
  }
  if (last === newest) return;
  if (prefix && newest && isKept) database.put(entryKey(prefix, newest.timeNs), bufferOf(newest.value));
  // The driver copies keys, and keeps values until they are written.
  if (last) database.put(newestKeyOf(series), newestValue(last));
  else database.remove(newestKeyOf(series));
}

/** The newest entry once the edits are made. */
function newestAfter({ before, entries }: SeriesTail, edits: readonly SeriesEdit[]): OnlineEntry | undefined {
  const [only] = edits;
  if (!only) return entries.at(-1) ?? before;
  if (edits.length === 1 && entries.length === 0 && only.value) return { timeNs: only.timeNs, value: only.value };
  const left = new Map(entries.map((it) => [it.timeNs, it]));
  let last = before;
  for (const { timeNs, value } of edits) {
    if (value === undefined) left.delete(timeNs);
    else left.set(timeNs, { timeNs, value });
  }
  for (const it of left.values()) if (!last || it.timeNs > last.timeNs) last = it;
  return last;
}
