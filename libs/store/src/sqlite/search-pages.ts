import type { SQLInputValue } from "node:sqlite";
import type { Steps } from "@throughline/kernel";
import { ID } from "../filter.ts";
import type { SearchLeaf, SearchNode } from "../search-condition.ts";
import type { SearchRow, SearchSelection } from "../search-index.ts";
import { joined, type Sql, sql } from "./expression.ts";
import { behindSql, isNan, joinsOf, merged, type OrderColumn, orderColumns, orderSql } from "./search-order.ts";
import { canBeCut, entriesOfPiece, idPiecesOf, pieceSql, piecesOf, UNCUT } from "./search-pieces.ts";
import {
  COUNTED_MAX,
  conjuncts,
  countEntries,
  type Driver,
  drivers,
  PIECES_MIN,
  type Place,
  partsOf,
  walkIsShorter,
} from "./search-plan.ts";
import { subjectTest, type Tested, valueTest } from "./search-test.ts";
import {
  common,
  compareStored,
  contains,
  EVERY_VALUE,
  from,
  isEmpty,
  ORDERED,
  readValue,
  STORED_NAN,
  type StoredValue,
  storedValue,
  upTo,
  type ValueRange,
} from "./search-value.ts";

/** A search in one scope. */
interface Search extends Place {
  /** Entries of each piece; UNCUT if it is not done piece by piece. */
  readonly entries: number;
  readonly conditions: readonly SearchNode[];
  readonly order: readonly OrderColumn[];
  readonly limit: number;
}

type Row = [id: string, ...values: (StoredValue | null)[]];

/**
 * One page of one scope. Chooses between walking along the order and sorting what meets the rarest condition. Others may
 * write between two steps.
 */
export function* pageOfScope(place: Place, selection: SearchSelection): Steps<SearchRow[]> {
  const order = orderColumns(selection.order, selection.after);
  const conditions = conjuncts(selection.where);
  const search = { ...place, entries: entriesOf(place, conditions), conditions, order, limit: selection.limit };
  const ways = drivers(search.conditions, place);
  const [first] = order;
  const [best] = ways;
  if (first !== undefined && best !== undefined) {
    const { subjects, limit } = search;
    const counted = first.name === ID ? subjects : countEntries(place, first.name, rangeOf(search.conditions, first));
    // A count that was given up stands for any number.
    const walked = counted > COUNTED_MAX ? subjects : counted;
    if (!walkIsShorter(ways, { name: first.name, entries: walked, subjects, limit }))
      return yield* sorted(search, best);
  }
  return yield* walk(search, 0);
}

export function* countOfScope(place: Place, where: SearchNode): Steps<number> {
  const conditions = conjuncts(where);
  const [best] = drivers(conditions, place);
  const parts = best === undefined ? [undefined] : partsOf(place, best, entriesOf(place, conditions));
  const tests = testsOf({ ...place, subject: best === undefined ? "s.number" : "d.subject" }, conditions, best);
  let sum = 0;
  for (const part of parts) {
    const rows = sql`SELECT count(*) ${subjectsOf(place, part)} WHERE ${tests}`;
    sum += (place.database.statement(rows.text).get(...rows.values) as unknown as [number])[0];
    yield;
  }
  return sum;
}

function entriesOf({ subjects }: Place, conditions: readonly SearchNode[]): number {
  const entries = entriesOfPiece(conditions);
  return subjects > PIECES_MIN * entries && canBeCut(conditions) ? entries : UNCUT;
}

/** Subjects `s`, each once: those of a driver's numbers, or all of the scope. */
function subjectsOf({ tables, scope }: Place, numbers: Sql | undefined): Sql {
  if (numbers === undefined)
    return {
      text: `FROM (SELECT ? AS scope) AS at CROSS JOIN ${tables.subjects} AS s INDEXED BY ${tables.byScope} ON s.scope = at.scope`,
      values: [scope],
    };
  // Numbers of unions come once each by themselves, and those of one condition too.
  return sql`FROM (${numbers}) AS d CROSS JOIN ${{ text: tables.subjects, values: [] }} AS s ON s.number = d.subject`;
}

/** Tests the number of a subject where it is met first, so that most rows are passed over without being read. */
function testsOf(tested: Tested, conditions: readonly SearchNode[], driver?: Driver): Sql {
  const open = conditions.filter((it) => it !== driver?.answers);
  return open.length === 0 ? sql`true` : subjectTest({ kind: "and", nodes: open }, tested);
}

function* sorted(search: Search, driver: Driver): Steps<SearchRow[]> {
  const { tables, conditions, order } = search;
  const tests = sql`${testsOf({ ...search, subject: "d.subject" }, conditions, driver)} AND ${behindSql(order)}`;
  let rows: SearchRow[] = [];
  for (const numbers of partsOf(search, driver, search.entries)) {
    const what = sql`${subjectsOf(search, numbers)}${joinsOf(order, tables)}`;
    rows = merged(rows, rowsOf(search, sql`${what} WHERE ${tests}`, orderSql(order)), search);
    yield;
  }
  return rows;
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
function* walk(search: Search, at: number): Steps<SearchRow[]> {
  const term = search.order[at] as OrderColumn;
  if (term.name === ID) return yield* walkIds(search, at);
  const range = rangeOf(search.conditions, term);
  const { after } = term;
  let rows: SearchRow[] = [];
  const rest = (): Search => ({ ...search, limit: search.limit - rows.length });
  if (after !== null) {
    if (after === undefined || !isNan(after)) rows = yield* walkValues(search, at, range);
    if (rows.length < search.limit && contains(range, STORED_NAN)) rows.push(...(yield* walkNan(rest(), at)));
  }
  if (rows.length < search.limit && leavesOf(search.conditions, term).length === 0) {
    const without: SearchNode = { kind: "not", node: { kind: "exists", name: term.name } };
    const conditions = [...search.conditions, without];
    const order = after === null ? search.order : startedAnew(search.order);
    rows.push(...(yield* walk({ ...rest(), conditions, order }, at + 1)));
  }
  return rows;
}

function* walkValues(search: Search, at: number, range: ValueRange): Steps<SearchRow[]> {
  const { after, descending } = search.order[at] as OrderColumn;
  const start = after === undefined || after === null ? EVERY_VALUE : descending ? upTo(after) : from(after);
  const walked = common(range, ORDERED, start);
  if (isEmpty(walked)) return [];
  const { column } = search.order[at] as OrderColumn;
  const rest = search.order.slice(at + 1);
  const by = `${descending ? `${column} DESC` : column}, ${orderSql(rest)}`;
  return yield* walkEntries(search, at, { range: walked, behind: behindSql(search.order.slice(at)), by });
}

function* walkNan(search: Search, at: number): Steps<SearchRow[]> {
  const { after } = search.order[at] as OrderColumn;
  const order = after !== undefined && after !== null && isNan(after) ? search.order : startedAnew(search.order);
  const rest = order.slice(at + 1);
  const range = { ...from(STORED_NAN), ...upTo(STORED_NAN) };
  return yield* walkEntries(search, at, { range, behind: behindSql(rest), by: orderSql(rest) });
}

/** The order of subjects that are all behind where an earlier page ended. */
const startedAnew = (order: readonly OrderColumn[]): readonly OrderColumn[] =>
  order.map(({ after: _, ...term }) => term);

interface Entries {
  readonly range: ValueRange;
  readonly behind: Sql;
  readonly by: string;
}

function* walkEntries(search: Search, at: number, { range, behind, by }: Entries): Steps<SearchRow[]> {
  const { tables, scope, conditions, order } = search;
  const term = order[at] as OrderColumn;
  const { table, column } = term;
  const leaves = leavesOf(conditions, term);
  const others = conditions.filter((it) => !leaves.includes(it as SearchLeaf));
  const source: Sql = {
    text: `FROM ${tables.attributes} AS ${table} INDEXED BY ${tables.byValue} CROSS JOIN ${tables.subjects} AS s ON s.number = ${table}.subject`,
    values: [],
  };
  const name = term.name as string;
  const attribute = { text: `${table}.scope = ? AND ${table}.name = ?`, values: [scope, tables.numberOf(name)] };
  const tests = [
    // Their ranges are part of the one that is walked.
    ...leaves.map((leaf) => valueTest(leaf).more?.(column) ?? sql`true`),
    testsOf({ ...search, subject: `${table}.subject` }, others),
    behind,
  ];
  const joins = joinsOf(
    order.filter((it) => it !== term),
    tables,
  );
  const stretch = { name, range, descending: term.descending };
  let rows: SearchRow[] = [];
  for (const piece of piecesOf(search, stretch, search.entries)) {
    const where = joined([attribute, pieceSql(`${table}.`, stretch, piece), ...tests], " AND ");
    rows = merged(rows, rowsOf(search, sql`${source}${joins} WHERE ${where}`, by), search);
    if (isFull(search, rows, { at, last: piece.last?.value })) break;
    yield;
  }
  return rows;
}

/** True if the page is full, and nothing behind the piece can come before its last row: what has the same value might. */
function isFull(
  { limit }: Search,
  rows: readonly SearchRow[],
  { at, last }: { readonly at: number; readonly last: StoredValue | undefined },
): boolean {
  if (rows.length < limit || last === undefined) return false;
  const value = rows.at(-1)?.values[at] ?? null;
  return value !== null && compareStored(storedValue(value), last) !== 0;
}

/** The subjects by their ids alone. */
function* walkIds(search: Search, at: number): Steps<SearchRow[]> {
  const { tables, conditions, order, limit } = search;
  const { after, descending } = order[at] as OrderColumn;
  const what = sql`${subjectsOf(search, undefined)}${joinsOf(order, tables)}`;
  const tests = testsOf({ ...search, subject: "s.number" }, conditions);
  const rows: SearchRow[] = [];
  for (const ids of idPiecesOf(search, { after, descending }, search.entries)) {
    const rest = { ...search, limit: limit - rows.length };
    rows.push(...rowsOf(rest, sql`${what} WHERE ${tests} AND ${ids}`, orderSql(order.slice(at))));
    if (rows.length === limit) break;
    yield;
  }
  return rows;
}
