import type { ID } from "./filter.ts";
import type { Position } from "./position.ts";

/** What a subject has under a name. NaN is a number of its own, equal to itself and neither above nor below others. */
export type AttributeValue = string | number | boolean;

/** Stands for the subject itself wherever an attribute can be named: its id, a text. */
export type AttributeName = string | typeof ID;

/**
 * Which subjects to find. All conditions are two-valued, so that `not` gives exactly the other subjects:
 *
 * - A comparison of an attribute that the subject does not have is false, `ne` too.
 * - Comparisons stay within one type: `{ gt: 5 }` and `{ ne: 5 }` find no texts. Texts are compared by the bytes of their
 *   UTF-8, and false is below true.
 * - `eq: NaN` finds NaN; NaN is never above or below anything, and `ne` any other number.
 * - `prefix`: a text that starts so.
 * - `like`: a text that fits the pattern as a whole, in which `%` stands for any characters and `_` for one. There is no
 *   escape character. With `ignoreCase` characters fit that have the same lower case, where that is one character.
 * - `and: []` matches everything, `or: []` nothing.
 */
export type AttributeFilter =
  | { readonly and: readonly AttributeFilter[] }
  | { readonly or: readonly AttributeFilter[] }
  | { readonly not: AttributeFilter }
  | AttributeCondition;

/** One comparison of one attribute. */
export type AttributeCondition = { readonly attribute: AttributeName } & (
  | { readonly eq: AttributeValue }
  | { readonly ne: AttributeValue }
  | { readonly lt: AttributeValue }
  | { readonly lte: AttributeValue }
  | { readonly gt: AttributeValue }
  | { readonly gte: AttributeValue }
  | { readonly in: readonly AttributeValue[] }
  | { readonly exists: boolean }
  | { readonly prefix: string }
  | { readonly like: string; readonly ignoreCase?: boolean }
);

/**
 * One attribute to order by: numbers, then texts by the bytes of their UTF-8, then false and true; or the other way round
 * when `descending`. In both directions NaN comes behind all of them, and subjects without the attribute come last.
 */
export interface AttributeOrder {
  readonly attribute: AttributeName;
  readonly descending?: boolean;
}

export interface SearchQuery {
  /** Only subjects of these scopes are looked at: at most STORE_LIMITS.scopesMax. */
  readonly scopes: readonly string[];
  /** Everything, if left out. */
  readonly where?: AttributeFilter;
  /** Ties are broken by the id, ascending. */
  readonly orderBy?: readonly AttributeOrder[];
  /** Continues where an earlier page of the same query ended. */
  readonly after?: Position;
  /** Most subjects to return, 1 to STORE_LIMITS.subjectsMax. */
  readonly limit: number;
}

/** A subject, and where it stands in the order: the page behind it continues after this position. */
export interface FoundSubject {
  readonly id: string;
  readonly position: Position;
}

/** One page. `next` is the position of its last subject, and absent on the last page. */
export interface SearchPage {
  readonly subjects: readonly FoundSubject[];
  readonly next?: Position;
}

/** What a write changes of a subject; what it does not name stays as it is. */
export interface AttributeChange {
  /** The scope that the subject belongs to from now on. */
  readonly scope: string;
  readonly set?: ReadonlyMap<string, AttributeValue>;
  /** Names of attributes that the subject has no more. */
  readonly unset?: readonly string[];
}

/** Makes the writes of one index, for a batch. They need no read before, and always succeed. */
export interface SearchWrites {
  /** Adds the subject, or changes what it has. Of a name that is both set and unset the value stays. */
  set(subject: string, change: AttributeChange): SearchWrite;
  /** Removes the subject with everything it has. Nothing happens if it is not there. */
  remove(subject: string): SearchWrite;
}

/** One change of a search index, as plain data. Applied by `store.batch`. */
export type SearchWrite = { readonly index: string; readonly subject: string } & (
  | ({ readonly kind: "set" } & AttributeChange)
  | { readonly kind: "unset" }
);

/**
 * Finds subjects by what they have, in any order, without reading them. Laws, checked by `testSearchIndex`:
 *
 * - A write that has resolved is seen by all later searches, and is part of its batch: applied with all of it or not at all.
 * - Names, ids and scopes are compared byte for byte.
 * - Following `next` gives every subject once, if none changes meanwhile; one that does not change is never missed.
 */
export interface SearchIndex {
  readonly name: string;
  readonly writes: SearchWrites;
  search(query: SearchQuery): Promise<SearchPage>;
  count(query: Pick<SearchQuery, "scopes" | "where">): Promise<number>;
}
