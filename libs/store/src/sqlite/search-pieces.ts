import type { SearchNode } from "../search-condition.ts";
import type { Database } from "./database.ts";
import { type Sql, sql } from "./expression.ts";
import { comparisonsIn, makesLists, type TestedScope } from "./search-test.ts";
import { compareStored, rangeSql, type StoredValue, type ValueRange } from "./search-value.ts";

/** Entries that are looked at in one go, after which others may have their turn: testing them takes some milliseconds. */
export const PIECE_ENTRIES = 2_000;
/** Comparisons that are made in one go. */
const PIECE_COMPARISONS = 4_000;
/** Pieces that are smaller would take longer to find than to search. */
const PIECE_ENTRIES_MIN = 4;

/** Some entries of the index of values, in its order or against it. */
export interface Stretch {
  readonly name: string;
  readonly range: ValueRange;
  readonly descending: boolean;
}

/** Where an entry stands among those of its attribute. */
interface Entry {
  readonly value: StoredValue;
  readonly subject: number;
}

/** The part of a stretch that comes behind `after`, up to and with `last`; to the end if there is none. */
export interface Piece {
  readonly after?: Entry;
  readonly last?: Entry;
}

const WHOLE: Piece = {};

/** How many entries of one piece are tested by the conditions. */
export function entriesOfPiece(conditions: readonly SearchNode[]): number {
  const comparisons = conditions.reduce((sum, it) => sum + comparisonsIn(it), 0);
  return Math.max(PIECE_ENTRIES_MIN, Math.min(PIECE_ENTRIES, Math.floor(PIECE_COMPARISONS / Math.max(1, comparisons))));
}

/** True if the work can be done in pieces: what a statement makes for itself first would be made again for each. */
export const canBeCut = (conditions: readonly SearchNode[]): boolean => !conditions.some(makesLists);

/** Entries of a piece of what is not cut. */
export const UNCUT = Number.POSITIVE_INFINITY;

type Place = TestedScope & { readonly database: Database };

/** Cuts a stretch, each piece when it is asked for: what is written in between is seen, or not, as if it came later. */
export function* piecesOf(place: Place, stretch: Stretch, entries: number): Generator<Piece, void> {
  let piece = WHOLE;
  while (entries !== UNCUT) {
    const last = lastOf(place, stretch, { piece, entries });
    if (last === undefined) break;
    yield { ...piece, last };
    piece = { after: last };
  }
  yield piece;
}

/** The last entry of the next piece, if there are more entries than one piece has. */
function lastOf(
  { database, tables, scope }: Place,
  stretch: Stretch,
  { piece, entries }: { readonly piece: Piece; readonly entries: number },
): Entry | undefined {
  const from: Sql = {
    text: `FROM ${tables.attributes} INDEXED BY ${tables.byValue} WHERE scope = ? AND name = ? AND `,
    values: [scope, tables.numberOf(stretch.name)],
  };
  const direction = stretch.descending ? " DESC" : "";
  const { text, values } = sql`${from}${pieceSql("", stretch, piece)}`;
  const by = `ORDER BY value${direction}, subject${direction} LIMIT 1 OFFSET ${entries - 1}`;
  const row = database.statement(`SELECT value, subject ${text} ${by}`).get(...values);
  if (row === undefined) return undefined;
  const [value, subject] = row as unknown as [StoredValue, number];
  return { value, subject };
}

/** Cuts the subjects of a scope by their ids, from behind `after` on. Gives tests of the row of a subject. */
export function* idPiecesOf(
  { database, tables, scope }: Place,
  from: { readonly after: StoredValue | null | undefined; readonly descending: boolean },
  entries: number,
): Generator<Sql, void> {
  const [behind, upTo, direction] = from.descending ? ["<", ">=", " DESC"] : [">", "<=", ""];
  let after: Sql = from.after === undefined ? sql`true` : { text: `s.id ${behind} ?`, values: [from.after] };
  while (entries !== UNCUT) {
    const { text, values } = sql`WHERE scope = ${scope} AND ${after}`;
    const by = `ORDER BY id${direction} LIMIT 1 OFFSET ${entries - 1}`;
    const row = database.statement(`SELECT id FROM ${tables.subjects} AS s ${text} ${by}`).get(...values);
    if (row === undefined) break;
    const [last] = row as unknown as [string];
    yield sql`${after} AND ${{ text: `s.id ${upTo} ?`, values: [last] }}`;
    after = { text: `s.id ${behind} ?`, values: [last] };
  }
  yield after;
}

/**
 * A test of entries. Their columns have the prefix `table`. The bounds of the piece take the place of those of the range, so
 * that the index is entered where the piece begins.
 */
export function pieceSql(table: string, { range, descending }: Stretch, { after, last }: Piece): Sql {
  const [low, high] = descending ? [last, after] : [after, last];
  const value = `${table}value`;
  const [above, below] = descending ? [">=", "<"] : [">", "<="];
  if (isOneValue(range)) {
    const subject = `${table}subject`;
    return sql`${rangeSql(value, range)}${bound(subject, above, low?.subject)}${bound(subject, below, high?.subject)}`;
  }
  const place = `(${value}, ${table}subject)`;
  const { lower, upper } = range;
  const from = low === undefined ? rangeSql(value, lower === undefined ? {} : { lower }) : pair(place, above, low);
  const to = high === undefined ? rangeSql(value, upper === undefined ? {} : { upper }) : pair(place, below, high);
  return sql`${from} AND ${to}`;
}

const isOneValue = ({ lower, upper }: ValueRange): boolean =>
  lower?.inclusive === true && upper?.inclusive === true && compareStored(lower.value, upper.value) === 0;

const bound = (column: string, operator: string, subject: number | undefined): Sql =>
  subject === undefined ? sql`` : { text: ` AND ${column} ${operator} ?`, values: [subject] };

const pair = (place: string, operator: string, { value, subject }: Entry): Sql => ({
  text: `${place} ${operator} (?, ?)`,
  values: [value, subject],
});
