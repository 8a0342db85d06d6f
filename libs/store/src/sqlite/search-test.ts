import { prefixEnd } from "../condition.ts";
import { ID } from "../filter.ts";
import { literalPrefix } from "../like.ts";
import type { AttributeValue } from "../search.ts";
import type { SearchLeaf, SearchNode } from "../search-condition.ts";
import { joined, type Sql, sql } from "./expression.ts";
import {
  above,
  BOOLEANS,
  below,
  common,
  EVERY_VALUE,
  exactly,
  from,
  NO_VALUE,
  NUMBERS,
  rangeSql,
  STORED_NAN,
  storedValue,
  TEXTS,
  upTo,
  type ValueRange,
} from "./search-value.ts";

/** What a comparison asks of a value: to be in a range, which an index can walk, and more that is tested for each. */
export interface ValueTest {
  readonly range: ValueRange;
  readonly more?: (column: string) => Sql;
}

/** How the tables of an index are called, and the number of a name (one that nothing has, for a name that is not known). */
export interface SearchTables {
  readonly subjects: string;
  readonly attributes: string;
  readonly byValue: string;
  readonly byScope: string;
  numberOf(name: string): number;
}

/** A number that no name has. */
export const UNKNOWN = -1;

/** Conditions that are joined as one chain. */
const GROUP_MAX = 16;
/** Comparisons that are tested by a query of their own for each. */
const TESTED_ALONE_MAX = 4;
/** Comparisons of one list: SQLite joins at most 500 queries. */
const LISTED_MAX = 400;

/** The name under which the SQL function of LIKE patterns is defined. */
export const LIKE_FUNCTION = "fits_like";

export function valueTest(leaf: SearchLeaf): ValueTest {
  switch (leaf.kind) {
    case "compare":
      return comparison(leaf.operator, leaf.value);
    case "in":
      return oneOf(leaf.values);
    case "prefix":
      return { range: startingWith(leaf.text) };
    case "like": {
      const pattern = JSON.stringify(leaf.pattern);
      const like = (column: string): Sql => ({ text: `${LIKE_FUNCTION}(?, ${column})`, values: [pattern] });
      return { range: startingWith(literalPrefix(leaf.pattern)), more: like };
    }
    case "exists":
      return { range: EVERY_VALUE };
  }
}

function comparison(operator: (SearchLeaf & { kind: "compare" })["operator"], value: AttributeValue): ValueTest {
  const stored = storedValue(value);
  const kind = typeof value === "number" ? NUMBERS : typeof value === "string" ? TEXTS : BOOLEANS;
  if (operator === "eq") return { range: exactly(stored) };
  if (operator === "ne") return otherThan(value, kind);
  if (Number.isNaN(value)) return { range: NO_VALUE };
  return { range: common(kind, { lt: below, lte: upTo, gt: above, gte: from }[operator](stored)) };
}

function otherThan(value: AttributeValue, kind: ValueRange): ValueTest {
  if (Number.isNaN(value)) return { range: NUMBERS };
  const differs = (column: string): Sql => ({ text: `${column} <> ?`, values: [storedValue(value)] });
  if (typeof value !== "number") return { range: kind, more: differs };
  // NaN, the one number that is not among the others, differs from all of them.
  const isNumber = (column: string): Sql =>
    sql`(${rangeSql(column, NUMBERS)} OR ${rangeSql(column, exactly(STORED_NAN))})`;
  return { range: EVERY_VALUE, more: (column) => sql`(${differs(column)} AND ${isNumber(column)})` };
}

const startingWith = (prefix: string): ValueRange => {
  const end = prefixEnd(prefix);
  return common(TEXTS, from(prefix), end === undefined ? EVERY_VALUE : below(end));
};

/** Lists are filled up to the next power of two, so that few statements serve all lengths. */
function oneOf(values: readonly AttributeValue[]): ValueTest {
  const [first] = values;
  if (first === undefined) return { range: NO_VALUE };
  if (values.length === 1) return { range: exactly(storedValue(first)) };
  const stored = values.map(storedValue);
  while ((stored.length & (stored.length - 1)) !== 0) stored.push(storedValue(first));
  const marks = stored.map(() => "?").join(", ");
  return { range: EVERY_VALUE, more: (column) => ({ text: `${column} IN (${marks})`, values: stored }) };
}

/** The tables of an index, and the number of the scope that is searched. */
export interface TestedScope {
  readonly tables: SearchTables;
  readonly scope: number;
}

/** What is tested: a column that holds the number of a subject. Its row of ids has the alias `s`. */
export interface Tested extends TestedScope {
  readonly subject: string;
}

/** A condition over a subject: true or false. */
export function subjectTest(node: SearchNode, at: Tested): Sql {
  const { tables, subject } = at;
  switch (node.kind) {
    case "and": {
      const refused = node.nodes.flatMap((it) => (it.kind === "not" && isAttributeLeaf(it.node) ? [it.node] : []));
      if (refused.length <= TESTED_ALONE_MAX) return allHold(node.nodes, at);
      const others = node.nodes.filter((it) => it.kind !== "not" || !isAttributeLeaf(it.node));
      return sql`(NOT ${hasOne(refused, at)} AND ${allHold(others, at)})`;
    }
    case "or": {
      const [listed, others] = listedLeaves(node.nodes);
      const leaves = others.filter(isAttributeLeaf);
      const single = leaves.length > TESTED_ALONE_MAX ? others.filter((it) => !isAttributeLeaf(it)) : others;
      const tests = [...single.map((it) => subjectTest(it, at)), ...listed.map((some) => isListed(some, at))];
      if (single !== others) tests.push(hasOne(leaves, at));
      return tests.length === 0 ? sql`false` : balanced(tests, " OR ");
    }
    case "not":
      return sql`(NOT ${subjectTest(node.node, at)})`;
    default: {
      if (node.name === ID) return sql`(${idTest("s.id", node)})`;
      // Nothing in the index has a name that is not known, and a table that is opened for each costs most of the test.
      if (tables.numberOf(node.name) === UNKNOWN) return sql`false`;
      const having = {
        text: `SELECT 1 FROM ${tables.attributes} AS f WHERE f.subject = ${subject} AND f.name = ? AND `,
        values: [tables.numberOf(node.name)],
      };
      return sql`EXISTS (${having}${columnTest("f.value", valueTest(node))})`;
    }
  }
}

const allHold = (nodes: readonly SearchNode[], at: Tested): Sql =>
  nodes.length === 0
    ? sql`true`
    : balanced(
        nodes.map((it) => subjectTest(it, at)),
        " AND ",
      );

/**
 * One of many comparisons holds: what the subject has of their attributes is read once for all of them. A query for each
 * would open the table for each, which takes the longer the more of them are open. The plus keeps SQLite from doing just
 * that by itself, and the list has it find the attributes: a subject may have thousands of others.
 */
function hasOne(leaves: readonly AttributeLeaf[], { tables, subject }: Tested): Sql {
  const known = leaves.filter(({ name }) => tables.numberOf(name) !== UNKNOWN);
  if (known.length === 0) return sql`false`;
  const tests = known.map((leaf) => {
    const name: Sql = { text: "+f.name = ?", values: [tables.numberOf(leaf.name)] };
    return sql`(${name} AND ${columnTest("f.value", valueTest(leaf))})`;
  });
  const names = [...new Set(known.map(({ name }) => tables.numberOf(name)))];
  const list = names.map(() => "?").join(", ");
  const having: Sql = {
    text: `SELECT 1 FROM ${tables.attributes} AS f WHERE f.subject = ${subject} AND f.name IN (${list}) AND `,
    values: names,
  };
  return sql`EXISTS (${having}${balanced(tests, " OR ")})`;
}

/** Long lists are joined in groups: SQLite limits how deep an expression is, and a chain is as deep as it is long. */
function balanced(tests: readonly Sql[], separator: string): Sql {
  let groups = tests;
  while (groups.length > GROUP_MAX) {
    const inner = groups;
    groups = Array.from({ length: Math.ceil(inner.length / GROUP_MAX) }, (_, i) =>
      grouped(inner.slice(i * GROUP_MAX, (i + 1) * GROUP_MAX), separator),
    );
  }
  return grouped(groups, separator);
}

const grouped = (tests: readonly Sql[], separator: string): Sql => sql`(${joined(tests, separator)})`;

type AttributeLeaf = SearchLeaf & { readonly name: string };

const isAttributeLeaf = (node: SearchNode): node is AttributeLeaf => "name" in node && node.name !== ID;

/** How many comparisons are in a condition: each is one more test of a subject. */
export function comparisonsIn(node: SearchNode): number {
  if (node.kind === "not") return comparisonsIn(node.node);
  if (node.kind !== "and" && node.kind !== "or") return 1;
  return node.nodes.reduce((sum, it) => sum + comparisonsIn(it), 0);
}

/** True if SQLite makes lists for the test of a condition before it can test the first subject. */
export function makesLists(node: SearchNode): boolean {
  if (node.kind === "not") return makesLists(node.node);
  if (node.kind !== "and" && node.kind !== "or") return false;
  return (node.kind === "or" && listedLeaves(node.nodes)[0].length > 0) || node.nodes.some(makesLists);
}

/** Lists of comparisons, if there are so many that testing each for each subject would take long; and all other nodes. */
function listedLeaves(
  nodes: readonly SearchNode[],
): readonly [lists: readonly (readonly AttributeLeaf[])[], others: readonly SearchNode[]] {
  const leaves = nodes.filter(isAttributeLeaf).filter(isNarrow);
  if (leaves.length <= GROUP_MAX) return [[], nodes];
  const lists = Array.from({ length: Math.ceil(leaves.length / LISTED_MAX) }, (_, i) =>
    leaves.slice(i * LISTED_MAX, (i + 1) * LISTED_MAX),
  );
  return [lists, nodes.filter((it) => !leaves.includes(it as AttributeLeaf))];
}

/** False for what most subjects meet that have the attribute: lists of them would be as long as the attribute's. */
const isNarrow = (leaf: AttributeLeaf): boolean =>
  leaf.kind === "in" || leaf.kind === "prefix" || (leaf.kind === "compare" && leaf.operator !== "ne");

/** One of many comparisons holds: SQLite makes the list of all subjects for which one does, once for the statement. */
function isListed(leaves: readonly AttributeLeaf[], { tables, scope, subject }: Tested): Sql {
  const lists = leaves.map((leaf) => {
    const from = `SELECT subject FROM ${tables.attributes} INDEXED BY ${tables.byValue} WHERE scope = ? AND name = ? AND `;
    const entries: Sql = { text: from, values: [scope, tables.numberOf(leaf.name)] };
    return sql`${entries}${columnTest("value", valueTest(leaf))}`;
  });
  return sql`${{ text: subject, values: [] }} IN (${joined(lists, " UNION ALL ")})`;
}

/** The whole of a test, of a column that holds values. */
export const columnTest = (column: string, { range, more }: ValueTest): Sql =>
  more === undefined ? rangeSql(column, range) : sql`${rangeSql(column, range)} AND ${more(column)}`;

/**
 * A test of the column of ids. It has the affinity of texts, which would turn a number into one, so that other types are
 * answered here: an id is nothing but a text.
 */
export function idTest(column: string, leaf: SearchLeaf): Sql {
  if (leaf.kind === "compare" && typeof leaf.value !== "string") return sql`false`;
  if (leaf.kind !== "in") return columnTest(column, valueTest(leaf));
  const ids = leaf.values.filter((it) => typeof it === "string");
  return { text: `${column} IN (SELECT value FROM json_each(?))`, values: [JSON.stringify(ids)] };
}
