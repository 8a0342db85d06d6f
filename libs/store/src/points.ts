import { invalidCall, invalidValue } from "./errors.ts";
import { STORE_LIMITS } from "./limits.ts";
import { type SampleReader, sampled } from "./sample.ts";
import type { AppendWrite, Point, Series, SeriesPoint, SeriesSummary } from "./series.ts";
import { checkKey, isInt64 } from "./value.ts";

/** Points of one commit of an append: few enough that the event loop goes on in between. */
const CHUNK_POINTS = 5_000;

/** Appends of one call that are under way at a time. */
const CHUNKS_AT_ONCE = 4;

/** The first, the last, the smallest and the largest point. */
const SAMPLE_POINTS_MIN = 4;

/** What an adapter does for one family of series; everything else is the same for all of them. */
export interface SeriesReader extends SampleReader {
  summary(keys: readonly string[]): Promise<readonly SeriesSummary[]>;
  keys(prefix: string, after: string | undefined, limit: number): Promise<readonly string[]>;
  /** Removes some of what starts with the prefix, and tells whether there is more. */
  removeSome(prefix: string): Promise<boolean>;
}

/** Makes a family of series of what an adapter reads and of how it appends some points. */
export function seriesOn(name: string, reader: SeriesReader, append: (write: AppendWrite) => Promise<unknown>): Series {
  const write = (points: readonly SeriesPoint[]): AppendWrite => ({ kind: "append", series: name, points });
  return {
    name,
    write,
    async append(points) {
      checkPoints(points);
      for (let at = 0; at < points.length; at += CHUNK_POINTS * CHUNKS_AT_ONCE) {
        const chunks = Array.from({ length: CHUNKS_AT_ONCE }, (_, i) => at + i * CHUNK_POINTS)
          .map((from) => points.slice(from, from + CHUNK_POINTS))
          .filter((chunk) => chunk.length > 0);
        await Promise.all(chunks.map((chunk) => append(write(chunk))));
      }
    },
    async read(key, range) {
      checkLimit(range.limit, STORE_LIMITS.pointsMax, "limit");
      return reader.read(key, range);
    },
    async summaries(keys) {
      if (keys.length > STORE_LIMITS.documentsMax) throw invalidCall("keys", `${keys.length} keys are too many`);
      return new Map((await reader.summary([...new Set(keys)])).map((summary) => [summary.key, summary]));
    },
    async sample(key, range) {
      if (!Number.isInteger(range.points) || range.points < SAMPLE_POINTS_MIN || range.points > STORE_LIMITS.pointsMax)
        throw invalidCall(
          "points",
          `${range.points} is not between ${SAMPLE_POINTS_MIN} and ${STORE_LIMITS.pointsMax}`,
        );
      return sampled(reader, key, range);
    },
    async removeAll(prefix) {
      checkKey(prefix, "prefix");
      while (await reader.removeSome(prefix));
    },
    async keys(prefix, { after, limit }) {
      checkLimit(limit, STORE_LIMITS.documentsMax, "limit");
      return reader.keys(prefix, after, limit);
    },
  };
}

/** Refuses points that some adapter could not keep exactly. */
export function checkPoints(points: readonly SeriesPoint[]): void {
  let checked: string | undefined;
  for (const { key, step, timeMs, sequence, value } of points) {
    if (key !== checked) checkKey(key, "point.key");
    checked = key;
    if (!isInt64(step)) throw invalidValue("point.step", `${step} does not fit in 64 bits`);
    if (!isInt64(sequence)) throw invalidValue("point.sequence", `${sequence} does not fit in 64 bits`);
    if (!Number.isSafeInteger(timeMs))
      throw invalidValue("point.timeMs", `${timeMs} is no whole number of milliseconds`);
    if (typeof value !== "number") throw invalidValue("point.value", `${value} is not a number`);
  }
}

/** The smallest and largest value, leaving out NaN; null if there is none. */
export function extremes(points: readonly Point[]): { readonly min: number | null; readonly max: number | null } {
  let min: number | null = null;
  let max: number | null = null;
  for (const { value } of points) {
    if (Number.isNaN(value)) continue;
    if (min === null || value < min) min = value;
    if (max === null || value > max) max = value;
  }
  return { min, max };
}

/** The form of a value that is stored and compared: every NaN is one text after all numbers, negative zero is zero. */
export const storedNumber = (value: number): number | string => (Number.isNaN(value) ? "NaN" : value + 0);

/** The inverse of `storedNumber`. */
export const readNumber = (stored: number | string): number => (typeof stored === "string" ? Number.NaN : stored);

function checkLimit(limit: number, most: number, what: string): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > most)
    throw invalidCall(what, `${limit} is not between 1 and ${most}`);
}
