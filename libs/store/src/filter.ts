/** Stands for the id of the document wherever a field can be named. */
export const ID: unique symbol = Symbol("id");

/** What a field can be compared with. A number and a bigint are compared by their exact numeric value. */
export type Scalar = string | number | bigint | boolean;

/** Shortens the recursion of {@link FieldPath}: below the fourth level any key is accepted. */
type Shallower = [never, 0, 1, 2, 3];

type Keys<T, Depth extends number> = [Depth] extends [never]
  ? readonly string[]
  : T extends readonly unknown[] | Scalar | null | undefined
    ? readonly []
    : T extends object
      ? readonly [] | { [K in keyof T & string]: readonly [K, ...Keys<T[K], Shallower[Depth]>] }[keyof T & string]
      : readonly [];

/**
 * The way to a field of a document: one key, or the keys from the outside in, as in `["tags", "team.name"]`. A key is
 * never split: dots, dollars and quotes are ordinary characters. Ways do not lead into arrays. `ID` is the document's id.
 */
export type FieldPath<T> =
  | typeof ID
  | (T extends object ? keyof T & string : never)
  | (T extends object ? { [K in keyof T & string]: readonly [K, ...Keys<T[K], 4>] }[keyof T & string] : never);

/**
 * Which documents to find. All conditions are two-valued, so that `not` gives exactly the other documents:
 *
 * - A field is *set* unless it is absent, `null` or NaN. An unset field meets only `exists: false` and `ne`.
 * - `eq`, `in`, `lt`, `lte`, `gt`, `gte` compare values of one type: numbers (with bigints), texts (by the bytes of their
 *   UTF-8), booleans. A value of another type does not match: `{ gt: 5 }` finds no texts.
 * - `ne` is `not eq`: it matches unset fields and values of other types too.
 * - `prefix`: a text that starts so. `containsText`: a text with that piece; both compare bytes, so case matters.
 * - `contains`: an array that has the value as an element.
 * - `and: []` matches everything, `or: []` nothing.
 */
export type Filter<T> =
  | { readonly and: readonly Filter<T>[] }
  | { readonly or: readonly Filter<T>[] }
  | { readonly not: Filter<T> }
  | Condition<T>;

/** One comparison of one field. */
export type Condition<T> = { readonly field: FieldPath<T> } & Comparison;

export type Comparison =
  | { readonly eq: Scalar }
  | { readonly ne: Scalar }
  | { readonly lt: Scalar }
  | { readonly lte: Scalar }
  | { readonly gt: Scalar }
  | { readonly gte: Scalar }
  | { readonly in: readonly Scalar[] }
  | { readonly exists: boolean }
  | { readonly prefix: string }
  | { readonly containsText: string }
  | { readonly contains: Scalar };

/**
 * One field to order by: unset first, then numbers, then texts by the bytes of their UTF-8, or the other way round when
 * `descending`. Booleans are ordered (false, true) among themselves; a field should not mix them with other types, and
 * arrays and objects have no promised place.
 */
export interface Order<T> {
  readonly field: FieldPath<T>;
  readonly descending?: boolean;
}
