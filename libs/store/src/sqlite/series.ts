import { BUCKET_POINTS } from "../buckets.ts";
import { prefixEnd } from "../condition.ts";
import { extremes, readNumber, type SeriesReader, storedNumber } from "../points.ts";
import type { Point, SeriesPoint, SeriesRange, SeriesSummary } from "../series.ts";
import { addToBuckets, createBuckets, readBuckets } from "./bucket-rows.ts";
import type { Database } from "./database.ts";
import type { EncodedAppend } from "./encoded-write.ts";
import { joined, type Sql, sql } from "./expression.ts";
import { countWaiting, createWaiting, isKept, keepPoints, takePoints, waitingTable } from "./waiting-points.ts";

/** What one commit of a removal takes away at most, so that the event loop goes on in between. */
const REMOVED_POINTS_MAX = 5_000;
const REMOVED_SERIES_MAX = 500;

/** Points that are held at a time while the buckets of a series are made. */
const POINTS_AT_ONCE = 5_000;

type PointRow = [step: bigint, timeMs: bigint, sequence: bigint, value: number | string];

export interface SeriesWriter {
  /** Creates the tables of a family. */
  create(name: string): void;
  /** How many points wait to be sorted into their series. */
  waiting(name: string): number;
  /** How to append, within a transaction. Returns 0, as appends have no revision. */
  action(write: EncodedAppend): () => number;
  /** Sorts what waits into its series, within a transaction. */
  settle(name: string): void;
}

/**
 * Writes points: one row each, clustered by series, and one row for each series with its smallest and largest value. The points of
 * each series so have pages of their own: a few points, mostly of many series in turn, are kept behind each other as they come, and sorted
 * in together. Since points are a set, their order does not matter.
 */
export function seriesWriter(database: Database): SeriesWriter {
  return {
    create(name) {
      database.exec(`
        CREATE TABLE IF NOT EXISTS "k_${name}" (
          number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, min REAL, max REAL
        ) STRICT;
        CREATE TABLE IF NOT EXISTS "p_${name}" (
          series INTEGER NOT NULL, step INTEGER NOT NULL, time INTEGER NOT NULL, sequence INTEGER NOT NULL,
          value NOT NULL, PRIMARY KEY (series, step, time, sequence, value)
        ) WITHOUT ROWID;
      `);
      createBuckets(database, name);
      createWaiting(database, name);
      const columns = database.statement(`SELECT name FROM pragma_table_info('k_${name}')`).all() as unknown as [
        string,
      ][];
      // A series is long once it has a sequence beyond the first bucket; from then on its buckets are kept.
      if (!columns.some(([column]) => column === "long"))
        database.exec(`ALTER TABLE "k_${name}" ADD COLUMN long INTEGER NOT NULL DEFAULT 0`);
    },
    waiting: (name) => countWaiting(database, name),
    action: ({ series, points }) => {
      const work = isKept(points) ? keepPoints : addPoints;
      return () => {
        work(database, series, points);
        return 0;
      };
    },
    settle: (name) => addPoints(database, name, takePoints(database, name)),
  };
}

function addPoints(database: Database, name: string, points: readonly SeriesPoint[]): void {
  const addPoint = database.statement(`INSERT OR IGNORE INTO "p_${name}" VALUES (?, ?, ?, ?, ?)`);
  for (const [key, members] of Map.groupBy(points, (it) => it.key)) {
    const { number, isLong } = keyRow(database, name, { key, ...extremes(members) });
    if (isLong) addToBuckets(database, name, { series: number, points: members });
    else if (members.some(({ sequence }) => sequence >= BUCKET_POINTS))
      becomeLong(database, name, { series: number, points: members });
    for (const { step, timeMs, sequence, value } of members)
      addPoint.run(number, step, timeMs, sequence, storedNumber(value));
  }
}

interface KeyBounds {
  readonly key: string;
  readonly min: number | null;
  readonly max: number | null;
}

/** The row of a series, made if it is missing. It is written only if its bounds change, which is rare in a long series. */
function keyRow(
  database: Database,
  name: string,
  { key, min, max }: KeyBounds,
): { readonly number: number; readonly isLong: boolean } {
  const row = database.statement(`SELECT number, long, min, max FROM "k_${name}" WHERE key = ?`).get(key);
  if (row === undefined) {
    const insert = database.statement(`INSERT INTO "k_${name}" (key, min, max) VALUES (?, ?, ?)`);
    return { number: Number(insert.run(key, min, max).lastInsertRowid), isLong: false };
  }
  const [number, long, low, high] = row as unknown as [number, number, number | null, number | null];
  const isWider = (min !== null && (low === null || min < low)) || (max !== null && (high === null || max > high));
  if (isWider) {
    const bounds = [least(min, low), greatest(max, high)];
    database.statement(`UPDATE "k_${name}" SET min = ?, max = ? WHERE number = ?`).run(...bounds, number);
  }
  return { number, isLong: long === 1 };
}

const least = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : Math.min(a, b));

const greatest = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.max(a, b);

/** Begins to keep the buckets of a series, with the points that it has already. */
function becomeLong(
  database: Database,
  name: string,
  { series, points }: { readonly series: number; readonly points: readonly Point[] },
): void {
  const stored = database.bigintStatement(`SELECT step, time, sequence, value FROM "p_${name}" WHERE series = ?`);
  let some: Point[] = [];
  for (const row of stored.iterate(series)) {
    some.push(pointOf(row as unknown as PointRow));
    if (some.length < POINTS_AT_ONCE) continue;
    addToBuckets(database, name, { series, points: some });
    some = [];
  }
  addToBuckets(database, name, { series, points: [...some, ...points] });
  database.statement(`UPDATE "k_${name}" SET long = 1 WHERE number = ?`).run(series);
}

/**
 * Removes points of the series that start with a prefix, and series that are empty. Returns whether there is more. None of their points
 * wait any more.
 */
export function removeSomeSeries(database: Database, name: string, prefix: string): boolean {
  const range = prefixSql(prefix);
  const keys = database.statement(`SELECT number FROM "k_${name}" WHERE ${range.text} LIMIT ?`);
  let room = REMOVED_POINTS_MAX;
  const found = keys.all(...range.values, REMOVED_SERIES_MAX) as unknown as [number][];
  for (const [number] of found) {
    const some = `SELECT step, time, sequence, value FROM "p_${name}" WHERE series = ? LIMIT ?`;
    const remove = `DELETE FROM "p_${name}" WHERE series = ? AND (step, time, sequence, value) IN (${some})`;
    room -= Number(database.statement(remove).run(number, number, room).changes);
    if (room <= 0) return true;
    database.statement(`DELETE FROM "b_${name}" WHERE series = ?`).run(number);
    database.statement(`DELETE FROM "k_${name}" WHERE number = ?`).run(number);
  }
  return found.length === REMOVED_SERIES_MAX;
}

function prefixSql(prefix: string): Sql {
  const end = prefixEnd(prefix);
  return end === undefined ? sql`key >= ${prefix}` : sql`key >= ${prefix} AND key < ${end}`;
}

/** Reads points of one family. All but `read` know nothing of those that wait. */
export function seriesReader(database: Database, name: string): Omit<SeriesReader, "removeSome"> {
  const all = "SELECT step, time, sequence, value FROM";
  const columns = `${all} "p_${name}"`;
  const numberOf = `(SELECT number FROM "k_${name}" WHERE key = ?)`;
  const points = ({ text, values }: Sql): readonly Point[] =>
    (database.bigintStatement(`${columns} ${text}`).all(...values) as unknown as PointRow[]).map(pointOf);
  const last = (key: string): Point | undefined =>
    points({ text: `WHERE series = ${numberOf} ${orderBy(true)} LIMIT 1`, values: [key] })[0];

  const summary = (key: string): readonly SeriesSummary[] => {
    const row = database.statement(`SELECT min, max FROM "k_${name}" WHERE key = ?`).get(key);
    const newest = last(key);
    if (row === undefined || newest === undefined) return [];
    const [min, max] = row as unknown as [number | null, number | null];
    return [{ key, last: newest, ...(min !== null && max !== null && { min, max }) }];
  };
  return {
    async read(key, range) {
      const { text, values } = rangeSql(range);
      // In one statement, so that no point is sorted in between two looks.
      const both = `WHERE series = ${numberOf} AND ${text} UNION ${all} ${waitingTable(name)} WHERE key = ? AND ${text}`;
      const order = `${orderBy(range.descending === true)} LIMIT ?`;
      return points({ text: `${both} ${order}`, values: [key, ...values, key, ...values, range.limit] });
    },
    async summary(keys) {
      return keys.flatMap(summary);
    },
    async buckets(key, query) {
      return readBuckets(database, name, { series: { text: numberOf, values: [key] }, query });
    },
    async keys(prefix, after, limit) {
      const tests = [prefixSql(prefix)];
      if (after !== undefined) tests.push(sql`key > ${after}`);
      const { text, values } = joined(tests, " AND ");
      const list = `SELECT key FROM "k_${name}" WHERE ${text} ORDER BY key LIMIT ?`;
      return (database.statement(list).all(...values, limit) as unknown as [string][]).map(([key]) => key);
    },
  };
}

const orderBy = (descending: boolean): string =>
  `ORDER BY ${["step", "time", "sequence", "value"].map((it) => (descending ? `${it} DESC` : it)).join(", ")}`;

function rangeSql({ after, fromStep, beforeStep, descending }: SeriesRange): Sql {
  const tests: Sql[] = [sql`true`];
  if (fromStep !== undefined) tests.push(sql`step >= ${fromStep}`);
  if (beforeStep !== undefined) tests.push(sql`step < ${beforeStep}`);
  if (after !== undefined)
    tests.push({
      text: `(step, time, sequence, value) ${descending ? "<" : ">"} (?, ?, ?, ?)`,
      values: [after.step, after.timeMs, after.sequence, storedNumber(after.value)],
    });
  return joined(tests, " AND ");
}

const pointOf = ([step, timeMs, sequence, value]: PointRow): Point => ({
  step,
  timeMs: Number(timeMs),
  value: readNumber(value),
  sequence,
});
