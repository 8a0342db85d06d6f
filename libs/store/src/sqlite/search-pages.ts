import type { SQLInputValue } from "node:sqlite";
import { ID } from "../filter.ts";
import type { SearchLeaf, SearchNode } from "../search-condition.ts";
import type { SearchRow, SearchSelection } from "../search-index.ts";
import { joined, type Sql, sql } from "./expression.ts";
import { behindSql, isNan, joinsOf, type OrderColumn, orderColumns, orderSql } from "./search-order.ts";
import {
  COUNTED_MAX,
  conjuncts,
  countEntries,
  type Driver,
  drivers,
  type Place,
  walkIsShorter,
} from "./search-plan.ts";
import { balanced, columnTest, subjectTest, type Tested, valueTest } from "./search-test.ts";
import {
  common,
  contains,
  EVERY_VALUE,
  from,
  isEmpty,
  ORDERED,
  rangeSql,
  readValue,
  STORED_NAN,
  type StoredValue,
  upTo,
  type ValueRange,
} from "./search-value.ts";

/** A search in one scope. */
interface Search extends Place {
  /** How many subjects the scope has. */
  readonly subjects: number;
  readonly conditions: readonly SearchNode[];
  readonly order: readonly OrderColumn[];
  readonly limit: number;
}

type Row = [id: string, ...values: (StoredValue | null)[]];

/** One page of one scope. Chooses between walking along the order and sorting what meets the rarest condition. */
export function pageOfScope(place: Place & { readonly subjects: number }, selection: SearchSelection): SearchRow[] {
  const order = orderColumns(selection.order, selection.after);
  const search = { ...place, conditions: conjuncts(selection.where), order, limit: selection.limit };
  const ways = drivers(search.conditions, place);
  const [first] = order;
  const [best] = ways;
  if (first !== undefined && best !== undefined) {
    const { subjects, limit } = search;
    const counted = first.name === ID ? subjects : countEntries(place, first.name, rangeOf(search.conditions, first));
    // A count that was given up stands for any number.
    const entries = counted > COUNTED_MAX ? subjects : counted;
    if (!walkIsShorter(ways, { name: first.name, entries, subjects, limit })) return sorted(search, best);
  }
  return walk(search, 0);
}

export function countOfScope(place: Place, where: SearchNode): number {
  const conditions = conjuncts(where);
  const [best] = drivers(conditions, place);
  const rows = sql`SELECT count(*) ${subjectsOf(place, best)} WHERE ${testsOf({ ...place, subject: subjectColumn(best) }, conditions, best)}`;
  return (place.database.statement(rows.text).get(...rows.values) as unknown as [number])[0];
}

/** Subjects `s`, each once: those that a driver leads to, or all of the scope. */
function subjectsOf({ tables, scope }: Place, driver: Driver | undefined): Sql {
  if (driver === undefined)
    return {
      text: `FROM (SELECT ? AS scope) AS at CROSS JOIN ${tables.subjects} AS s INDEXED BY ${tables.byScope} ON s.scope = at.scope`,
      values: [scope],
    };
  // Numbers of unions come once each by themselves, and those of one condition too.
  return sql`FROM (${driver.sql}) AS d CROSS JOIN ${{ text: tables.subjects, values: [] }} AS s ON s.number = d.subject`;
}

/** Tests the number of a subject where it is met first, so that most rows are passed over without being read. */
function testsOf(tested: Tested, conditions: readonly SearchNode[], driver?: Driver): Sql {
  const open = conditions.filter((it) => it !== driver?.answers);
  return open.length === 0
    ? sql`true`
    : balanced(
        open.map((it) => subjectTest(it, tested)),
        " AND ",
      );
}

const subjectColumn = (driver: Driver | undefined): string => (driver === undefined ? "s.number" : "d.subject");

function sorted(search: Search, driver: Driver): SearchRow[] {
  const { tables, conditions, order } = search;
  const what = sql`${subjectsOf(search, driver)}${joinsOf(order, tables)}`;
  const tests = sql`${testsOf({ ...search, subject: "d.subject" }, conditions, driver)} AND ${behindSql(order)}`;
  return rowsOf(search, sql`${what} WHERE ${tests}`, orderSql(order));
}

function rowsOf({ database, order, limit }: Search, what: Sql, by: string): SearchRow[] {
  const columns = ["s.id", ...order.filter(({ name }) => name !== ID).map(({ column }) => column)].join(", ");
  const query = sql`${what} ORDER BY ${{ text: by, values: [] }} LIMIT ${limit}`;
  const statement = database.statement(`SELECT ${columns} ${query.text}`);
  const rows = statement.all(...(query.values as SQLInputValue[])) as unknown as Row[];
  return rows.map(([id, ...values]) => ({ id, values: values.map((it) => (it === null ? null : readValue(it))) }));
}

/** The comparisons of one attribute that all found subjects meet. */
const leavesOf = (conditions: readonly SearchNode[], { name }: OrderColumn): readonly SearchLeaf[] =>
  conditions.filter((it): it is SearchLeaf => "name" in it && it.name === name);

const rangeOf = (conditions: readonly SearchNode[], term: OrderColumn): ValueRange =>
  common(EVERY_VALUE, ...leavesOf(conditions, term).map((leaf) => valueTest(leaf).range));

/**
 * Walks along the index of one attribute of the order, testing each subject, until the page is full: through the ordered
 * values, then NaN, then along the next attribute through the subjects that do not have this one. The subjects have none
 * of the attributes before `at`.
 */
function walk(search: Search, at: number): SearchRow[] {
  const term = search.order[at] as OrderColumn;
  if (term.name === ID) return walkIds(search, at);
  const range = rangeOf(search.conditions, term);
  const { after } = term;
  const rows: SearchRow[] = [];
  const take = (read: (rest: Search) => SearchRow[]): void => {
    if (rows.length < search.limit) rows.push(...read({ ...search, limit: search.limit - rows.length }));
  };
  if (after !== null) {
    if (after === undefined || !isNan(after)) take((rest) => walkValues(rest, at, range));
    if (contains(range, STORED_NAN)) take((rest) => walkNan(rest, at));
  }
  if (leavesOf(search.conditions, term).length === 0) {
    const without: SearchNode = { kind: "not", node: { kind: "exists", name: term.name } };
    const conditions = [...search.conditions, without];
    take((rest) => walk({ ...rest, conditions, order: after === null ? rest.order : startedAnew(rest.order) }, at + 1));
  }
  return rows;
}

function walkValues(search: Search, at: number, range: ValueRange): SearchRow[] {
  const { after, descending } = search.order[at] as OrderColumn;
  const start = after === undefined || after === null ? EVERY_VALUE : descending ? upTo(after) : from(after);
  const walked = common(range, ORDERED, start);
  if (isEmpty(walked)) return [];
  const { column } = search.order[at] as OrderColumn;
  const rest = search.order.slice(at + 1);
  const by = `${descending ? `${column} DESC` : column}, ${orderSql(rest)}`;
  return walkEntries(search, at, { range: walked, behind: behindSql(search.order.slice(at)), by });
}

function walkNan(search: Search, at: number): SearchRow[] {
  const { after } = search.order[at] as OrderColumn;
  const order = after !== undefined && after !== null && isNan(after) ? search.order : startedAnew(search.order);
  const rest = order.slice(at + 1);
  const range = { ...from(STORED_NAN), ...upTo(STORED_NAN) };
  return walkEntries(search, at, { range, behind: behindSql(rest), by: orderSql(rest) });
}

/** The order of subjects that are all behind where an earlier page ended. */
const startedAnew = (order: readonly OrderColumn[]): readonly OrderColumn[] =>
  order.map(({ after: _, ...term }) => term);

interface Entries {
  readonly range: ValueRange;
  readonly behind: Sql;
  readonly by: string;
}

function walkEntries(search: Search, at: number, { range, behind, by }: Entries): SearchRow[] {
  const { tables, scope, conditions, order } = search;
  const term = order[at] as OrderColumn;
  const { table, column } = term;
  const leaves = leavesOf(conditions, term);
  const others = conditions.filter((it) => !leaves.includes(it as SearchLeaf));
  const source: Sql = {
    text: `FROM ${tables.attributes} AS ${table} INDEXED BY ${tables.byValue} CROSS JOIN ${tables.subjects} AS s ON s.number = ${table}.subject`,
    values: [],
  };
  const tests = [
    { text: `${table}.scope = ? AND ${table}.name = ?`, values: [scope, tables.numberOf(term.name as string)] },
    rangeSql(column, range),
    ...leaves.map((leaf) => columnTest(column, valueTest(leaf))),
    testsOf({ ...search, subject: `${table}.subject` }, others),
    behind,
  ];
  const joins = joinsOf(
    order.filter((it) => it !== term),
    tables,
  );
  return rowsOf(search, sql`${source}${joins} WHERE ${joined(tests, " AND ")}`, by);
}

/** The subjects by their ids alone. */
function walkIds(search: Search, at: number): SearchRow[] {
  const { tables, conditions, order } = search;
  const what = sql`${subjectsOf(search, undefined)}${joinsOf(order, tables)}`;
  const tests = sql`${testsOf({ ...search, subject: "s.number" }, conditions)} AND ${behindSql(order.slice(at))}`;
  return rowsOf(search, sql`${what} WHERE ${tests}`, orderSql(order.slice(at)));
}
