import type { Json } from "@throughline/kernel";
import { compareBy, type Expression, type Lookup, matches, type OrderKey, type OrderLookup } from "@throughline/search";

/** What to find among things, and in which order. */
export interface Ranking<T> {
  readonly where: Expression | undefined;
  readonly lookup: (thing: T) => Lookup;
  readonly orderBy: readonly OrderKey[];
  readonly orderLookup: (thing: T) => OrderLookup;
  /** Where the page before ended, as `positionOf` gave it. */
  readonly after?: Json;
  /** Most things to return. */
  readonly limit: number;
}

/** So many more than asked for are held before they are sorted and cut. */
const SPARE = 1_000;

/**
 * The first things of a ranking. It looks at every thing, which is for kinds of which a project has thousands and not
 * millions; memory is that of one page and what `batches` reads at a time.
 */
export async function ranked<T>(batches: AsyncIterable<readonly T[]>, ranking: Ranking<T>): Promise<readonly T[]> {
  const { where, lookup, orderBy, orderLookup, after, limit } = ranking;
  const compare = compareBy<T>(orderBy, orderLookup);
  const isAfter = after === undefined ? () => true : behind(orderBy, orderLookup, after);
  let best: T[] = [];
  for await (const things of batches) {
    for (const thing of things)
      if ((where === undefined || matches(where, lookup(thing))) && isAfter(thing)) best.push(thing);
    if (best.length > limit + SPARE) best = best.sort(compare).slice(0, limit);
  }
  return best.sort(compare).slice(0, limit);
}

/** Where a thing stands in an order, as JSON. */
export const positionOf = (orderBy: readonly OrderKey[], lookup: OrderLookup): Json =>
  orderBy.map((key) => {
    const value = lookup(key);
    return typeof value === "number" ? { number: String(value) } : (value ?? null);
  });

/** Tells the things that stand behind a position. */
function behind<T>(
  orderBy: readonly OrderKey[],
  lookup: (thing: T) => OrderLookup,
  position: Json,
): (thing: T) => boolean {
  const values = (position as readonly (null | string | { readonly number: string })[]).map((it) =>
    it !== null && typeof it === "object" ? Number(it.number) : (it ?? undefined),
  );
  const end: OrderLookup = (key) => values[orderBy.indexOf(key)];
  const compare = compareBy<OrderLookup>(orderBy, (it) => it);
  return (thing) => compare(lookup(thing), end) > 0;
}
