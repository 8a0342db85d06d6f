import { checkBatch, checkDefinition, checkName, collectionOn, targetOf } from "../collection.ts";
import { invalidCall } from "../errors.ts";
import { checkPoints, seriesOn } from "../points.ts";
import type { Store } from "../port.ts";
import { searchIndexOn } from "../search-index.ts";
import { openDatabase } from "./database.ts";
import { documentReader } from "./documents.ts";
import { asStorageFailure } from "./failure.ts";
import { groupCommit } from "./group-commit.ts";
import { createCollection } from "./schema.ts";
import { searchReader } from "./search.ts";
import { type SearchStorage, searchStorage } from "./search-writer.ts";
import { removeSomeSeries, seriesReader, seriesWriter } from "./series.ts";
import { batchJob } from "./writes.ts";

/**
 * Opens the store in the file at `path`, creating it and its folder if they are missing. The process that opens it is
 * its only writer until it closes it. Fails with STORAGE_LOCKED and STORAGE_FAILED.
 */
export function openSqliteStore(path: string): Store {
  const database = openDatabase(path);
  const commits = groupCommit(database);
  const points = seriesWriter(database);
  const indexes = new Map<string, SearchStorage>();
  const opened = new Map<string, string>();
  let closing: Promise<void> | undefined;

  const batch: Store["batch"] = async (writes) => {
    commits.assertUsable();
    checkBatch(writes);
    for (const write of writes) {
      if (write.kind === "append") checkPoints(write.points);
      if (!opened.has(targetOf(write))) throw invalidCall("writes", `${targetOf(write)} was not opened in this store`);
    }
    if (writes.length === 0) return [];
    return commits.submit(batchJob({ database, points, indexes }, writes));
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
      commits.assertUsable();
      if (opensFirst(definition.name, checkDefinition(definition))) createCollection(database, definition);
      return collectionOn(definition.name, guarded(documentReader(database, definition), commits.assertUsable), batch);
    },
    series(name) {
      commits.assertUsable();
      checkName(name);
      if (opensFirst(`series ${name}`, "")) points.create(name);
      const rows = 5_000;
      const removeSome = async (prefix: string): Promise<boolean> =>
        commits.submit({ rows, run: () => removeSomeSeries(database, name, prefix) });
      const reader = { ...seriesReader(database, name), removeSome };
      return seriesOn(name, guarded(reader, commits.assertUsable), (write) => batch([write]));
    },
    searchIndex(name) {
      commits.assertUsable();
      checkName(name);
      const storage = indexes.get(name) ?? searchStorage(database, name);
      if (opensFirst(`search index ${name}`, "")) storage.create();
      indexes.set(name, storage);
      return searchIndexOn(name, guarded(searchReader(database, name, storage), commits.assertUsable));
    },
    batch,
    async ping() {
      // An empty transaction takes the right to write and leaves no trace.
      await commits.submit({ rows: 1, run: () => database.statement("SELECT 1").get() });
    },
    close() {
      closing ??= (async () => {
        commits.close();
        database.close();
      })();
      return closing;
    },
  };
}

/** Makes a reader refuse to work when the store is closed or broken, and say failures in the words of the port. */
function guarded<Reader extends object>(reader: Reader, assertUsable: () => void): Reader {
  const entries = Object.entries(reader).map(([name, method]) => [
    name,
    async (...args: unknown[]) => {
      assertUsable();
      try {
        return await (method as (...args: unknown[]) => Promise<unknown>)(...args);
      } catch (error) {
        throw asStorageFailure(error);
      }
    },
  ]);
  return Object.fromEntries(entries) as Reader;
}
