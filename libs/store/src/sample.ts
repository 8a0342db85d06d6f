import { BUCKET_LEVELS, BUCKET_POINTS, type Bucket } from "./buckets.ts";
import { STORE_LIMITS } from "./limits.ts";
import type { Point, Sample, SampleRange, SeriesRange } from "./series.ts";

/** Which buckets of one level to read. */
export interface BucketQuery {
  readonly level: number;
  /** The lowest number. */
  readonly from: bigint;
  /** The first number not to read. */
  readonly before?: bigint;
  /** Only those with points at these steps. */
  readonly fromStep?: bigint;
  readonly beforeStep?: bigint;
  readonly limit: number;
}

/** What an adapter reads for a sample. */
export interface SampleReader {
  read(key: string, range: SeriesRange): Promise<readonly Point[]>;
  /** By number; none if the series is too short to have any. */
  buckets(key: string, query: BucketQuery): Promise<readonly Bucket[]>;
}

/** So many points are read one by one rather than by buckets. */
const PLAIN_POINTS_MAX = 16_384;
/** Buckets to choose a level by: reading them takes some milliseconds. */
const BUCKETS_MAX = 4_096;
/** Sequences may be negative. */
const FIRST_BUCKET = -(2n ** 63n);
/** Buckets in a bucket of the next level. */
const FANOUT_BITS = BigInt(BUCKET_LEVELS[1] - BUCKET_LEVELS[0]);
const FANOUT = 1n << FANOUT_BITS;

type Steps = Pick<SampleRange, "fromStep" | "beforeStep">;

/** Makes a curve shorter, by the laws of `Series.sample`. */
export async function sampled(reader: SampleReader, key: string, range: SampleRange): Promise<Sample> {
  const { points: most, ...steps } = range;
  const curve = shortened(most);
  const buckets = await chosenBuckets(reader, key, range);
  if (buckets === undefined) {
    for await (const page of plainPages(reader, key, steps)) curve.add(page);
    return curve.sample();
  }
  const { points, rest } = await extremesOf(reader, key, { buckets, steps });
  const [first, last] = await Promise.all([
    reader.read(key, { ...steps, limit: 1 }),
    reader.read(key, { ...steps, limit: 1, descending: true }),
  ]);
  curve.add([...first, ...points, ...last]);
  for (const stretch of joinedStretches(rest))
    for await (const page of plainPages(reader, key, stretch)) curve.add(page);
  const sample = curve.sample();
  return { ...sample, complete: sample.complete && points.length === 0 };
}

/** The buckets of the finest level that has not too many of them in the range; undefined to read the points themselves. */
async function chosenBuckets(
  reader: SampleReader,
  key: string,
  { points, ...steps }: SampleRange,
): Promise<readonly Bucket[] | undefined> {
  const most = Math.max(BUCKETS_MAX, 4 * points);
  for (const [i, level] of BUCKET_LEVELS.entries()) {
    const limit = i === BUCKET_LEVELS.length - 1 ? Number.MAX_SAFE_INTEGER : most + 1;
    const found = await reader.buckets(key, { level, from: FIRST_BUCKET, ...steps, limit });
    if (i === 0 && found.length * BUCKET_POINTS <= Math.max(PLAIN_POINTS_MAX, 8 * points)) return undefined;
    if (found.length < limit) return [...(await firstBuckets(reader, key, { below: i, steps })), ...found];
  }
  return undefined;
}

/** What stands for the first bucket of a level: those of the levels below. */
async function firstBuckets(
  reader: SampleReader,
  key: string,
  { below, steps }: { readonly below: number; readonly steps: Steps },
): Promise<readonly Bucket[]> {
  const levels = BUCKET_LEVELS.slice(0, below);
  const found = levels.map((level, i) =>
    reader.buckets(key, { level, from: i === 0 ? 0n : 1n, before: FANOUT, ...steps, limit: Number(FANOUT) }),
  );
  return (await Promise.all(found)).flat();
}

/** Some steps, both ends included. */
interface Stretch {
  readonly low: bigint;
  readonly high: bigint;
}

/**
 * The extremes of buckets that lie in the range. Of a bucket that lies in it in part the parts of the level below are
 * looked at, and of the lowest level `rest` has the steps whose points have to be read.
 */
async function extremesOf(
  reader: SampleReader,
  key: string,
  { buckets, steps }: { readonly buckets: readonly Bucket[]; readonly steps: Steps },
): Promise<{ readonly points: readonly Point[]; readonly rest: readonly Stretch[] }> {
  const { fromStep, beforeStep } = steps;
  const points: Point[] = [];
  const rest: Stretch[] = [];
  const open = [...buckets];
  for (let bucket = open.pop(); bucket !== undefined; bucket = open.pop()) {
    const { lowStep, highStep, level, number, min, max } = bucket;
    const starts = fromStep === undefined || lowStep >= fromStep;
    const ends = beforeStep === undefined || highStep < beforeStep;
    if (starts && ends) points.push(...[min, max].filter((it) => it !== undefined));
    else if (level === BUCKET_LEVELS[0])
      rest.push({ low: starts ? lowStep : (fromStep as bigint), high: ends ? highStep : (beforeStep as bigint) - 1n });
    else {
      const from = number << FANOUT_BITS;
      const below = BUCKET_LEVELS[BUCKET_LEVELS.indexOf(level as 12) - 1] as number;
      const parts = { level: below, from, before: from + FANOUT, ...steps, limit: Number(FANOUT) };
      open.push(...(await reader.buckets(key, parts)));
    }
  }
  return { points, rest };
}

/** The stretches without what they share, so that no point is read twice. */
function joinedStretches(stretches: readonly Stretch[]): readonly Steps[] {
  const joined: Stretch[] = [];
  for (const it of stretches.toSorted((a, b) => Number(a.low > b.low) - Number(a.low < b.low))) {
    const last = joined.at(-1);
    if (last === undefined || it.low > last.high + 1n) joined.push(it);
    else if (it.high > last.high) joined[joined.length - 1] = { low: last.low, high: it.high };
  }
  return joined.map(({ low, high }) => ({ fromStep: low, beforeStep: high + 1n }));
}

async function* plainPages(reader: SampleReader, key: string, steps: Steps): AsyncGenerator<readonly Point[]> {
  let after: Point | undefined;
  do {
    const page = await reader.read(key, { ...steps, limit: STORE_LIMITS.pointsMax, ...(after && { after }) });
    yield page;
    after = page.length < STORE_LIMITS.pointsMax ? undefined : page.at(-1);
  } while (after !== undefined);
}

/** A curve that never holds many more points than asked for, however many are added. */
function shortened(most: number) {
  let points: Point[] = [];
  let complete = true;
  return {
    add(more: readonly Point[]): void {
      points = points.concat(more);
      if (points.length <= 8 * Math.max(most, STORE_LIMITS.pointsMax)) return;
      // Fewer than asked for would be too few for what is still to come.
      points = thinned(points, 4 * most);
      complete = false;
    },
    sample(): Sample {
      const distinct = inOrder(points);
      if (distinct.length <= most) return { points: distinct, complete };
      return { points: thinned(distinct, most), complete: false };
    },
  };
}

/** The first and the last point, and of as many stretches as fit the smallest and the largest. */
function thinned(unordered: readonly Point[], most: number): Point[] {
  const points = inOrder(unordered);
  const stretches = Math.max(1, Math.floor((most - 2) / 2));
  const kept = new Set<Point>([points[0] as Point, points.at(-1) as Point]);
  for (let i = 0; i < stretches; i++) {
    const start = Math.floor((i * points.length) / stretches);
    const end = Math.floor(((i + 1) * points.length) / stretches);
    let min: Point | undefined;
    let max: Point | undefined;
    for (let at = start; at < end; at++) {
      const point = points[at] as Point;
      if (Number.isNaN(point.value)) continue;
      if (min === undefined || point.value < min.value) min = point;
      if (max === undefined || point.value > max.value) max = point;
    }
    // A stretch of NaNs alone is shown by its first point.
    const shown = min ?? points[start];
    if (shown !== undefined && end > start) kept.add(shown).add(max ?? shown);
  }
  return points.filter((it) => kept.has(it));
}

/** Each point once, in the order of the series. */
function inOrder(points: readonly Point[]): Point[] {
  const sorted = points.toSorted(compare);
  return sorted.filter((point, i) => i === 0 || compare(point, sorted[i - 1] as Point) !== 0);
}

function compare(a: Point, b: Point): number {
  if (a.step !== b.step) return a.step < b.step ? -1 : 1;
  if (a.timeMs !== b.timeMs) return a.timeMs - b.timeMs;
  if (a.sequence !== b.sequence) return a.sequence < b.sequence ? -1 : 1;
  if (Number.isNaN(a.value) || Number.isNaN(b.value))
    return Number(Number.isNaN(a.value)) - Number(Number.isNaN(b.value));
  return a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
}
