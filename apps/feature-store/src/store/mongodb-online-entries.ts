import type { AggregateOptions, AnyBulkWriteOperation, ClientSession, Collection, Db, FindOptions } from "mongodb";
import type { OnlineAnswers, OnlineEntry, OnlineQuestions, Seek, SeriesChange, Span } from "../domain/online-store.ts";
import { entryKey, LEAST_NS, MOST_NS, newestKey, seriesOfKey, timeOfKey } from "./mongodb-online-keys.ts";
import { type KnownSeries, type SeriesDecision, seriesKey } from "./online-decision.ts";

/** An entry: the key is that of its series and then the time with its sign turned, big-endian. */
interface StoredEntry {
  readonly _id: Uint8Array;
  readonly v: Uint8Array;
}

/** The newest entry of a series once more, under the key of the series alone. */
interface StoredNewest {
  readonly _id: Uint8Array;
  readonly t: bigint;
  readonly v: Uint8Array;
}

/** A note. The count of its changes makes every one of them a write, so that two at once always meet. */
interface StoredNote {
  readonly _id: string;
  readonly text: string;
  readonly changes: number;
}

/** The collections of an online store. Their names are not those of any collection of documents. */
export interface OnlineCollections {
  readonly entries: Collection<StoredEntry>;
  readonly newest: Collection<StoredNewest>;
  readonly notes: Collection<StoredNote>;
}

export const COLLECTION_NAMES = { entries: "online_entries", newest: "online_newest", notes: "online_notes" } as const;

export const onlineCollections = (db: Db): OnlineCollections => ({
  entries: db.collection(COLLECTION_NAMES.entries),
  newest: db.collection(COLLECTION_NAMES.newest),
  notes: db.collection(COLLECTION_NAMES.notes),
});

/** Where reads belong: a transaction, or a session that gives all of them the same snapshot. */
export interface Scope extends Pick<FindOptions & AggregateOptions, "readConcern"> {
  readonly session: ClientSession;
}

/** Series that one query names. */
const SERIES_MAX = 5_000;
/** Ranges of keys that one query names. */
const RANGES_MAX = 1_000;
/** Documents that the server sends at a time; it ends a batch at 16 MiB anyway. */
const BATCH = 10_000;

/** Two round trips at most: the newest entries, which answer most questions; then whatever lies before them. */
export async function answer(of: OnlineCollections, scope: Scope, asked: OnlineQuestions): Promise<OnlineAnswers> {
  const { seeks, spans } = asked;
  const newest = await newestOf(of, scope, seeks.map(seriesOf));
  const older = seeks.filter((it) => isAfter(newest.get(seriesKey(it.series)), it.timeNs));
  // The first query gives the session its snapshot; without one nothing is older, and the second of these asks nothing.
  const [found, held] = await Promise.all([within(of, scope, spans), lastUntilApart(of, scope, older)]);
  const heldOf = new Map(older.map((it, i) => [it, held[i]]));
  return {
    seeks: seeks.map((it) => (heldOf.has(it) ? heldOf.get(it) : newest.get(seriesKey(it.series)))),
    spans: found,
  };
}

/** So few questions that the server answers each by itself sooner than all in one query. */
const APART_MAX = 16;

/** As `lastUntil`, with queries side by side: not in a transaction. */
async function lastUntilApart(
  of: OnlineCollections,
  scope: Scope,
  seeks: readonly Seek[],
): Promise<readonly (OnlineEntry | undefined)[]> {
  if (seeks.length > APART_MAX) return lastUntil(of, scope, seeks);
  return Promise.all(
    seeks.map(async ({ series, timeNs }) => {
      const range = { $gte: entryKey(series, LEAST_NS), $lte: entryKey(series, timeNs) };
      const found = await of.entries.findOne({ _id: range }, { ...scope, sort: { _id: -1 } });
      return entryOf(found ?? undefined);
    }),
  );
}

/** What is there of the series that changes are about. Its queries go one after the other, as a transaction needs it. */
export async function knownOf(
  of: OnlineCollections,
  scope: Scope,
  changes: readonly SeriesChange[],
): Promise<ReadonlyMap<string, KnownSeries>> {
  const asked = new Map<string, Pick<SeriesChange, "series" | "fromNs">>();
  for (const it of changes) {
    const key = seriesKey(it.series);
    const fromNs = asked.get(key)?.fromNs;
    if (fromNs === undefined || it.fromNs < fromNs) asked.set(key, it);
  }
  const newest = await newestOf(of, scope, [...asked.values()].map(seriesOf));
  const late = [...asked].filter(([key, { fromNs }]) => isAfter(newest.get(key), fromNs - 1n)).map(([, it]) => it);
  const early = late.filter((it) => it.fromNs > LEAST_NS);
  const held = await lastUntil(
    of,
    scope,
    early.map(({ series, fromNs }) => ({ series, timeNs: fromNs - 1n })),
  );
  const found = await within(
    of,
    scope,
    late.map(({ series, fromNs }) => ({ series, fromNs, untilNs: MOST_NS })),
  );
  const before = new Map(early.map((it, i) => [seriesKey(it.series), held[i]]));
  const entries = new Map(late.map((it, i) => [seriesKey(it.series), found[i] ?? []]));
  return new Map(
    [...asked].map(([key, { series, fromNs }]) => {
      const after = entries.get(key);
      const tail = after ? { before: before.get(key), entries: after } : { before: newest.get(key), entries: [] };
      return [key, { series, fromNs, tail }];
    }),
  );
}

const seriesOf = (it: { readonly series: Uint8Array }): Uint8Array => it.series;

const isAfter = (entry: OnlineEntry | undefined, timeNs: bigint): boolean =>
  entry !== undefined && entry.timeNs > timeNs;

async function newestOf(
  { newest }: OnlineCollections,
  scope: Scope,
  series: readonly Uint8Array[],
): Promise<ReadonlyMap<string, OnlineEntry>> {
  const found = new Map<string, OnlineEntry>();
  const wanted = [...new Map(series.map((it) => [seriesKey(it), it])).values()];
  for (const some of parts(wanted, SERIES_MAX)) {
    const cursor = newest.find({ _id: { $in: some.map(newestKey) } }, { ...scope, batchSize: BATCH });
    for (const { _id, t, v } of await cursor.toArray()) found.set(seriesKey(seriesOfKey(_id)), { timeNs: t, value: v });
  }
  return found;
}

/**
 * The entries that hold at times before the newest entries of their series. The server looks each of them up in the index;
 * the questions come to it in one query, which begins at a document that is known to be there.
 */
async function lastUntil(
  { newest }: OnlineCollections,
  scope: Scope,
  seeks: readonly Seek[],
): Promise<readonly (OnlineEntry | undefined)[]> {
  const found: (OnlineEntry | undefined)[] = [];
  for (const some of parts(seeks, RANGES_MAX)) {
    const asked = some.map(({ series, timeNs }, n) => ({
      n,
      from: entryKey(series, LEAST_NS),
      until: entryKey(series, timeNs),
    }));
    const answers = newest.aggregate<{ asked: { n: number }; found: StoredEntry[] }>(
      [
        { $match: { _id: newestKey(some[0]?.series ?? Buffer.of()) } },
        { $project: { _id: 0, asked: { $literal: asked } } },
        { $unwind: "$asked" },
        LOOK_UP_LAST,
        { $project: { "asked.n": 1, found: 1 } },
      ],
      { ...scope, batchSize: BATCH },
    );
    const held = new Map((await answers.toArray()).map((it) => [it.asked.n, it.found[0]]));
    found.push(...some.map((_, n) => entryOf(held.get(n))));
  }
  return found;
}

const LOOK_UP_LAST = {
  $lookup: {
    from: COLLECTION_NAMES.entries,
    let: { from: "$asked.from", until: "$asked.until" },
    pipeline: [
      { $match: { $expr: { $and: [{ $gte: ["$_id", "$$from"] }, { $lte: ["$_id", "$$until"] }] } } },
      { $sort: { _id: -1 } },
      { $limit: 1 },
    ],
    as: "found",
  },
};

/** Ranges of several questions may meet: each entry comes once, and answers all of them. */
async function within(
  { entries }: OnlineCollections,
  scope: Scope,
  spans: readonly Span[],
): Promise<readonly (readonly OnlineEntry[])[]> {
  const found: (readonly OnlineEntry[])[] = [];
  for (const some of parts(spans, RANGES_MAX)) {
    const ranges = some.map(({ series, fromNs, untilNs }) => ({
      _id: { $gte: entryKey(series, fromNs), $lte: entryKey(series, untilNs) },
    }));
    const documents = await entries.find({ $or: ranges }, { ...scope, batchSize: BATCH }).toArray();
    const bySeries = Map.groupBy(documents, ({ _id }) => seriesKey(seriesOfKey(_id)));
    const ordered = new Map([...bySeries].map(([key, of]) => [key, inOrder(of)]));
    for (const { series, fromNs, untilNs } of some) {
      const of = ordered.get(seriesKey(series)) ?? [];
      found.push(of.filter((it) => it.timeNs >= fromNs && it.timeNs <= untilNs));
    }
  }
  return found;
}

const inOrder = (documents: readonly StoredEntry[]): readonly OnlineEntry[] =>
  documents.flatMap((it) => entryOf(it) ?? []).sort((a, b) => (a.timeNs < b.timeNs ? -1 : 1));

/** Writes what was decided, as part of a transaction. */
export async function writeDecided(
  { entries, newest }: OnlineCollections,
  session: ClientSession,
  decided: readonly SeriesDecision[],
): Promise<void> {
  const ofEntries: AnyBulkWriteOperation<StoredEntry>[] = [];
  const ofNewest: AnyBulkWriteOperation<StoredNewest>[] = [];
  for (const { series, added, replaced, removedNs, ...rest } of decided) {
    const idOf = (timeNs: bigint): Buffer => entryKey(series, timeNs);
    for (const it of added) ofEntries.push({ insertOne: { document: { _id: idOf(it.timeNs), v: it.value } } });
    for (const it of replaced)
      ofEntries.push({ replaceOne: { filter: { _id: idOf(it.timeNs) }, replacement: { v: it.value } } });
    for (const it of removedNs) ofEntries.push({ deleteOne: { filter: { _id: idOf(it) } } });
    if (rest.newest === rest.newestBefore) continue;
    ofNewest.push(newestWrite(newestKey(series), rest));
  }
  const options = { session, ordered: false };
  if (ofEntries.length > 0) await entries.bulkWrite(ofEntries, options);
  if (ofNewest.length > 0) await newest.bulkWrite(ofNewest, options);
}

function newestWrite(
  _id: Uint8Array,
  { newest, newestBefore }: Pick<SeriesDecision, "newest" | "newestBefore">,
): AnyBulkWriteOperation<StoredNewest> {
  if (!newest) return { deleteOne: { filter: { _id } } };
  const fields = { t: newest.timeNs, v: newest.value };
  if (newestBefore) return { replaceOne: { filter: { _id }, replacement: fields } };
  return { insertOne: { document: { _id, ...fields } } };
}

const entryOf = (stored: StoredEntry | undefined): OnlineEntry | undefined =>
  stored && { timeNs: timeOfKey(stored._id), value: stored.v };

function parts<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}
