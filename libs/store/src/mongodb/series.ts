import type { AnyBulkWriteOperation, Collection, Db, Filter } from "mongodb";
import { type Bucket, bucketsOf } from "../buckets.ts";
import { prefixEnd } from "../condition.ts";
import { extremes, readNumber, type SeriesReader, storedNumber } from "../points.ts";
import type { BucketQuery } from "../sample.ts";
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

/** The value comes first, so that MongoDB's order of such objects is that of the values. */
interface StoredExtreme {
  readonly v: number;
  readonly s: bigint;
  readonly t: number;
  readonly q: bigint;
}

/** A stretch of the series `k`: its level and number, its lowest and highest step. */
interface StoredBucket {
  readonly _id: string;
  readonly k: string;
  readonly l: number;
  readonly n: bigint;
  readonly low: bigint;
  readonly high: bigint;
  readonly min?: StoredExtreme;
  readonly max?: StoredExtreme;
}

/** What one step of a removal takes away at most. */
const REMOVED_SERIES_MAX = 500;

const FORWARD = { s: 1, t: 1, q: 1, v: 1 } as const;
const BACKWARD = { s: -1, t: -1, q: -1, v: -1 } as const;

const pointsOf = (db: Db, name: string) => db.collection<StoredPoint>(`p_${name}`);
const storedBucketsOf = (db: Db, name: string) => db.collection<StoredBucket>(`b_${name}`);
const keysOf = (db: Db, name: string) => db.collection<StoredKey>(`k_${name}`);

/** Creates what a family of series needs. The unique index is both the order of reading and the identity of a point. */
export async function createSeries(db: Db, name: string): Promise<void> {
  await createIfMissing(db, `p_${name}`);
  await createIfMissing(db, `k_${name}`);
  await createIfMissing(db, `b_${name}`);
  await storedBucketsOf(db, name).createIndex({ k: 1, l: 1, n: 1 }, { name: "bucket" });
  await pointsOf(db, name).createIndex({ k: 1, ...FORWARD }, { name: "point", unique: true });
}

/** Appends points: by insertion, or within a transaction by upserts, since a duplicate would end the transaction. */
export function appendAction({ series, points }: AppendWrite): Action {
  const keys = [...Map.groupBy(points, (point) => point.key)].map(([key, members]) => keyUpdate(key, members));
  const buckets = [...Map.groupBy(points, (point) => point.key)].flatMap(([key, members]) =>
    bucketsOf(members).map((bucket) => bucketUpdate(key, bucket)),
  );
  const stored = points.map(storedPoint);
  return async ({ db, session }) => {
    if (stored.length === 0) return 0;
    const options = { ordered: false, ...(session !== undefined && { session }) };
    await keysOf(db, series).bulkWrite(keys, options);
    await storedBucketsOf(db, series).bulkWrite(buckets, options);
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

function bucketUpdate(key: string, bucket: Bucket): AnyBulkWriteOperation<StoredBucket> {
  const { level, number, lowStep, highStep, min, max } = bucket;
  const update = {
    $setOnInsert: { k: key, l: level, n: number },
    $min: { low: lowStep, ...(min !== undefined && { min: storedExtreme(min) }) },
    $max: { high: highStep, ...(max !== undefined && { max: storedExtreme(max) }) },
  } as object;
  return { updateOne: { filter: { _id: { $eq: `${level}/${number}/${key}` } }, update, upsert: true } };
}

const storedExtreme = ({ value, step, timeMs, sequence }: Point): StoredExtreme => ({
  v: value + 0,
  s: step,
  t: timeMs,
  q: sequence,
});

const extremeOf = ({ v, s, t, q }: StoredExtreme): Point => ({ value: v, step: s, timeMs: t, sequence: q });

async function readBuckets(
  buckets: Collection<StoredBucket>,
  key: string,
  query: BucketQuery,
): Promise<readonly Bucket[]> {
  const tests: Filter<StoredBucket>[] = [{ k: { $eq: key } }, { l: { $eq: query.level } }, { n: { $gte: query.from } }];
  if (query.before !== undefined) tests.push({ n: { $lt: query.before } });
  if (query.fromStep !== undefined) tests.push({ high: { $gte: query.fromStep } });
  if (query.beforeStep !== undefined) tests.push({ low: { $lt: query.beforeStep } });
  const limit = Math.min(query.limit, 2 ** 31 - 1);
  const found = await buckets.find({ $and: tests }, { sort: { n: 1 }, limit }).toArray();
  return found.map(({ n, low, high, min, max }) => ({
    level: query.level,
    number: n,
    lowStep: low,
    highStep: high,
    ...(min !== undefined && { min: extremeOf(min) }),
    ...(max !== undefined && { max: extremeOf(max) }),
  }));
}

function prefixConditions(prefix: string): Filter<StoredKey>[] {
  const end = prefixEnd(prefix);
  return [{ _id: { $gte: prefix } }, ...(end === undefined ? [] : [{ _id: { $lt: end } }])];
}

/** The keys go last, so that a removal that was cut short can be repeated. */
async function removeSome(db: Db, name: string, prefix: string): Promise<boolean> {
  const found = await keysOf(db, name)
    .find({ $and: prefixConditions(prefix) }, { limit: REMOVED_SERIES_MAX })
    .toArray();
  const ids = found.map(({ _id }) => _id);
  if (ids.length === 0) return false;
  await pointsOf(db, name).deleteMany({ k: { $in: ids } });
  await storedBucketsOf(db, name).deleteMany({ k: { $in: ids } });
  await keysOf(db, name).deleteMany({ _id: { $in: ids } });
  return ids.length === REMOVED_SERIES_MAX;
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
    buckets: (key, query) => readBuckets(storedBucketsOf(db, name), key, query),
    removeSome: (prefix) => removeSome(db, name, prefix),
    async keys(prefix, after, limit) {
      const tests = [...prefixConditions(prefix), ...(after === undefined ? [] : [{ _id: { $gt: after } }])];
      const found = keys.find({ $and: tests }, { sort: { _id: 1 }, limit });
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
