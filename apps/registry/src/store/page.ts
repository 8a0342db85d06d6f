import { type Collection, type Document, type FieldPath, type Filter, STORE_LIMITS } from "@throughline/store";
import type { ListPage } from "../domain/change.ts";

/** A page of the domain, where a last page has no `next`. */
export const pageOf = <T>(items: readonly T[], next: string | undefined): ListPage<T> => ({
  items,
  ...(next !== undefined && { next }),
});

/** All documents of a collection that stays small, page by page. */
export async function* everyDocument<T extends object>(collection: Collection<T>): AsyncGenerator<Document<T>> {
  for (let after: string | undefined, isFirst = true; isFirst || after !== undefined; isFirst = false) {
    const found = await collection.find({ limit: STORE_LIMITS.documentsMax, ...(after !== undefined && { after }) });
    yield* found.documents;
    after = found.next;
  }
}

/** What a filter holds for and was there at an instant; all of it without one. `field` is when something came, in ms. */
export const upTo = <T extends object>(where: Filter<T>, field: FieldPath<T>, asOfMs: number | undefined): Filter<T> =>
  asOfMs === undefined ? where : { and: [where, { field, lte: asOfMs }] };
