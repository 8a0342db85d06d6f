import { type Collection, type Document, STORE_LIMITS } from "@throughline/store";
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
