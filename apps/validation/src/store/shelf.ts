import { type Digest, invariant, isDomainError, type Page, type PageTokens, pageSize } from "@throughline/kernel";
import type { LineageOutbox } from "@throughline/lineage";
import type { Collection, FieldPath, Filter, Idempotent, Position, Store } from "@throughline/store";
import { nameTaken } from "../domain/errors.ts";
import type { Addition, Kept, Shelf, ShelfPage } from "../domain/shelf.ts";

export interface ShelfOptions<T extends Kept> {
  readonly store: Store;
  readonly pageTokens: PageTokens;
  readonly outbox: Pick<LineageOutbox, "writes">;
  readonly once: Idempotent;
  readonly collection: string;
  /** The id of the project that a name is in. */
  readonly projectOf: (name: string) => string;
  /** What tells two things of one name apart; left out for names that are never given twice. */
  readonly digestOf?: (thing: T) => Digest;
  /** Where the things say what they are about, by which they can be listed; left out if they do not. */
  readonly subjectAt?: FieldPath<Shelved<T>>;
}

export interface Shelved<T> {
  readonly project: string;
  readonly createTimeMs: number;
  readonly thing: T;
}

/** A page ends early when it has so many bytes: its things can be large, and messages have a limit. */
const PAGE_BYTES = 1024 * 1024;

/** Things that are read at a time for a page. */
const CHUNK = 10;

/** Things of one kind on the document port. */
export function shelf<T extends Kept>(options: ShelfOptions<T>): Shelf<T> {
  const { store, projectOf, subjectAt } = options;
  const collection = store.collection<Shelved<T>>({
    name: options.collection,
    indexes: [
      { name: "by_project", fields: ["project", "createTimeMs"] },
      ...(subjectAt ? [{ name: "by_subject", fields: ["project", subjectAt, "createTimeMs"] } as const] : []),
    ],
  });
  const find = async (name: string): Promise<T | undefined> => (await collection.get(name))?.value.thing;

  /** What is there already under the name, if it is the same thing. */
  const existing = async (thing: T): Promise<T | undefined> => {
    const found = await find(thing.name);
    const digest = options.digestOf?.(thing);
    if (found && digest !== undefined && options.digestOf?.(found) !== digest) throw nameTaken(thing.name, digest);
    return found;
  };

  const writesOf = ({ thing, record }: Addition<T>) => {
    const value = { project: projectOf(thing.name), createTimeMs: thing.createTimeMs, thing };
    return [collection.writes.insert(thing.name, value), ...options.outbox.writes(record)];
  };

  const addOnce = async (addition: Addition<T>): Promise<{ readonly name: string }> => {
    const { thing, request } = addition;
    const response = { name: thing.name };
    const work = async () => ({ writes: (await existing(thing)) ? [] : writesOf(addition), response });
    if (request) return options.once.run(request, work);
    const { writes } = await work();
    if (writes.length > 0) await store.batch(writes);
    return response;
  };

  return {
    find,
    async add(addition) {
      const { name } = await addOnce(addition).catch(async (error: unknown) => {
        // Somebody else added it meanwhile. A second round finds it, and remembers the request.
        if (isDomainError(error, "ALREADY_EXISTS") && (await existing(addition.thing))) return addOnce(addition);
        throw error;
      });
      const kept = await find(name);
      invariant(kept, `${name} was added and is not there`);
      return kept;
    },
    list: (project, page) => listPage(collection, options, { project, ...page }),
  };
}

async function listPage<T extends Kept>(
  collection: Collection<Shelved<T>>,
  options: ShelfOptions<T>,
  { project, size, token, subject, asOfMs }: ShelfPage & { readonly project: string },
): Promise<Page<T>> {
  const then = asOfMs === undefined ? [] : [{ asOfMs }];
  const query = [options.collection, project, ...(subject === undefined ? [] : [subject]), ...then];
  const { subjectAt } = options;
  const conditions: Filter<Shelved<T>>[] = [{ field: "project", eq: project }];
  if (subject !== undefined && subjectAt !== undefined) conditions.push({ field: subjectAt, eq: subject });
  if (asOfMs !== undefined) conditions.push({ field: "createTimeMs", lte: asOfMs });
  const where: Filter<Shelved<T>> = { and: conditions };
  const most = pageSize(size);
  let after = options.pageTokens.decode(query, token) as Position | undefined;
  const items: T[] = [];
  let bytes = 0;
  do {
    const found = await collection.find({
      where,
      orderBy: [{ field: "createTimeMs", descending: true }],
      limit: Math.min(CHUNK, most - items.length),
      ...(after === undefined ? {} : { after }),
    });
    for (const { value } of found.documents) items.push(value.thing);
    bytes += found.documents.reduce((sum, it) => sum + JSON.stringify(it.value).length, 0);
    after = found.next;
  } while (after !== undefined && items.length < most && bytes < PAGE_BYTES);
  return { items, nextPageToken: after === undefined ? "" : options.pageTokens.encode(query, after) };
}
