import { DomainError } from "@throughline/kernel";
import type { Db, MongoClient } from "mongodb";
import { checkBatch, checkDefinition, checkName, collectionOn, targetOf } from "../collection.ts";
import { atWrite, invalidCall, storageUnavailable, storeClosed } from "../errors.ts";
import { checkPoints, seriesOn } from "../points.ts";
import type { Store, Write } from "../port.ts";
import { searchIndexOn } from "../search-index.ts";
import { connectMongodb } from "./connection.ts";
import { documentReader } from "./documents.ts";
import { asMongodbFailure } from "./failure.ts";
import { createCollection } from "./schema.ts";
import { createSearchIndex, searchAction, searchReader } from "./search.ts";
import { appendAction, createSeries, seriesReader } from "./series.ts";
import { type Action, documentAction } from "./writes.ts";

/** How long a batch is tried again when it meets other writers of the same documents. */
const CONTENTION_MS_MAX = 10_000;

/**
 * Opens the store in the database that the URL names. It must belong to a replica set (of one node at least) or a
 * sharded cluster, since batches are transactions. Fails with STORAGE_UNAVAILABLE and REPLICA_SET_NEEDED.
 */
export async function openMongodbStore(url: string): Promise<Store> {
  const { client, db } = await connectMongodb(url, { appName: "throughline" });
  return storeOn(client, db);
}

function storeOn(client: MongoClient, db: Db): Store {
  const things = registry();
  const underWay = new Set<Promise<unknown>>();
  let closing: Promise<void> | undefined;

  const assertOpen = () => {
    if (closing) throw storeClosed();
  };

  const batch: Store["batch"] = async (writes) => {
    assertOpen();
    checkBatch(writes);
    const written = write(writes);
    underWay.add(written);
    return written.finally(() => underWay.delete(written));
  };

  const write: Store["batch"] = async (writes) => {
    const actions = writes.map(actionOf);
    try {
      for (const key of new Set(writes.map(targetOf))) await things.readyOf(key)();
      return await apply(client, db, actions);
    } catch (error) {
      throw asMongodbFailure(error, true);
    }
  };

  return {
    kind: "mongodb",
    collection(definition) {
      assertOpen();
      const create = () => createCollection(db, definition);
      const ready = things.open(definition.name, checkDefinition(definition), create);
      return collectionOn(definition.name, guarded(documentReader(db, definition.name), ready), batch);
    },
    series(name) {
      assertOpen();
      checkName(name);
      const ready = things.open(`series ${name}`, "", () => createSeries(db, name));
      return seriesOn(name, guarded(seriesReader(db, name), ready), (write) => batch([write]));
    },
    searchIndex(name) {
      assertOpen();
      checkName(name);
      const ready = things.open(`search index ${name}`, "", () => createSearchIndex(db, name));
      return searchIndexOn(name, guarded(searchReader(db, name), ready));
    },
    batch,
    async ping() {
      assertOpen();
      await db.command({ ping: 1 }).catch((error: unknown) => {
        throw asMongodbFailure(error, false);
      });
    },
    close() {
      closing ??= Promise.allSettled(underWay).then(() => client.close());
      return closing;
    },
  };
}

/** Remembers which collections and series were opened, and how to wait until each is there. */
function registry() {
  const opened = new Map<string, { readonly definition: string; readonly ready: () => Promise<void> }>();
  return {
    open(key: string, definition: string, create: () => Promise<void>): () => Promise<void> {
      const known = opened.get(key);
      if (known !== undefined && known.definition !== definition)
        throw invalidCall("definition", `${key} is already open with another definition`);
      const ready = known?.ready ?? onceDone(create);
      opened.set(key, { definition, ready });
      return ready;
    },
    readyOf(key: string): () => Promise<void> {
      const known = opened.get(key);
      if (known === undefined) throw invalidCall("writes", `${key} was not opened in this store`);
      return known.ready;
    },
  };
}

/** One write is atomic by itself; several are one transaction, which MongoDB may ask to try again. */
async function apply(client: MongoClient, db: Db, actions: readonly Action[]): Promise<readonly number[]> {
  if (actions.length === 0) return [];
  const [single] = actions;
  if (single !== undefined && actions.length === 1) return [await single({ db })];
  const deadline = Date.now() + CONTENTION_MS_MAX;
  return client.withSession((session) =>
    session.withTransaction(
      async () => {
        if (Date.now() > deadline) throw storageUnavailable("other writers keep changing the same documents");
        const revisions: number[] = [];
        for (const action of actions) revisions.push(await action({ db, session }));
        return revisions;
      },
      { readConcern: { level: "snapshot" }, writeConcern: { w: "majority", journal: true, wtimeoutMS: 10_000 } },
    ),
  );
}

/** Checks and encodes a write, and tells which write of the batch fails. */
function actionOf(write: Write, index: number): Action {
  const numbered = (error: unknown) => (error instanceof DomainError ? atWrite(error, index) : error);
  try {
    if (write.kind === "append") checkPoints(write.points);
    const action =
      write.kind === "append" ? appendAction(write) : "index" in write ? searchAction(write) : documentAction(write);
    return (context) =>
      action(context).catch((error: unknown) => {
        throw numbered(error);
      });
  } catch (error) {
    throw numbered(error);
  }
}

/** Does something once, and again only after it failed. */
function onceDone(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work().catch((error: unknown) => {
      done = undefined;
      throw error;
    });
    return done;
  };
}

/** Makes a reader wait until its collection is there, and say failures in the words of the port. */
function guarded<Reader extends object>(reader: Reader, ready: () => Promise<void>): Reader {
  const entries = Object.entries(reader).map(([name, method]) => [
    name,
    async (...args: unknown[]) => {
      try {
        await ready();
        return await (method as (...args: unknown[]) => Promise<unknown>)(...args);
      } catch (error) {
        throw asMongodbFailure(error, false);
      }
    },
  ]);
  return Object.fromEntries(entries) as Reader;
}
