import { invalidCall } from "./errors.ts";
import { type FieldPath, ID, type Order, type Scalar } from "./filter.ts";

/** A field without its type: the keys from the outside in, or ID. */
export type Field = readonly string[] | typeof ID;

/** Brings the ways of naming a field into one form. */
export function fieldOf<T>(path: FieldPath<T>): Field {
  if (typeof path === "symbol") return ID;
  if (typeof path === "string") return [path];
  const keys = path as readonly string[];
  if (keys.length === 0) throw invalidCall("field", "it names no key");
  if (keys.some((key) => key.includes("\0") || !key.isWellFormed()))
    throw invalidCall("field", "a key has a NUL character or a lone surrogate");
  return keys;
}

/** One step of a total order. */
export interface OrderTerm {
  readonly field: Field;
  readonly descending: boolean;
}

/** The total order of a find: each field once, and the id in the direction of the last one. */
export function totalOrder<T>(orderBy: readonly Order<T>[]): readonly OrderTerm[] {
  const last = orderBy.at(-1)?.descending ?? false;
  const terms = new Map<string, OrderTerm>();
  for (const { field: path, descending = false } of [...orderBy, { field: ID, descending: last }]) {
    const field = fieldOf(path as FieldPath<T>);
    const key = field === ID ? "" : JSON.stringify(field);
    if (!terms.has(key)) terms.set(key, { field, descending });
    // Nothing after the id makes a difference.
    if (field === ID) break;
  }
  return [...terms.values()];
}

/** The value that a document is ordered by: null when the field is unset. */
export function orderValue(value: object, field: readonly string[]): Scalar | null {
  let at: unknown = value;
  for (const key of field) {
    if (typeof at !== "object" || at === null || Array.isArray(at) || !Object.hasOwn(at, key)) return null;
    at = (at as Record<string, unknown>)[key];
  }
  if (at === null || at === undefined || Number.isNaN(at)) return null;
  if (typeof at === "object") throw invalidCall("orderBy", `${field.join(".")} holds an array or object somewhere`);
  return at as Scalar;
}
