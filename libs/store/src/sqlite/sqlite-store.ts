import { checkBatch, checkDefinition, checkName, collectionOn, targetOf } from "../collection.ts";
import { invalidCall } from "../errors.ts";
import { checkPoints, seriesOn } from "../points.ts";
import type { Store } from "../port.ts";
import { searchIndexOn } from "../search-index.ts";
import { openDatabase } from "./database.ts";
import { documentReader } from "./documents.ts";
import { encodeWrites } from "./encoded-write.ts";
import { asStorageFailure } from "./failure.ts";
import { createCollection } from "./schema.ts";
import { searchReader } from "./search.ts";
import { seriesReader } from "./series.ts";
import { settling } from "./settling.ts";
import { openWriter } from "./writer.ts";
import { targets } from "./writes.ts";

/**
 * Opens the store in the file at `path`, creating it and its folder if they are missing. The process that opens it is
 * its only writer until it closes it. Fails with STORAGE_LOCKED and STORAGE_FAILED.
 */
export function openSqliteStore(path: string): Store {
  const database = openDatabase(path);
  const writer = openWriter(path, database);
  const { points, index } = targets(database);
  const waiting = settling(writer);
  const opened = new Map<string, string>();
  let closing: Promise<void> | undefined;

  const batch: Store["batch"] = async (writes) => {
    writer.assertUsable();
    checkBatch(writes);
    for (const write of writes) {
      if (write.kind === "append") checkPoints(write.points);
      if (!opened.has(targetOf(write))) throw invalidCall("writes", `${targetOf(write)} was not opened in this store`);
    }
    if (writes.length === 0) return [];
    const encoded = encodeWrites(writes);
    const done = writer.batch(encoded);
    waiting.wrote(encoded);
    return done;
  };

  /** True the first time; the same name with another definition would silently lose indexes. */
  const opensFirst = (name: string, definition: string): boolean => {
    const known = opened.get(name);
    if (known !== undefined && known !== definition)
      throw invalidCall("definition", `${name} is already open with another definition`);
    opened.set(name, definition);
    return known === undefined;
  };

  return {
    kind: "sqlite",
    collection(definition) {
      writer.assertUsable();
      if (opensFirst(definition.name, checkDefinition(definition))) createCollection(database, definition);
      return collectionOn(definition.name, guarded(documentReader(database, definition), writer.assertUsable), batch);
    },
    series(name) {
      writer.assertUsable();
      checkName(name);
      const what = { kind: "series", name } as const;
      if (opensFirst(`series ${name}`, "")) {
        points.create(name);
        waiting.opened(what, points.waiting(name));
      }
      const removeSome = (prefix: string): Promise<boolean> => writer.removeSomeSeries(name, prefix);
      const { read, ...others } = seriesReader(database, name);
      const reader = { read, ...settledFirst(others, () => waiting.settled(what)), removeSome };
      return seriesOn(name, guarded(reader, writer.assertUsable), (write) => batch([write]));
    },
    searchIndex(name) {
      writer.assertUsable();
      checkName(name);
      const storage = index(name);
      const what = { kind: "index", name } as const;
      if (opensFirst(`search index ${name}`, "")) {
        storage.create();
        waiting.opened(what, storage.waiting());
      }
      const reader = settledFirst(searchReader(database, name, storage), () => waiting.settled(what));
      return searchIndexOn(name, guarded(reader, writer.assertUsable));
    },
    batch,
    ping: writer.ping,
    close() {
      closing ??= (async () => {
        try {
          await writer.close();
        } finally {
          database.close();
        }
      })();
      return closing;
    },
  };
}

/** Lets a reader begin once what was written before has been sorted in. */
const settledFirst = <Reader extends object>(reader: Reader, settled: () => Promise<void>): Reader =>
  wrapped(reader, async (read) => {
    await settled();
    return read();
  });

/** Makes a reader refuse to work when the store is closed or broken, and say failures in the words of the port. */
const guarded = <Reader extends object>(reader: Reader, assertUsable: () => void): Reader =>
  wrapped(reader, async (read) => {
    assertUsable();
    try {
      return await read();
    } catch (error) {
      throw asStorageFailure(error);
    }
  });

/** A reader with something around each of its methods, which are asynchronous. */
function wrapped<Reader extends object>(
  reader: Reader,
  around: (read: () => Promise<unknown>) => Promise<unknown>,
): Reader {
  const entries = Object.entries(reader).map(([name, method]) => [
    name,
    (...args: unknown[]) => around(async () => (method as (...args: unknown[]) => Promise<unknown>)(...args)),
  ]);
  return Object.fromEntries(entries) as Reader;
}
