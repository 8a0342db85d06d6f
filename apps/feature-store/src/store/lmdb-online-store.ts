import { createHash } from "node:crypto";
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

/** Bytes of address space that the file may take. It is sparse: only what is written takes room on the disk. */
const MAP_BYTES = 64 * 1024 ** 3;
/** A longer series is known by its beginning and its SHA-256: LMDB's keys end at 1,978 bytes. */
const SERIES_BYTES_MAX = 1_024;
/** Bytes of the beginning: a layout's id at least, by which its series are found. */
const HEAD_BYTES = 32;
const TIME_BYTES = 8;
const SIGN = 1n << 63n;

/** First byte of every key. */
const KIND = { state: 0, entry: 1, newest: 2 } as const;

type Database = RootDatabase<Buffer, Buffer>;

/**
 * Opens the embedded online store in a folder. One process at a time may use it.
 *
 * A key is the series and then the time with its sign turned, big-endian, so that the order of keys is the order of times.
 * The newest entry of a series stands once more under the series alone: most reads ask for it, and a plain get is several
 * times as fast as a seek. Reads go straight to the memory-mapped file.
 *
 * A commit survives the end of the process. A failure of the power may take the last ones away, whole and with their notes:
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
    // Synchronous within one turn, and so within one read transaction.
    read: async ({ seeks, spans }) => ({
      seeks: seeks.map((it) => holding(database, it)),
      spans: spans.map((it) => within(database, it)),
    }),
    apply: (change) => database.transaction(() => applied(database, change)),
    state: async (name) => database.get(stateKey(name))?.toString("utf8"),
    isShared: false,
    removeLayout: (id) => removeLayout(database, id),
    async close() {
      // The driver lets its snapshot go in the next turn of timers, and fails if the file is closed by then.
      await nextTimers(0);
      await database.close();
    },
  };
}

function holding(database: Database, { series, timeNs }: Seek): OnlineEntry | undefined {
  const prefix = seriesPrefix(series);
  const newest = newestOf(database, prefix);
  return newest && newest.timeNs > timeNs ? lastUntil(database, prefix, timeNs) : newest;
}

const within = (database: Database, { series, fromNs, untilNs }: Span): readonly OnlineEntry[] =>
  entriesOf(database, seriesPrefix(series), { fromNs, untilNs });

function entriesOf(
  database: Database,
  prefix: Buffer,
  { fromNs, untilNs }: Pick<Span, "fromNs" | "untilNs">,
): readonly OnlineEntry[] {
  const range = { start: entryKey(prefix, fromNs), end: entryKey(prefix, untilNs), inclusiveEnd: true };
  return [...database.getRange(range)].map(({ key, value }) => ({ timeNs: timeOf(key), value }));
}

function newestOf(database: Database, prefix: Buffer): OnlineEntry | undefined {
  const found = database.get(newestKey(prefix));
  return found && { timeNs: found.readBigInt64LE(0), value: found.subarray(TIME_BYTES) };
}

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
  readonly prefix: Buffer;
  readonly edits: readonly SeriesEdit[];
  /** The newest entry before and after the edits. */
  readonly newest: OnlineEntry | undefined;
  readonly last: OnlineEntry | undefined;
}

function decide(database: Database, { series, fromNs, edit }: SeriesChange): Decided {
  const prefix = seriesPrefix(series);
  const newest = newestOf(database, prefix);
  const tail = !newest || newest.timeNs < fromNs ? { before: newest, entries: [] } : tailFrom(database, prefix, fromNs);
  const edits = edit(tail);
  return { prefix, edits, newest, last: newestAfter(tail, edits) };
}

function write(database: Database, { prefix, edits, newest, last }: Decided): void {
  for (const { timeNs, value } of edits) {
    const key = entryKey(prefix, timeNs);
    if (value === undefined) database.remove(key);
    else database.put(key, bufferOf(value));
  }
  if (last === undefined) database.remove(newestKey(prefix));
  else if (last !== newest) database.put(newestKey(prefix), Buffer.concat([timeBytes(last.timeNs), last.value]));
}

function tailFrom(database: Database, prefix: Buffer, fromNs: bigint): SeriesTail {
  const before = fromNs === -SIGN ? undefined : lastUntil(database, prefix, fromNs - 1n);
  return { before, entries: entriesOf(database, prefix, { fromNs, untilNs: SIGN - 1n }) };
}

/** The newest entry once the edits are made. */
function newestAfter({ before, entries }: SeriesTail, edits: readonly SeriesEdit[]): OnlineEntry | undefined {
  const left = new Map(entries.map((it) => [it.timeNs, it]));
  let last = before;
  for (const { timeNs, value } of edits) {
    if (value === undefined) left.delete(timeNs);
    else left.set(timeNs, { timeNs, value });
  }
  for (const it of left.values()) if (!last || it.timeNs > last.timeNs) last = it;
  return last;
}

/** Begins with its length, so that no series is the beginning of another. */
function seriesPrefix(series: Uint8Array): Buffer {
  const isLong = series.byteLength > SERIES_BYTES_MAX;
  const digest = isLong && createHash("sha256").update(series).digest();
  const content = digest ? Buffer.concat([series.subarray(0, HEAD_BYTES), digest]) : series;
  const prefix = Buffer.allocUnsafe(4 + content.byteLength);
  prefix.writeUInt8(KIND.entry, 0);
  prefix.writeUInt8(isLong ? 1 : 0, 1);
  prefix.writeUInt16BE(content.byteLength, 2);
  prefix.set(content, 4);
  return prefix;
}

function newestKey(prefix: Buffer): Buffer {
  const key = Buffer.from(prefix);
  key.writeUInt8(KIND.newest, 0);
  return key;
}

function entryKey(prefix: Buffer, timeNs: bigint): Buffer {
  const key = Buffer.allocUnsafe(prefix.byteLength + TIME_BYTES);
  key.set(prefix, 0);
  key.writeBigUInt64BE(BigInt.asUintN(64, timeNs + SIGN), prefix.byteLength);
  return key;
}

const timeOf = (key: Buffer): bigint => key.readBigUInt64BE(key.byteLength - TIME_BYTES) - SIGN;

function timeBytes(timeNs: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(TIME_BYTES);
  bytes.writeBigInt64LE(timeNs);
  return bytes;
}

const bufferOf = (value: Uint8Array): Buffer => Buffer.from(value.buffer, value.byteOffset, value.byteLength);

const stateKey = (name: string): Buffer =>
  Buffer.concat([Buffer.of(KIND.state), createHash("sha256").update(name).digest()]);

/** Keys that are removed in one transaction: so few that reads and writes in between wait for milliseconds. */
const REMOVED_MAX = 5_000;

async function removeLayout(database: Database, id: string): Promise<void> {
  const prefix = Buffer.from(id, "hex");
  for (const kind of [KIND.entry, KIND.newest]) {
    for (const long of [0, 1]) {
      const end = Buffer.of(kind, long + 1);
      for (let length: number | undefined = prefix.length; length !== undefined; ) {
        const head = headOf(kind, long, length);
        await removeRange(database, Buffer.concat([head, prefix]), Buffer.concat([head, following(prefix)]));
        // Keys are in the order of the lengths of their series: on to the next length that there is.
        const [next] = [...database.getKeys({ start: headOf(kind, long, length + 1), end, limit: 1 })] as Buffer[];
        length = next?.readUInt16BE(2);
      }
    }
  }
  await database.remove(stateKey(id));
}

async function removeRange(database: Database, start: Buffer, end: Buffer): Promise<void> {
  for (;;) {
    const keys = [...database.getKeys({ start, end, limit: REMOVED_MAX })] as Buffer[];
    await database.transaction(() => {
      for (const key of keys) database.remove(key);
    });
    if (keys.length < REMOVED_MAX) return;
  }
}

function headOf(kind: number, long: number, length: number): Buffer {
  const head = Buffer.of(kind, long, 0, 0);
  head.writeUInt16BE(length, 2);
  return head;
}

/** The least bytes of that length after all that begin with `prefix`, which is a digest and so not 0xff throughout. */
function following(prefix: Buffer): Buffer {
  const next = Buffer.from(prefix);
  for (let i = next.length - 1; i >= 0; i--) {
    next[i] = ((next[i] ?? 0) + 1) & 0xff;
    if (next[i] !== 0) break;
  }
  return next;
}
