import type { ListPage } from "../domain/change.ts";

/** A page of the domain, where a last page has no `next`. */
export const pageOf = <T>(items: readonly T[], next: string | undefined): ListPage<T> => ({
  items,
  ...(next !== undefined && { next }),
});
