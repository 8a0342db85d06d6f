import type { AttributeValue } from "../search.ts";
import { joined, type Sql, sql } from "./expression.ts";

/**
 * A value in the form that SQLite keeps and orders as the port does: numbers, then texts, then false, true and at last
 * NaN, which are blobs.
 */
export type StoredValue = number | string | Uint8Array;

const FALSE = Uint8Array.of(0);
const TRUE = Uint8Array.of(1);
export const STORED_NAN = Uint8Array.of(2);

/** The lowest text, above all numbers; and the lowest blob, above all texts. */
const FIRST_TEXT = "";
const FIRST_BLOB = Uint8Array.of();

export function storedValue(value: AttributeValue): StoredValue {
  if (typeof value === "boolean") return value ? TRUE : FALSE;
  return Number.isNaN(value) ? STORED_NAN : typeof value === "number" ? value + 0 : value;
}

export function readValue(stored: StoredValue): AttributeValue {
  if (!(stored instanceof Uint8Array)) return stored;
  return stored[0] === STORED_NAN[0] ? Number.NaN : stored[0] === TRUE[0];
}

/** Values between two bounds, each left out if there is none. */
export interface ValueRange {
  readonly lower?: Bound;
  readonly upper?: Bound;
}

export interface Bound {
  readonly value: StoredValue;
  readonly inclusive: boolean;
}

export const from = (value: StoredValue): ValueRange => ({ lower: { value, inclusive: true } });
export const above = (value: StoredValue): ValueRange => ({ lower: { value, inclusive: false } });
export const upTo = (value: StoredValue): ValueRange => ({ upper: { value, inclusive: true } });
export const below = (value: StoredValue): ValueRange => ({ upper: { value, inclusive: false } });
export const exactly = (value: StoredValue): ValueRange => ({ ...from(value), ...upTo(value) });

export const EVERY_VALUE: ValueRange = {};
export const NO_VALUE: ValueRange = { ...above(STORED_NAN), ...below(STORED_NAN) };
export const NUMBERS: ValueRange = below(FIRST_TEXT);
export const TEXTS: ValueRange = { ...from(FIRST_TEXT), ...below(FIRST_BLOB) };
export const BOOLEANS: ValueRange = { ...from(FALSE), ...upTo(TRUE) };
/** Everything that has its place in an order by value: all but NaN. */
export const ORDERED: ValueRange = below(STORED_NAN);

/** The values that are in all of the ranges. */
export function common(...ranges: readonly ValueRange[]): ValueRange {
  let lower: Bound | undefined;
  let upper: Bound | undefined;
  for (const range of ranges) {
    if (range.lower !== undefined && (lower === undefined || tighter(range.lower, lower) > 0)) lower = range.lower;
    if (range.upper !== undefined && (upper === undefined || tighter(upper, range.upper) > 0)) upper = range.upper;
    // Of two bounds at one value the exclusive one is the tighter.
    if (range.upper !== undefined && upper !== undefined && compareStored(range.upper.value, upper.value) === 0)
      upper = range.upper.inclusive ? upper : range.upper;
  }
  return { ...(lower !== undefined && { lower }), ...(upper !== undefined && { upper }) };
}

/** Above zero if the lower bound `a` leaves out more than `b`. */
function tighter(a: Bound, b: Bound): number {
  return compareStored(a.value, b.value) || Number(b.inclusive) - Number(a.inclusive);
}

export function isEmpty({ lower, upper }: ValueRange): boolean {
  if (lower === undefined || upper === undefined) return false;
  const order = compareStored(lower.value, upper.value);
  return order > 0 || (order === 0 && !(lower.inclusive && upper.inclusive));
}

/** True if the range has the value. */
export const contains = (range: ValueRange, value: StoredValue): boolean => !isEmpty(common(range, exactly(value)));

/** SQLite's own order of values without affinity. */
export function compareStored(a: StoredValue, b: StoredValue): number {
  const rank = (it: StoredValue): number => (typeof it === "number" ? 0 : typeof it === "string" ? 1 : 2);
  if (typeof a === "number" && typeof b === "number") return a < b ? -1 : a > b ? 1 : 0;
  return rank(a) - rank(b) || Buffer.compare(bytes(a), bytes(b));
}

const bytes = (value: StoredValue): Uint8Array => (value instanceof Uint8Array ? value : Buffer.from(String(value)));

/** A test of a column: true, or not true. */
export function rangeSql(column: string, { lower, upper }: ValueRange): Sql {
  const at: Sql = { text: column, values: [] };
  if (lower !== undefined && upper !== undefined && lower.inclusive && upper.inclusive) {
    if (compareStored(lower.value, upper.value) === 0) return sql`${at} = ${lower.value}`;
  }
  const tests: Sql[] = [];
  if (lower !== undefined) tests.push(lower.inclusive ? sql`${at} >= ${lower.value}` : sql`${at} > ${lower.value}`);
  if (upper !== undefined) tests.push(upper.inclusive ? sql`${at} <= ${upper.value}` : sql`${at} < ${upper.value}`);
  return tests.length === 0 ? sql`true` : joined(tests, " AND ");
}
