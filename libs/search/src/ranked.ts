import type { Json } from "@throughline/kernel";
import { compareBy, type OrderLookup } from "./compare-by.ts";
import type { Expression, OrderKey } from "./expression.ts";
import { type Lookup, matches } from "./matches.ts";

/** What to find among things, and in which order. */
export interface Ranking<T> {
  readonly where: Expression | undefined;
  readonly lookup: (thing: T) => Lookup;
  /** A total order, so that paging gives everything once however much is added and removed meanwhile. */
  readonly orderBy: readonly OrderKey[];
  readonly orderLookup: (thing: T) => OrderLookup;
  /** Where the page before ended, as `positionOf` gave it. */
  readonly after?: Json;
  /** Most things to return. */
  readonly limit: number;
  /** Whether the things come in the order of the first key, so that looking may stop early. */
  readonly isOrdered?: boolean;
}

/** So many more than asked for are held before they are sorted and cut. */
const SPARE = 1_000;

/**
 * The first things of a ranking. It looks at every thing unless they come ordered, which is for kinds of which a project has
 * thousands and not millions; memory is that of one page and what `batches` reads at a time.
 */
export async function ranked<T>(batches: AsyncIterable<readonly T[]>, ranking: Ranking<T>): Promise<readonly T[]> {
  const { where, lookup, orderBy, orderLookup, after, limit, isOrdered = false } = ranking;
  const compare = compareBy<T>(orderBy, orderLookup);
  const compareFirst = compareBy<T>(orderBy.slice(0, 1), orderLookup);
  const isAfter = after === undefined ? () => true : behind(orderBy, orderLookup, after);
  let best: T[] = [];
  for await (const things of batches) {
    for (const thing of things)
      if ((where === undefined || matches(where, lookup(thing))) && isAfter(thing)) best.push(thing);
    if (best.length > limit + SPARE || (isOrdered && best.length >= limit)) best = best.sort(compare).slice(0, limit);
    const [last, next] = [best[limit - 1], things.at(-1)];
    if (isOrdered && last !== undefined && next !== undefined && compareFirst(last, next) < 0) break;
  }
  return best.sort(compare).slice(0, limit);
}

/** Where a thing stands in an order, as JSON. */
export const positionOf = (orderBy: readonly OrderKey[], lookup: OrderLookup): Json =>
  orderBy.map((key) => {
    const value = lookup(key);
    // JSON has no NaN and no infinity.
    return typeof value === "number" ? { number: String(value) } : (value ?? null);
  });

/** What stands at a position for each key of the order. */
export const valuesAt = (position: Json): readonly (string | number | undefined)[] =>
  (position as readonly (null | string | { readonly number: string })[]).map((it) =>
    it !== null && typeof it === "object" ? Number(it.number) : (it ?? undefined),
  );

/** Tells the things that stand behind a position. */
function behind<T>(
  orderBy: readonly OrderKey[],
  lookup: (thing: T) => OrderLookup,
  position: Json,
): (thing: T) => boolean {
  const values = valuesAt(position);
  const end: OrderLookup = (key) => values[orderBy.indexOf(key)];
  const compare = compareBy<OrderLookup>(orderBy, (it) => it);
  return (thing) => compare(lookup(thing), end) > 0;
}
