import { prefixEnd } from "../condition.ts";
import { extremes, readNumber, type SeriesReader, storedNumber } from "../points.ts";
import type { AppendWrite, Point, SeriesRange, SeriesSummary } from "../series.ts";
import type { Database } from "./database.ts";
import { joined, type Sql, sql } from "./expression.ts";

type PointRow = [step: bigint, timeMs: bigint, sequence: bigint, value: number | string];

export interface SeriesWriter {
  /** Creates the tables of a family. */
  create(name: string): void;
  /** How to append, within a transaction. Returns 0, as appends have no revision. */
  action(write: AppendWrite): () => number;
}

/** Writes points: one row each, clustered by series, and one row for each series with its smallest and largest value. */
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
    },
    action({ series, points }) {
      const upsert = `INSERT INTO "k_${series}" (key, min, max) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET
        min = min(ifnull(min, excluded.min), ifnull(excluded.min, min)),
        max = max(ifnull(max, excluded.max), ifnull(excluded.max, max)) RETURNING number`;
      const insert = `INSERT OR IGNORE INTO "p_${series}" VALUES (?, ?, ?, ?, ?)`;
      const byKey = Map.groupBy(points, (point) => point.key);
      return () => {
        const addKey = database.statement(upsert);
        const addPoint = database.statement(insert);
        for (const [key, members] of byKey) {
          const { min, max } = extremes(members);
          const [number] = addKey.get(key, min, max) as unknown as [number];
          for (const { step, timeMs, sequence, value } of members)
            addPoint.run(number, step, timeMs, sequence, storedNumber(value));
        }
        return 0;
      };
    },
  };
}

/** Reads points of one family. */
export function seriesReader(database: Database, name: string): SeriesReader {
  const columns = `SELECT step, time, sequence, value FROM "p_${name}"`;
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
      const where = sql`WHERE ${{ text: `series = ${numberOf}`, values: [key] }} AND ${rangeSql(range)}`;
      const order = `${orderBy(range.descending === true)} LIMIT ?`;
      return points({ text: `${where.text} ${order}`, values: [...where.values, range.limit] });
    },
    async summary(keys) {
      return keys.flatMap(summary);
    },
    async keys(prefix, after, limit) {
      const end = prefixEnd(prefix);
      const tests = [sql`key >= ${prefix}`];
      if (end !== undefined) tests.push(sql`key < ${end}`);
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
