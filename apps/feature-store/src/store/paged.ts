import { type Page, type PageTokens, pageSize } from "@throughline/kernel";
import type { Collection, Query } from "@throughline/store";
import type { PageRequest } from "../domain/catalog.ts";

/** One page of a query's documents, by tokens that only this list understands. `query` names the list. */
export async function paged<T extends object>(
  collection: Collection<T>,
  { where, orderBy }: Pick<Query<T>, "where" | "orderBy">,
  { tokens, query, page }: { readonly tokens: PageTokens; readonly query: string; readonly page: PageRequest },
): Promise<Page<T>> {
  const list = [collection.name, query];
  const after = tokens.decode(list, page.token) as string | undefined;
  const found = await collection.find({
    ...(where !== undefined && { where }),
    ...(orderBy !== undefined && { orderBy }),
    ...(after !== undefined && { after }),
    limit: pageSize(page.size),
  });
  return {
    items: found.documents.map((it) => it.value),
    nextPageToken: found.next === undefined ? "" : tokens.encode(list, found.next),
  };
}
