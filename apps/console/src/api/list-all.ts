import type { Page } from "./use-pages.ts";

const PAGES_MAX = 10;

/** A list that was read up to a limit. */
export interface Listed<T> {
  readonly items: readonly T[];
  /** True if there are more than were read. */
  readonly more: boolean;
}

/** Reads a list to its end, or to at most ten pages. */
export async function listAll<T>(load: (token: string) => Promise<Page<T>>): Promise<Listed<T>> {
  const items: T[] = [];
  let token = "";
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const answer = await load(token);
    items.push(...answer.items);
    token = answer.next;
    if (token === "") return { items, more: false };
  }
  return { items, more: true };
}
