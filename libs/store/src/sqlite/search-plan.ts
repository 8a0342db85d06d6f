import { ID } from "../filter.ts";
import type { AttributeName } from "../search.ts";
import type { SearchLeaf, SearchNode } from "../search-condition.ts";
import type { Database } from "./database.ts";
import { joined, type Sql, sql } from "./expression.ts";
import { type Piece, pieceSql, piecesOf, type Stretch } from "./search-pieces.ts";
import { columnTest, idTest, type TestedScope, valueTest } from "./search-test.ts";
import { rangeSql, type ValueRange } from "./search-value.ts";

/** Entries of an index that are counted for an estimate at most: counting them takes less than half a millisecond. */
export const COUNTED_MAX = 5_000;
/** The share of subjects that is taken to meet a condition if counting was given up. */
const SHARE_UNKNOWN = 0.2;
/** What has no more pieces than this is done as one. */
export const PIECES_MIN = 2.5;
/** Conditions that are estimated. */
const ESTIMATES_MAX = 8;

/** A way to the subjects that meet one condition, by an index. */
export interface Driver {
  /** A query of the numbers of subjects, some perhaps twice, in a column `subject`. */
  readonly sql: Sql;
  /** How many there are, or COUNTED_MAX + 1 if there are more than that. */
  readonly estimate: number;
  /** The condition that needs no further test. */
  readonly answers?: SearchNode;
  /** The entries that it goes along, if they are those of one attribute. */
  readonly along?: { readonly stretch: Stretch; readonly more: Sql };
}

/** Where to look. */
export interface Place extends TestedScope {
  readonly database: Database;
  /** How many subjects the scope has. */
  readonly subjects: number;
}

/** The conditions that must all be met. */
export function conjuncts(node: SearchNode): readonly SearchNode[] {
  return node.kind === "and" ? node.nodes.flatMap(conjuncts) : [node];
}

/** The ways to what meets each of the conditions that an index answers, the shortest first. */
export function drivers(conditions: readonly SearchNode[], place: Place): readonly Driver[] {
  const found: Driver[] = [];
  for (const node of conditions) {
    if (found.length >= ESTIMATES_MAX) break;
    const driver = driverOf(node, place);
    if (driver !== undefined) found.push(driver);
  }
  return found.sort((a, b) => a.estimate - b.estimate);
}

function driverOf(node: SearchNode, place: Place): Driver | undefined {
  switch (node.kind) {
    case "not":
      return undefined;
    case "and":
      return drivers(conjuncts(node), place)[0];
    case "or":
      return unionOf(node.nodes, place);
    default:
      return node.name === ID ? idDriver(node, place) : attributeDriver(node, node.name, place);
  }
}

function unionOf(nodes: readonly SearchNode[], place: Place): Driver | undefined {
  if (nodes.length === 0 || nodes.length > ESTIMATES_MAX) return undefined;
  const all = nodes.map((it) => driverOf(it, place));
  if (all.includes(undefined)) return undefined;
  const ways = all as readonly Driver[];
  const estimate = ways.reduce((sum, it) => sum + it.estimate, 0);
  const union = joined(
    ways.map((it) => sql`SELECT subject FROM (${it.sql})`),
    " UNION ",
  );
  return { sql: union, estimate };
}

function attributeDriver(leaf: SearchLeaf, name: string, place: Place): Driver {
  const test = valueTest(leaf);
  const estimate = countEntries(place, name, leaf.kind === "in" ? columnTest("value", test) : test.range);
  const along = { stretch: { name, range: test.range, descending: false }, more: test.more?.("value") ?? sql`true` };
  return { sql: alongSql(place, along, {}), estimate, answers: leaf, along };
}

/** The numbers of the subjects of one piece of a driver. */
const alongSql = (place: Place, { stretch, more }: NonNullable<Driver["along"]>, piece: Piece): Sql =>
  sql`SELECT subject FROM ${entriesSql(place, stretch.name)} AND ${pieceSql("", stretch, piece)} AND ${more}`;

/** The queries of a driver: one for each piece, if it leads to many subjects and can be cut. */
export function* partsOf(place: Place, driver: Driver, entries: number): Generator<Sql, void> {
  const { along, estimate } = driver;
  if (along === undefined || estimate <= Math.min(COUNTED_MAX, PIECES_MIN * entries)) return yield driver.sql;
  for (const piece of piecesOf(place, along.stretch, entries)) yield alongSql(place, along, piece);
}

function idDriver(leaf: SearchLeaf, { database, tables, scope }: Place): Driver | undefined {
  if (leaf.kind === "compare" && leaf.operator !== "eq") return undefined;
  const from = { text: `FROM ${tables.subjects} WHERE scope = ? AND `, values: [scope] };
  const rows = sql`${from}${idTest("id", leaf)}`;
  return { sql: sql`SELECT number AS subject ${rows}`, estimate: bounded(database, rows), answers: leaf };
}

/** How many entries of the scope have the attribute with such values; COUNTED_MAX + 1 stands for more. */
export function countEntries(place: Place, name: string, test: ValueRange | Sql): number {
  const range = "text" in test ? test : rangeSql("value", test);
  return bounded(place.database, sql`FROM ${entriesSql(place, name)} AND ${range}`);
}

const entriesSql = ({ tables, scope }: Place, name: string): Sql => ({
  text: `${tables.attributes} INDEXED BY ${tables.byValue} WHERE scope = ? AND name = ?`,
  values: [scope, tables.numberOf(name)],
});

function bounded(database: Database, rows: Sql): number {
  const { text, values } = sql`SELECT count(*) FROM (SELECT 1 ${rows} LIMIT ${COUNTED_MAX + 1})`;
  return (database.statement(text).get(...values) as unknown as [number])[0];
}

/**
 * True if walking along the order, and testing each subject until the page is full, should be shorter than sorting what
 * the best driver gives. Conditions are taken as independent of each other, and the walk as twice as long as it seems.
 */
export function walkIsShorter(
  all: readonly Driver[],
  walk: {
    readonly name: AttributeName;
    /** How many entries there are to walk. */
    readonly entries: number;
    readonly subjects: number;
    readonly limit: number;
  },
): boolean {
  const [best] = all;
  if (best === undefined) return true;
  // What is walked meets the conditions of the attribute itself already.
  const others = all.filter(
    ({ answers }) => answers === undefined || !("name" in answers) || answers.name !== walk.name,
  );
  const share = others.reduce((product, it) => product * shareOf(it.estimate, walk.subjects), 1);
  const steps = share === 0 ? walk.entries : Math.min(walk.entries, (2 * walk.limit) / share);
  return steps < best.estimate;
}

function shareOf(estimate: number, subjects: number): number {
  const share = estimate / Math.max(1, subjects);
  return Math.min(1, estimate > COUNTED_MAX ? Math.max(share, SHARE_UNKNOWN) : share);
}
