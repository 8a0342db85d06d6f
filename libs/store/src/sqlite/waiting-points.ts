import { readNumber, storedNumber } from "../points.ts";
import type { SeriesPoint } from "../series.ts";
import type { Database } from "./database.ts";

/** Points of one append that are kept as they come. More of them are sorted in at once: they fill the pages that they touch. */
const KEPT_MAX = 32;

/** True for points that wait to be sorted into their series. */
export const isKept = (points: readonly SeriesPoint[]): boolean => points.length <= KEPT_MAX;

/** The points of a family that wait, by the names of their series. */
export const waitingTable = (name: string): string => `"w_${name}"`;

type WaitingRow = [key: string, step: bigint, timeMs: bigint, sequence: bigint, value: number | string];

/** Creates the table of the points that wait. */
export function createWaiting(database: Database, name: string): void {
  database.exec(`CREATE TABLE IF NOT EXISTS ${waitingTable(name)} (
    number INTEGER PRIMARY KEY, key TEXT NOT NULL, step INTEGER NOT NULL, time INTEGER NOT NULL, sequence INTEGER NOT NULL,
    value NOT NULL
  )`);
}

export const countWaiting = (database: Database, name: string): number =>
  (database.statement(`SELECT count(*) FROM ${waitingTable(name)}`).get() as unknown as [number])[0];

/** Keeps points until they are taken, within a transaction. */
export function keepPoints(database: Database, name: string, points: readonly SeriesPoint[]): void {
  const insert = database.statement(
    `INSERT INTO ${waitingTable(name)} (key, step, time, sequence, value) VALUES (?, ?, ?, ?, ?)`,
  );
  for (const { key, step, timeMs, sequence, value } of points)
    insert.run(key, step, timeMs, sequence, storedNumber(value));
}

/** Takes all points that wait, within a transaction. */
export function takePoints(database: Database, name: string): readonly SeriesPoint[] {
  const table = waitingTable(name);
  const rows = database.bigintStatement(`SELECT key, step, time, sequence, value FROM ${table}`).all();
  if (rows.length > 0) database.statement(`DELETE FROM ${table}`).run();
  return (rows as unknown as WaitingRow[]).map(([key, step, timeMs, sequence, value]) => ({
    key,
    step,
    timeMs: Number(timeMs),
    sequence,
    value: readNumber(value),
  }));
}
