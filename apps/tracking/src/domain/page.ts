import type { Json, Page, PageTokens } from "@throughline/kernel";

/** What a caller asks for: at most `size` items (0: the usual number) after the page that gave the token. */
export interface PageRequest {
  readonly size: number;
  readonly token: string;
}

/** Cuts what was found into a page, and makes its token. */
export interface Pages<T> {
  /** Where the page begins; undefined for the first. Fails with BAD_PAGE_TOKEN. */
  read(token: string): Json | undefined;
  /** The page of the first `size` items, and of fewer if `weigh` says that more do not fit into one message. */
  page(found: readonly T[], size: number, weigh?: (item: T) => number): Page<T>;
}

/** Room for the items of one page in a message of 4 MiB. */
export const PAGE_BYTES_MAX = 3 * 1024 * 1024;

/** Items that are read at a time: few enough that even the largest ones fit into memory. */
const ITEMS_AT_ONCE = 50;

/**
 * Reads the items of one page and one more, so that it is known whether there is another page. Stops early when what was
 * read fills a message.
 */
export async function gathered<T>(
  size: number,
  read: (part: { readonly after: T | undefined; readonly limit: number }) => Promise<readonly T[]>,
  weigh: (item: T) => number,
): Promise<readonly T[]> {
  const items: T[] = [];
  let bytes = 0;
  while (items.length <= size && bytes <= PAGE_BYTES_MAX) {
    const limit = Math.min(size + 1 - items.length, ITEMS_AT_ONCE);
    const part = await read({ after: items.at(-1), limit });
    items.push(...part);
    bytes += part.reduce((sum, item) => sum + weigh(item), 0);
    if (part.length < limit) break;
  }
  return items;
}

/** Pages of one list. `position` says where an item stands in it; `query` is everything that selects and orders the list. */
export function pageOf<T>(tokens: PageTokens, query: Json, position: (item: T) => Json): Pages<T> {
  return {
    read: (token) => tokens.decode(query, token),
    page(found, size, weigh = () => 0) {
      const items = found.slice(0, Math.min(size, fitting(found, weigh)));
      const last = items.at(-1);
      const more = last !== undefined && items.length < found.length;
      return { items, nextPageToken: more ? tokens.encode(query, position(last)) : "" };
    },
  };
}

/** How many of the first items fit into one message, or into so many bytes of one: one at least. */
export function fitting<T>(items: readonly T[], weigh: (item: T) => number, bytesMax = PAGE_BYTES_MAX): number {
  let bytes = 0;
  for (const [i, item] of items.entries()) {
    bytes += weigh(item);
    if (i > 0 && bytes > bytesMax) return i;
  }
  return items.length;
}
