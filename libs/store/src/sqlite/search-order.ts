import { ID } from "../filter.ts";
import type { Bookmark } from "../position.ts";
import type { AttributeValue } from "../search.ts";
import type { SearchOrder } from "../search-condition.ts";
import type { SearchRow } from "../search-index.ts";
import { joined, type Sql, sql } from "./expression.ts";
import type { SearchTables } from "./search-test.ts";
import { compareStored, STORED_NAN, type StoredValue, storedValue } from "./search-value.ts";

/** One step of the order of a query: the column that holds its value, NULL where the subject has none. */
export interface OrderColumn extends SearchOrder {
  /** Alias of the table that holds the values. */
  readonly table: string;
  readonly column: string;
  /** Where an earlier page ended; null for a subject without the attribute. */
  readonly after?: StoredValue | null;
}

/** The order with the columns that `joinsOf` makes, and with where a page continues. */
export function orderColumns(order: readonly SearchOrder[], after: Bookmark | undefined): readonly OrderColumn[] {
  return order.map((term, i) => {
    const table = term.name === ID ? "s" : `o${i}`;
    const column = term.name === ID ? "s.id" : `${table}.value`;
    if (after === undefined) return { ...term, table, column };
    const value = term.name === ID ? after.id : (after.values[i] as AttributeValue | null);
    return { ...term, table, column, after: value === null ? null : storedValue(value) };
  });
}

/** Joins what subjects `s` are ordered by. */
export function joinsOf(order: readonly OrderColumn[], tables: SearchTables): Sql {
  const joins = order.map(({ name, table }): Sql => {
    if (name === ID) return sql``;
    return {
      text: ` LEFT JOIN ${tables.attributes} AS ${table} ON ${table}.subject = s.number AND ${table}.name = ?`,
      values: [tables.numberOf(name)],
    };
  });
  return joined(joins, "");
}

/** Values by their order, then NaN, then nothing. */
const rankSql = (column: string): string =>
  `CASE WHEN ${column} IS NULL THEN 2 WHEN ${column} = x'02' THEN 1 ELSE 0 END`;

export const orderSql = (order: readonly OrderColumn[]): string =>
  order
    .flatMap(({ name, column, descending }) => [
      ...(name === ID ? [] : [rankSql(column)]),
      descending ? `${column} DESC` : column,
    ])
    .join(", ");

/** True of what comes behind where an earlier page ended. */
export function behindSql(order: readonly OrderColumn[]): Sql {
  const [term, ...others] = order;
  if (term?.after === undefined) return term === undefined ? sql`false` : sql`true`;
  const beyond = beyondSql(term, term.after);
  if (term.name === ID) return beyond;
  const column: Sql = { text: term.column, values: [] };
  const equal = term.after === null ? sql`${column} IS NULL` : sql`${column} = ${term.after}`;
  return sql`(${beyond} OR (${equal} AND ${behindSql(others)}))`;
}

function beyondSql({ name, column: text, descending }: OrderColumn, after: StoredValue | null): Sql {
  const column: Sql = { text, values: [] };
  if (after === null) return sql`false`;
  if (name === ID) return descending ? sql`${column} < ${after}` : sql`${column} > ${after}`;
  if (isNan(after)) return sql`${column} IS NULL`;
  if (descending) return sql`(${column} < ${after} OR ${column} = ${STORED_NAN} OR ${column} IS NULL)`;
  // NaN is above all other values by itself.
  return sql`(${column} > ${after} OR ${column} IS NULL)`;
}

export const isNan = (value: StoredValue): boolean => value instanceof Uint8Array && value[0] === STORED_NAN[0];

/** A value of a row, or its id. */
function storedAt(row: SearchRow, at: number | undefined): StoredValue | null {
  const value = at === undefined ? row.id : (row.values[at] ?? null);
  return value === null ? null : storedValue(value);
}

/** The order of a search, for rows of several scopes. */
export function comparing(order: readonly SearchOrder[]): (a: SearchRow, b: SearchRow) => number {
  const rank = (it: StoredValue | null): number => (it === null ? 2 : isNan(it) ? 1 : 0);
  return (a, b) => {
    for (const [i, { name, descending }] of order.entries()) {
      const x = storedAt(a, name === ID ? undefined : i);
      const y = storedAt(b, name === ID ? undefined : i);
      const ranks = rank(x) - rank(y);
      if (ranks !== 0) return ranks;
      const values = x === null || y === null ? 0 : compareStored(x, y);
      if (values !== 0) return descending ? -values : values;
    }
    return 0;
  };
}

/** The first of the rows of two pieces. A subject that was changed in between may be in both: what was read last counts. */
export function merged(
  before: SearchRow[],
  rows: SearchRow[],
  { order, limit }: { readonly order: readonly SearchOrder[]; readonly limit: number },
): SearchRow[] {
  if (before.length === 0 || rows.length === 0) return before.length === 0 ? rows : before;
  const all = new Map([...before, ...rows].map((it) => [it.id, it]));
  return [...all.values()].sort(comparing(order)).slice(0, limit);
}
