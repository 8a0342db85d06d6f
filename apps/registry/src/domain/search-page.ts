import type { Json } from "@throughline/kernel";
import { type Expression, type Lookup, type OrderKey, positionOf, ranked, valuesAt } from "@throughline/search";
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

/**
 * One page of what is found. The position is what the last thing has for the keys of the order, so that paging gives
 * everything once however much is added and removed meanwhile.
 */
export async function searchPage<T>(plan: SearchPlan<T>, { after, limit }: PageRequest): Promise<ListPage<T>> {
  const { expression, keys, lookup, ordered } = plan;
  const orderLookup = (thing: T) => firstOf(lookup(thing));
  const atOnce = ordered && expression === undefined ? Math.min(CANDIDATES_MAX, limit + 1) : CANDIDATES_MAX;
  const found = await ranked(batches(plan, atOnce), {
    where: expression,
    lookup,
    orderBy: keys,
    orderLookup,
    isOrdered: ordered,
    limit: limit + 1,
    // Positions are signed by the edge, so that they are what was given.
    ...(after !== undefined && { after: JSON.parse(after) as Json }),
  });
  const items = found.slice(0, limit);
  const last = items.at(-1);
  const isLast = found.length <= limit || last === undefined;
  return { items, ...(!isLast && { next: JSON.stringify(positionOf(keys, orderLookup(last))) }) };
}

/** The value of the first key behind which a page starts; undefined for the first page. */
export const firstValue = (after: string | undefined): string | number | undefined =>
  after === undefined ? undefined : valuesAt(JSON.parse(after) as Json)[0];

async function* batches<T>({ read }: SearchPlan<T>, limit: number): AsyncGenerator<readonly T[]> {
  let position: string | undefined;
  do {
    const page = await read({ limit, ...(position !== undefined && { after: position }) });
    yield page.items;
    position = page.next;
  } while (position !== undefined);
}

/** Of several values, such as aliases, the first is what things are put in order by. */
const firstOf =
  (lookup: Lookup) =>
  ({ field }: OrderKey): string | number | undefined => {
    const value = lookup(field);
    return typeof value === "object" ? value[0] : value;
  };
