import { alreadyExists } from "./errors.ts";
import { fieldOf } from "./field.ts";
import { type FieldPath, type Filter, ID, type Order } from "./filter.ts";
import { lastOfEach } from "./last-of-each.ts";
import type { CollectionDefinition, Document, Found, Store, Write } from "./port.ts";
import type { Position } from "./position.ts";

/** Who changed something, why and when. */
export interface Change {
  readonly actor: string;
  readonly reason: string;
  /** In milliseconds since 1970-01-01 UTC. */
  readonly timeMs: number;
}

/** A document as one change left it. `value` is absent if that change removed it. */
export interface Versioned<T> {
  readonly id: string;
  readonly revision: number;
  readonly value?: T;
  readonly change: Change;
}

/** A document that is there. */
export interface Current<T> extends Versioned<T> {
  readonly value: T;
}

export interface VersionedQuery<T> {
  readonly where?: Filter<T>;
  readonly orderBy?: readonly Order<T>[];
  readonly after?: Position;
  readonly limit: number;
}

/** Which documents of the past: those whose id begins with `prefix`. */
export interface PastQuery {
  readonly prefix: string;
  /** In milliseconds since 1970-01-01 UTC. */
  readonly asOfMs: number;
  readonly after?: Position;
  readonly limit: number;
}

/** A part of a history. `next` is absent on the last page. */
export interface VersionedPage<V> {
  readonly versions: readonly V[];
  readonly next?: Position;
}

/** Makes the writes of one change, to be applied together in one batch with others. */
export interface VersionedWrites<T> {
  /** Reads first whether the id was in use before, to go on with its revisions. Fails with ALREADY_EXISTS. */
  insert(id: string, value: T, change: Change): Promise<readonly Write[]>;
  replace(id: string, revision: number, value: T, change: Change): readonly Write[];
  remove(id: string, revision: number, change: Change): readonly Write[];
}

/**
 * A collection that remembers every change: who, why, when, and the value it left. Laws, checked by
 * `testVersionedCollection`:
 *
 * - A change and its entry in the history are one commit.
 * - Revisions of an id are dense from 1 and go on after a removal: a document that is inserted again is the next revision.
 * - `get(id, asOfMs)` gives what the newest change not after that time left; undefined if there was nothing.
 * - `findAsOf` gives exactly the documents that `get` gives at that time, by id.
 * - Unique indexes and `find` see only documents that are there.
 */
export interface VersionedCollection<T extends object> {
  readonly writes: VersionedWrites<T>;
  /** Also brings back a removed document. Fails with ALREADY_EXISTS. */
  insert(id: string, value: T, change: Change): Promise<Current<T>>;
  /** Fails with NOT_FOUND if it was never there, with REVISION_CONFLICT if it changed or was removed since. */
  replace(id: string, revision: number, value: T, change: Change): Promise<Current<T>>;
  /** Fails as `replace` does. */
  remove(id: string, revision: number, change: Change): Promise<void>;
  get(id: string, asOfMs?: number): Promise<Current<T> | undefined>;
  find(query: VersionedQuery<T>): Promise<VersionedPage<Current<T>>>;
  /** The documents that were there at a time. Reads all changes until then of those that it gives. */
  findAsOf(query: PastQuery): Promise<VersionedPage<Current<T>>>;
  /** The changes of one document, newest first, removals included. */
  history(
    id: string,
    page: { readonly after?: Position; readonly limit: number },
  ): Promise<VersionedPage<Versioned<T>>>;
}

interface Latest<T> {
  readonly change: Change;
  readonly value?: T;
}

interface Entry<T> extends Latest<T> {
  readonly of: string;
  readonly revision: number;
}

/** Opens a collection with its history, which is kept beside it in `<name>_history`. Names have at most 40 characters. */
export function versionedCollection<T extends object>(
  store: Store,
  definition: CollectionDefinition<T>,
): VersionedCollection<T> {
  const { latest, entries } = openBoth(store, definition);
  const entry = (of: string, revision: number, left: Latest<T>): Write =>
    entries.writes.insert(`${String(revision).padStart(10, "0")}/${of}`, { of, revision, ...left });
  const replacing = (id: string, revision: number, left: Latest<T>): readonly Write[] => [
    latest.writes.replace(id, revision, left),
    entry(id, revision + 1, left),
  ];
  const inserting = async (id: string, left: Latest<T>): Promise<readonly Write[]> => {
    const before = await latest.get(id);
    if (before === undefined) return [latest.writes.insert(id, left), entry(id, 1, left)];
    if (before.value.value !== undefined) throw alreadyExists(definition.name, id, "id");
    return replacing(id, before.revision, left);
  };
  const apply = async (id: string, writes: readonly Write[], left: Required<Latest<T>>): Promise<Current<T>> => {
    const [revision] = await store.batch(writes);
    return { id, revision: revision as number, ...left };
  };

  return {
    writes: {
      insert: (id, value, change) => inserting(id, { change, value }),
      replace: (id, revision, value, change) => replacing(id, revision, { change, value }),
      remove: (id, revision, change) => replacing(id, revision, { change }),
    },
    insert: async (id, value, change) => apply(id, await inserting(id, { change, value }), { change, value }),
    replace: async (id, revision, value, change) =>
      apply(id, replacing(id, revision, { change, value }), { change, value }),
    remove: async (id, revision, change) => void (await store.batch(replacing(id, revision, { change }))),
    async get(id, asOfMs) {
      if (asOfMs === undefined) return currentOf(await latest.get(id));
      const where: Filter<Entry<T>> = {
        and: [
          { field: "of", eq: id },
          { field: ["change", "timeMs"], lte: asOfMs },
        ],
      };
      const { documents } = await entries.find({ where, orderBy: [NEWEST_FIRST], limit: 1 });
      return documents[0] && currentOf(entryDocument(documents[0]));
    },
    async find({ where, orderBy = [], ...page }) {
      const present: Filter<Latest<T>> = { field: "value", exists: true };
      const found = await latest.find({
        ...page,
        where: where === undefined ? present : { and: [present, filterInValue(where)] },
        orderBy: orderBy.map((order) => ({ ...order, field: inValue(order.field) })),
      });
      return pageOf(found, (document) => versionOf(document) as Current<T>);
    },
    async findAsOf({ prefix, asOfMs, ...page }) {
      const where: Filter<Entry<T>> = { field: ["change", "timeMs"], lte: asOfMs };
      const found = await lastOfEach(entries, { prefix, where, keep: (it) => it.value.value !== undefined, ...page });
      const documents = found.entries.map(entryDocument);
      return pageOf({ ...found, documents }, (document) => versionOf(document) as Current<T>);
    },
    async history(id, page) {
      const found = await entries.find({ ...page, where: { field: "of", eq: id }, orderBy: [NEWEST_FIRST] });
      return pageOf(found, (document) => versionOf(entryDocument(document)));
    },
  };
}

function openBoth<T extends object>(store: Store, { name, indexes }: CollectionDefinition<T>) {
  const latest = store.collection<Latest<T>>({
    name,
    indexes: indexes.map((index) => ({ ...index, fields: index.fields.map(inValue) })),
  });
  const entries = store.collection<Entry<T>>({
    name: `${name}_history`,
    indexes: [{ name: "by_revision", fields: ["of", "revision"], unique: true }],
  });
  return { latest, entries };
}

const NEWEST_FIRST = { field: "revision", descending: true } as const;

/** The way to a field of the value, within the document that holds it. */
const inValue = <T>(path: FieldPath<T>): FieldPath<Latest<T>> => {
  const field = fieldOf(path);
  return (typeof field === "symbol" ? ID : ["value", ...field]) as FieldPath<Latest<T>>;
};

function filterInValue<T>(filter: Filter<T>): Filter<Latest<T>> {
  if ("and" in filter) return { and: filter.and.map(filterInValue) };
  if ("or" in filter) return { or: filter.or.map(filterInValue) };
  if ("not" in filter) return { not: filterInValue(filter.not) };
  return { ...filter, field: inValue(filter.field) } as Filter<Latest<T>>;
}

const entryDocument = <T>({ value }: Document<Entry<T>>): Document<Latest<T>> => ({
  id: value.of,
  revision: value.revision,
  value,
});

const versionOf = <T>({ id, revision, value: { change, value } }: Document<Latest<T>>): Versioned<T> => ({
  id,
  revision,
  change,
  ...(value !== undefined && { value }),
});

const currentOf = <T>(document: Document<Latest<T>> | undefined): Current<T> | undefined =>
  document?.value.value === undefined ? undefined : (versionOf(document) as Current<T>);

const pageOf = <S, V>({ documents, next }: Found<S>, convert: (document: Document<S>) => V): VersionedPage<V> => ({
  versions: documents.map(convert),
  ...(next !== undefined && { next }),
});
