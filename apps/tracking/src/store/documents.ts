import type { Collection, Document, DocumentWrite, Position, Query } from "@throughline/store";
import { STORE_LIMITS } from "@throughline/store";

/** The first `limit` documents of a query, however many that are. */
export async function findUpTo<T extends object>(
  collection: Collection<T>,
  query: Omit<Query<T>, "limit" | "after">,
  limit: number,
): Promise<readonly Document<T>[]> {
  const documents: Document<T>[] = [];
  let after: Position | undefined;
  do {
    const pageLimit = Math.min(limit - documents.length, STORE_LIMITS.documentsMax);
    const page = await collection.find({ ...query, limit: pageLimit, ...(after !== undefined && { after }) });
    documents.push(...page.documents);
    after = page.next;
  } while (after !== undefined && documents.length < limit);
  return documents;
}

/** The documents of all ids, undefined for those that are absent. */
export async function getAll<T extends object>(
  collection: Collection<T>,
  ids: readonly string[],
): Promise<readonly (Document<T> | undefined)[]> {
  const documents: (Document<T> | undefined)[] = [];
  for (let at = 0; at < ids.length; at += STORE_LIMITS.documentsMax)
    documents.push(...(await collection.getMany(ids.slice(at, at + STORE_LIMITS.documentsMax))));
  return documents;
}

/** The write that brings a document to a revision: the first one inserts it. */
export function written<T extends object>(
  { writes }: Collection<T>,
  { id, revision, value }: { readonly id: string; readonly revision: number; readonly value: T },
): DocumentWrite {
  return revision === 1 ? writes.insert(id, value) : writes.replace(id, revision - 1, value);
}
