import { type Current, ID, type Versioned, type VersionedCollection, type VersionedPage } from "@throughline/store";
import type { ListPage, PageRequest } from "../domain/change.ts";
import type { Entry, HistoryPage, Stored } from "../domain/model-store.ts";
import { pageOf } from "./page.ts";

/** What the repositories of versioned documents have in common. */
export function versionedReads<T extends object>(collection: VersionedCollection<T>) {
  const get = async (name: string, asOfMs?: number): Promise<Stored<T> | undefined> => {
    const found = await collection.get(name, asOfMs);
    return found && storedOf(found);
  };
  return {
    get,
    async getMany(names: readonly string[], asOfMs?: number): Promise<readonly (Stored<T> | undefined)[]> {
      if (asOfMs !== undefined) return Promise.all(names.map((it) => get(it, asOfMs)));
      const unique = [...new Set(names)];
      const [first] = unique;
      if (first === undefined) return [];
      // A lookup costs a third of a search.
      if (unique.length === 1) {
        const found = await get(first);
        return names.map(() => found);
      }
      const found = await collection.find({ where: { field: ID, in: unique }, limit: unique.length });
      const byName = new Map(found.versions.map((it) => [it.id, storedOf(it)]));
      return names.map((it) => byName.get(it));
    },
    /** Those whose names begin with `prefix`, as they were at an instant, by name. */
    async listAsOf(prefix: string, asOfMs: number, page: PageRequest): Promise<ListPage<Stored<T>>> {
      return storedPage(await collection.findAsOf({ prefix, asOfMs, ...page }));
    },
    async history(name: string, page: PageRequest): Promise<HistoryPage<T>> {
      const found = await collection.history(name, page);
      return pageOf(found.versions.map(entryOf), found.next);
    },
  };
}

/** What is there, as the domain sees it. */
const storedOf = <T extends object>({ id, revision, change, value }: Current<T>): Stored<T> => ({
  name: id,
  revision,
  change,
  record: value,
});

/** A page of what is there, as the domain sees it. */
export const storedPage = <T extends object>({ versions, next }: VersionedPage<Current<T>>) =>
  pageOf(versions.map(storedOf), next);

/** An entry of a history, as the domain sees it. */
const entryOf = <T extends object>({ revision, change, value }: Versioned<T>): Entry<T> => ({
  change: { revision, ...change },
  ...(value !== undefined && { record: value }),
});
