import { DomainError } from "@throughline/kernel";
import { asMongodbFailure, connectMongodb } from "@throughline/store/mongodb";
import { type ClientSession, type Db, type MongoClient, MongoServerError } from "mongodb";
import type { LayoutRemoval } from "../domain/generation-log.ts";
import type { OnlineAnswers, OnlineChange, OnlineQuestions, OnlineStore } from "../domain/online-store.ts";
import { groupCommit } from "./group-commit.ts";
import {
  answer,
  COLLECTION_NAMES,
  knownOf,
  type OnlineCollections,
  onlineCollections,
  writeDecided,
} from "./mongodb-online-entries.ts";
import { removeSeries } from "./mongodb-online-removal.ts";
import { decide, type Outcome } from "./online-decision.ts";

/** How long a group of changes is tried again when it meets those of other processes. */
const CONTENTION_MS_MAX = 10_000;
/**
 * The same for the first one under a note: a process that was killed may have left a transaction, which the server lets go a minute
 * later, and looks for every half minute. A call must not outlast its deadline for it.
 */
const FIRST_MS_MAX = 50_000;
/** When the store is opened, the transaction may be one of this very process before. Others wait longer before they remove a generation. */
const OPENING_MS_MAX = 85_000;

/** How long changes under a note are tried again. `openMs` tells how long the store is open. */
export const contentionMs = ({ isFirst, openMs }: { readonly isFirst: boolean; readonly openMs: number }): number =>
  isFirst ? Math.max(FIRST_MS_MAX, OPENING_MS_MAX - openMs) : CONTENTION_MS_MAX;

const DURABLE = { w: "majority", journal: true, wtimeoutMS: 10_000 } as const;
const SNAPSHOT = { level: "snapshot" } as const;

/** Materialisations write for longer than calls do. */
const OPTIONS = { appName: "throughline-online", socketTimeoutMS: 60_000, promoteBuffers: true } as const;

/**
 * Opens the online store in the MongoDB database that the URL names, beside whatever else is there. Any number of processes
 * may use it. It must belong to a replica set (of one node at least) or a sharded cluster of MongoDB 5.0 or later, since
 * changes are transactions and reads snapshots. Fails with STORAGE_UNAVAILABLE and REPLICA_SET_NEEDED.
 *
 * One document is one entry, and the newest of a series stands once more under the series alone, so that many of them are
 * read by their ids in one query. A change takes the note's document first: of two processes that change values under one
 * note, one finds itself in conflict before it has written anything, and decides anew from what the other one left.
 */
export async function openMongodbOnlineStore(url: string): Promise<OnlineStore & LayoutRemoval> {
  const { client, db } = await connectMongodb(url, OPTIONS);
  try {
    // A transaction cannot create collections on every server, so all are there before the first one.
    for (const it of Object.values(COLLECTION_NAMES)) await createIfMissing(db, it);
    return onlineStoreOn(client, db);
  } catch (error) {
    await client.close();
    throw asMongodbFailure(error, false);
  }
}

function onlineStoreOn(client: MongoClient, db: Db): OnlineStore & LayoutRemoval {
  const of = onlineCollections(db);
  /** Notes under which this process has changed something. */
  const changed = new Set<string>();
  const openedMs = performance.now();
  const line = groupCommit(async (changes) => {
    const name = changes[0]?.state.name ?? "";
    const retryMs = contentionMs({ isFirst: !changed.has(name), openMs: performance.now() - openedMs });
    const outcomes = await failing(true, () => commit(client, of, { changes, retryMs }));
    changed.add(name);
    return outcomes;
  });
  const reads = new Set<Promise<OnlineAnswers>>();
  let closing: Promise<void> | undefined;
  const read = async (questions: OnlineQuestions): Promise<OnlineAnswers> => {
    await using session = client.startSession({ snapshot: true });
    return await answer(of, { session, readConcern: SNAPSHOT }, questions);
  };
  return {
    read(questions) {
      const answers = failing(false, () => read(questions)).finally(() => reads.delete(answers));
      reads.add(answers);
      return answers;
    },
    apply: (change) => line.apply(change),
    state: (name) => failing(false, async () => (await of.notes.findOne({ _id: name }))?.text),
    isShared: true,
    removeLayout: (id) =>
      failing(true, async () => {
        // Those that began before have no snapshot until the server has answered them for the first time.
        await Promise.allSettled(reads);
        await removeSeries(db, Buffer.from(id, "hex"));
        await of.notes.deleteOne({ _id: id });
      }),
    // Every change waits for a majority and their journals.
    flush: async () => {},
    close() {
      closing ??= line.idle().then(() => client.close());
      return closing;
    },
  };
}

/** Commits changes under one note in one transaction, which MongoDB may ask to try again. */
async function commit(
  client: MongoClient,
  of: OnlineCollections,
  { changes, retryMs }: { readonly changes: readonly OnlineChange[]; readonly retryMs: number },
): Promise<readonly Outcome[]> {
  const deadline = Date.now() + retryMs;
  await using session = client.startSession();
  return await session.withTransaction(
    async () => {
      if (Date.now() > deadline) throw contention();
      return await decideAndWrite(of, session, changes);
    },
    { readConcern: SNAPSHOT, writeConcern: DURABLE },
  );
}

async function decideAndWrite(
  of: OnlineCollections,
  session: ClientSession,
  changes: readonly OnlineChange[],
): Promise<readonly Outcome[]> {
  const _id = changes[0]?.state.name ?? "";
  const before = await of.notes.findOne({ _id }, { session });
  const wanted = changes.flatMap((it) => it.changes);
  const { outcomes, note, series } = decide(changes, before?.text, await knownOf(of, { session }, wanted));
  if (note === undefined) return outcomes;
  await of.notes.updateOne({ _id }, { $set: { text: note }, $inc: { changes: 1 } }, { session, upsert: true });
  await writeDecided(of, session, series);
  return outcomes;
}

async function failing<T>(writing: boolean, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asMongodbFailure(error, writing);
  }
}

async function createIfMissing(db: Db, name: string): Promise<void> {
  try {
    await db.createCollection(name);
  } catch (error) {
    const namespaceExists = 48;
    if (!(error instanceof MongoServerError) || error.code !== namespaceExists) throw error;
  }
}

/** Other processes keep changing what is kept under the same note; nothing was written. */
const contention = (): DomainError =>
  new DomainError(
    "unavailable",
    "STORAGE_UNAVAILABLE",
    "The online store is busy: other processes keep changing the same values. Try again later.",
  );
