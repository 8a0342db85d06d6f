import type { AnyBulkWriteOperation, Db, Filter } from "mongodb";
import { prefixEnd } from "../condition.ts";
import { extremes, readNumber, type SeriesReader, storedNumber } from "../points.ts";
import type { AppendWrite, Point, SeriesPoint, SeriesRange, SeriesSummary } from "../series.ts";
import { onlyDuplicates } from "./failure.ts";
import { createIfMissing } from "./schema.ts";
import type { Action } from "./writes.ts";

/** One point: key, step, time, sequence and value (the text NaN for NaN, which MongoDB sorts after all numbers). */
interface StoredPoint {
  readonly k: string;
  readonly s: bigint;
  readonly t: number;
  readonly q: bigint;
  readonly v: number | string;
}

interface StoredKey {
  readonly _id: string;
  readonly min?: number;
  readonly max?: number;
}

const FORWARD = { s: 1, t: 1, q: 1, v: 1 } as const;
const BACKWARD = { s: -1, t: -1, q: -1, v: -1 } as const;

const pointsOf = (db: Db, name: string) => db.collection<StoredPoint>(`p_${name}`);
const keysOf = (db: Db, name: string) => db.collection<StoredKey>(`k_${name}`);

/** Creates what a family of series needs. The unique index is both the order of reading and the identity of a point. */
export async function createSeries(db: Db, name: string): Promise<void> {
  await createIfMissing(db, `p_${name}`);
  await createIfMissing(db, `k_${name}`);
  await pointsOf(db, name).createIndex({ k: 1, ...FORWARD }, { name: "point", unique: true });
}

/** Appends points: by insertion, or within a transaction by upserts, since a duplicate would end the transaction. */
export function appendAction({ series, points }: AppendWrite): Action {
  const keys = [...Map.groupBy(points, (point) => point.key)].map(([key, members]) => keyUpdate(key, members));
  const stored = points.map(storedPoint);
  return async ({ db, session }) => {
    if (stored.length === 0) return 0;
    const options = { ordered: false, ...(session !== undefined && { session }) };
    await keysOf(db, series).bulkWrite(keys, options);
    if (session !== undefined) {
      await pointsOf(db, series).bulkWrite(stored.map(upsertion), options);
      return 0;
    }
    try {
      await pointsOf(db, series).insertMany(stored, options);
    } catch (error) {
      if (!onlyDuplicates(error)) throw error;
    }
    return 0;
  };
}

const storedPoint = ({ key, step, timeMs, sequence, value }: SeriesPoint): StoredPoint => ({
  k: key,
  s: step,
  t: timeMs,
  q: sequence,
  v: storedNumber(value),
});

const upsertion = (point: StoredPoint): AnyBulkWriteOperation<StoredPoint> => ({
  updateOne: { filter: point, update: { $setOnInsert: point }, upsert: true },
});

function keyUpdate(key: string, points: readonly Point[]): AnyBulkWriteOperation<StoredKey> {
  const { min, max } = extremes(points);
  const bounds = min === null || max === null ? {} : { $min: { min }, $max: { max } };
  const update = { $setOnInsert: { series: true }, ...bounds } as object;
  return { updateOne: { filter: { _id: { $eq: key } }, update, upsert: true } };
}

/** Reads points of one family. */
export function seriesReader(db: Db, name: string): SeriesReader {
  const points = pointsOf(db, name);
  const keys = keysOf(db, name);
  const summary = async ({ _id, min, max }: StoredKey): Promise<readonly SeriesSummary[]> => {
    const last = await points.findOne({ k: { $eq: _id } }, { sort: BACKWARD });
    if (last === null) return [];
    return [{ key: _id, last: pointOf(last), ...(min !== undefined && max !== undefined && { min, max }) }];
  };
  return {
    async read(key, range) {
      const sort = range.descending ? BACKWARD : FORWARD;
      const cursor = points.find(rangeConditions(key, range), { sort, limit: range.limit });
      return (await cursor.toArray()).map(pointOf);
    },
    async summary(wanted) {
      const known = await keys.find({ _id: { $in: wanted } }).toArray();
      return (await Promise.all(known.map(summary))).flat();
    },
    async keys(prefix, after, limit) {
      const end = prefixEnd(prefix);
      const tests = [{ $gte: prefix }, ...(end === undefined ? [] : [{ $lt: end }])];
      if (after !== undefined) tests.push({ $gt: after } as never);
      const found = keys.find({ $and: tests.map((_id) => ({ _id })) }, { sort: { _id: 1 }, limit });
      return (await found.toArray()).map(({ _id }) => _id);
    },
  };
}

function rangeConditions(key: string, range: SeriesRange): Filter<StoredPoint> {
  const tests: Filter<StoredPoint>[] = [{ k: { $eq: key } }];
  if (range.fromStep !== undefined) tests.push({ s: { $gte: range.fromStep } });
  if (range.beforeStep !== undefined) tests.push({ s: { $lt: range.beforeStep } });
  if (range.after !== undefined) tests.push(...behind(range.after, range.descending === true));
  return { $and: tests };
}

/** The points behind one in the order of reading; the bound on the step alone lets the index start there. */
function behind(after: Point, descending: boolean): readonly Filter<StoredPoint>[] {
  const { s, t, q, v } = storedPoint({ key: "", ...after });
  const [beyond, from] = descending ? (["$lt", "$lte"] as const) : (["$gt", "$gte"] as const);
  // Comparisons stay within one type, and NaN is a text behind the numbers.
  const values: object[] = [{ v: { [beyond]: v } }];
  if (typeof v === "string" && descending) values.push({ v: { $type: "number" } });
  if (typeof v === "number" && !descending) values.push({ v: { $type: "string" } });
  return [
    { s: { [from]: s } },
    {
      $or: [
        { s: { [beyond]: s } },
        { s: { $eq: s }, t: { [beyond]: t } },
        { s: { $eq: s }, t: { $eq: t }, q: { [beyond]: q } },
        { s: { $eq: s }, t: { $eq: t }, q: { $eq: q }, $or: values },
      ],
    },
  ] as Filter<StoredPoint>[];
}

const pointOf = ({ s, t, q, v }: StoredPoint): Point => ({ step: s, timeMs: t, sequence: q, value: readNumber(v) });
