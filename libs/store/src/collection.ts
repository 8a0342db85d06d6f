import { EVERYTHING, type Node, nodeOf } from "./condition.ts";
import { invalidCall } from "./errors.ts";
import { fieldOf, type OrderTerm, orderValue, totalOrder } from "./field.ts";
import { ID } from "./filter.ts";
import { STORE_LIMITS } from "./limits.ts";
import type {
  Collection,
  CollectionDefinition,
  Document,
  DocumentWrite,
  Found,
  IndexDefinition,
  Query,
  Store,
  Write,
  Writes,
} from "./port.ts";
import { type Bookmark, decodePosition, encodePosition } from "./position.ts";
import { checkSearchWrite } from "./search-index.ts";
import { checkKey } from "./value.ts";

/** What to read, checked: adapters trust it. */
export interface Selection {
  readonly where: Node;
  readonly order: readonly OrderTerm[];
  readonly after: Bookmark | undefined;
  readonly limit: number;
}

/** What an adapter does for one collection; everything else is the same for all of them. */
export interface CollectionReader {
  get(id: string): Promise<Document<object> | undefined>;
  getMany(ids: readonly string[]): Promise<readonly Document<object>[]>;
  select(selection: Selection): Promise<readonly Document<object>[]>;
  count(where: Node): Promise<number>;
}

/** Makes a collection of what an adapter reads and of the store's one way to write. */
export function collectionOn<T extends object>(
  name: string,
  reader: CollectionReader,
  batch: Store["batch"],
): Collection<T> {
  const writes = writesOf<T>(name);
  const write = async (change: DocumentWrite, value: T): Promise<Document<T>> => {
    const [revision] = await batch([change]);
    return { id: change.id, revision: revision as number, value };
  };
  return {
    name,
    writes,
    insert: async (id, value) => write(writes.insert(id, value), value),
    replace: async (id, revision, value) => write(writes.replace(id, revision, value), value),
    put: async (id, value) => write(writes.put(id, value), value),
    remove: async (id, revision) => void (await batch([writes.remove(id, revision)])),
    get: (id) => reader.get(id) as Promise<Document<T> | undefined>,
    async getMany(ids) {
      checkLimit(ids.length, 0, "ids");
      const found = new Map((await reader.getMany([...new Set(ids)])).map((it) => [it.id, it]));
      return ids.map((id) => found.get(id) as Document<T> | undefined);
    },
    find: (query) => find<T>(reader, query),
    count: async (where) => reader.count(where === undefined ? EVERYTHING : nodeOf(where)),
  };
}

async function find<T extends object>(reader: CollectionReader, query: Query<T>): Promise<Found<T>> {
  checkLimit(query.limit, 1, "limit");
  const order = totalOrder(query.orderBy ?? []);
  const fields = order.filter((term) => term.field !== ID);
  const after = query.after === undefined ? undefined : decodePosition(query.after, fields.length);
  // One more than asked for tells whether there is a next page.
  const limit = query.limit + 1;
  const rows = (await reader.select({ where: nodeOf(query.where), order, after, limit })) as readonly Document<T>[];
  const documents = rows.slice(0, query.limit);
  const last = documents.at(-1);
  if (rows.length <= query.limit || last === undefined) return { documents };
  const values = fields.map((term) => orderValue(last.value, term.field as readonly string[]));
  return { documents, next: encodePosition({ id: last.id, values }) };
}

/** Makes writes as plain data; `batch` checks them. */
function writesOf<T extends object>(collection: string): Writes<T> {
  return {
    insert: (id, value) => ({ kind: "insert", collection, id, value }),
    replace: (id, revision, value) => ({ kind: "replace", collection, id, revision, value }),
    put: (id, value) => ({ kind: "put", collection, id, value }),
    remove: (id, revision) => ({ kind: "remove", collection, id, revision }),
    check: (id, revision) => ({ kind: "check", collection, id, revision }),
  };
}

function checkLimit(limit: number, least: number, what: string): void {
  if (!Number.isInteger(limit) || limit < least || limit > STORE_LIMITS.documentsMax)
    throw invalidCall(what, `${limit} is not between ${least} and ${STORE_LIMITS.documentsMax}`);
}

/** Checks what can be checked of a batch before it is sent to the storage, but for the values. */
export function checkBatch(writes: readonly Write[]): void {
  if (writes.length > STORE_LIMITS.batchWritesMax)
    throw invalidCall("writes", `${writes.length} writes; at most ${STORE_LIMITS.batchWritesMax} fit in one batch`);
  let points = 0;
  for (const write of writes) {
    if (write.kind === "append") points += write.points.length;
    else if ("index" in write) checkSearchWrite(write);
    else checkKey(write.id, "id");
  }
  if (points > STORE_LIMITS.batchPointsMax)
    throw invalidCall("points", `${points} points; at most ${STORE_LIMITS.batchPointsMax} fit in one batch`);
}

/** What a store keeps of a write's target among what was opened. */
export const targetOf = (write: Write): string => {
  if (write.kind === "append") return `series ${write.series}`;
  return "index" in write ? `search index ${write.index}` : write.collection;
};

/** Refuses a name that some adapter could not use for a table. */
export function checkName(name: string): void {
  if (!/^[a-z][a-z0-9_]{0,47}$/.test(name)) throw invalidCall("name", `"${name}" is not [a-z][a-z0-9_]{0,47}`);
}

/** Checks a definition and returns a text that is equal for equal definitions. */
export function checkDefinition<T extends object>({ name, indexes }: CollectionDefinition<T>): string {
  checkName(name);
  for (const index of indexes) {
    if (!/^[a-z][a-z0-9_]{0,31}$/.test(index.name) || index.name === "id")
      throw invalidCall("index", `"${index.name}" is not [a-z][a-z0-9_]{0,31}, or is "id"`);
    if (index.fields.length === 0) throw invalidCall("index", `${index.name} has no fields`);
  }
  if (new Set(indexes.map((it) => it.name)).size < indexes.length) throw invalidCall("index", "a name is used twice");
  return JSON.stringify(indexes.map((index) => [index.name, indexText(index)]));
}

/** What makes an index this index, whatever its name. */
export const indexText = <T>({ fields, unique = false }: IndexDefinition<T>): string =>
  JSON.stringify([unique, ...fields.map((path) => (path === ID ? null : fieldOf(path)))]);
