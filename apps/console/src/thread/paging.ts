/** One page of a list that is here as a whole. */
export interface Slice<T> {
  readonly items: readonly T[];
  /** From 0; within the list even if another page was asked for. */
  readonly page: number;
  readonly pages: number;
}

/** Cuts the page `page` (from 0) of `size` items out of a list. An empty list has one empty page. */
export function pageOf<T>(all: readonly T[], page: number, size: number): Slice<T> {
  const pages = Math.max(1, Math.ceil(all.length / size));
  const within = Math.min(Math.max(0, page), pages - 1);
  return { items: all.slice(within * size, (within + 1) * size), page: within, pages };
}
