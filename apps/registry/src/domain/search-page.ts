import { compareBy, type Expression, type Lookup, matches, type OrderKey } from "@throughline/search";
import type { ListPage, PageRequest } from "./change.ts";

/** Most candidates that are read at a time. */
export const CANDIDATES_MAX = 1_000;

/** What a search looks through. */
export interface SearchPlan<T> {
  /** Left out: everything is found. */
  readonly expression?: Expression;
  /** A total order. */
  readonly keys: readonly OrderKey[];
  readonly lookup: (thing: T) => Lookup;
  /** Candidates from a position of the store on; all that the expression holds for are among them. */
  readonly read: (page: PageRequest) => Promise<ListPage<T>>;
  /** Whether the candidates come in the order of the first key, so that reading may stop early. */
  readonly ordered: boolean;
}

/** What one thing has for each key of an order; null for nothing. Where a page of a search ended. */
type Key = readonly (string | number | null)[];

/**
 * One page of what is found. The position is what the last thing has for the keys of the order, so that paging gives
 * everything once however much is added and removed meanwhile.
 */
export async function searchPage<T>(plan: SearchPlan<T>, { after, limit }: PageRequest): Promise<ListPage<T>> {
  const order = orderOf(plan);
  const bound = after === undefined ? undefined : keyOf(after);
  const isFound = (thing: T): boolean =>
    (bound === undefined || order.compare(thing, bound) > 0) &&
    (plan.expression === undefined || matches(plan.expression, plan.lookup(thing)));
  let found: T[] = [];
  const pageLimit =
    plan.ordered && plan.expression === undefined ? Math.min(CANDIDATES_MAX, limit + 1) : CANDIDATES_MAX;
  for (let position: string | undefined, first = true; first || position !== undefined; first = false) {
    const page = await plan.read({ limit: pageLimit, ...(position !== undefined && { after: position }) });
    found.push(...page.items.filter(isFound));
    if (found.length > limit) {
      found = found.sort(order.compare).slice(0, limit + 1);
      const [least, last] = [found[limit], page.items.at(-1)];
      if (plan.ordered && least !== undefined && last !== undefined && order.compareFirst(least, last) < 0) break;
    }
    position = page.next;
  }
  found.sort(order.compare);
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, ...(found.length > limit && last !== undefined && { next: JSON.stringify(order.keyOf(last)) }) };
}

/** The value of the first key behind which a page starts; undefined for the first page. */
export const firstValue = (after: string | undefined): string | number | undefined =>
  (after === undefined ? undefined : keyOf(after)[0]) ?? undefined;

function orderOf<T>({ keys, lookup }: SearchPlan<T>) {
  const valueIn = (of: Lookup, { field }: OrderKey): string | number | undefined => {
    const value = of(field);
    return typeof value === "object" ? value[0] : value;
  };
  const lookupOf = (thing: T | Key) => {
    if (Array.isArray(thing)) return (key: OrderKey) => (thing as Key)[keys.indexOf(key)] ?? undefined;
    const of = lookup(thing as T);
    return (key: OrderKey) => valueIn(of, key);
  };
  return {
    compare: compareBy<T | Key>(keys, lookupOf),
    compareFirst: compareBy<T | Key>(keys.slice(0, 1), lookupOf),
    keyOf: (thing: T): Key => keys.map((key) => valueIn(lookup(thing), key) ?? null),
  };
}

/** Positions are signed by the edge, so that they are what `searchPage` gave. */
const keyOf = (after: string): Key => JSON.parse(after) as Key;
