import type { Point } from "./series.ts";

/**
 * Stretches of a series by sequence, at several levels: a bucket of level `bits` has the sequences that are equal but for
 * that many bits. The first bucket of every level but the lowest is not kept: the level below has it in parts.
 */
export const BUCKET_LEVELS = [8, 12, 16, 20, 24] as const;

/** Sequences of the lowest level that make one bucket. */
export const BUCKET_POINTS = 2 ** BUCKET_LEVELS[0];

/** What is kept of one stretch of a series. */
export interface Bucket {
  readonly level: number;
  readonly number: bigint;
  readonly lowStep: bigint;
  readonly highStep: bigint;
  /** Absent if all values are NaN. */
  readonly min?: Point;
  readonly max?: Point;
}

/** The buckets that points of one series fall into. */
export function bucketsOf(points: readonly Point[]): readonly Bucket[] {
  const [lowest, ...levels] = BUCKET_LEVELS;
  let below = lowestBuckets(points, BigInt(lowest));
  const all = [...below];
  for (const level of levels) {
    below = widerBuckets(below, level);
    all.push(...below.filter(({ number }) => number !== 0n));
  }
  return all;
}

function lowestBuckets(points: readonly Point[], bits: bigint): readonly Bucket[] {
  const drafts = new Map<bigint, Draft>();
  let draft: Draft | undefined;
  for (const point of points) {
    const number = point.sequence >> bits;
    // Points mostly come one behind the other.
    if (draft === undefined || draft.number !== number) {
      draft = drafts.get(number) ?? { level: Number(bits), number, lowStep: point.step, highStep: point.step };
      drafts.set(number, draft);
    }
    add(draft, point);
  }
  return [...drafts.values()];
}

/** A bucket while points are added to it. */
type Draft = { -readonly [K in keyof Bucket]: Bucket[K] };

function add(draft: Draft, point: Point): void {
  const { step, value } = point;
  if (step < draft.lowStep) draft.lowStep = step;
  if (step > draft.highStep) draft.highStep = step;
  if (Number.isNaN(value)) return;
  if (draft.min === undefined || value < draft.min.value) draft.min = point;
  if (draft.max === undefined || value > draft.max.value) draft.max = point;
}

/** The buckets of a level, from those of the level below. */
function widerBuckets(below: readonly Bucket[], level: number): readonly Bucket[] {
  const drafts = new Map<bigint, Draft>();
  for (const { level: from, number: part, lowStep, highStep, min, max } of below) {
    const number = part >> BigInt(level - from);
    const draft = drafts.get(number) ?? { level, number, lowStep, highStep };
    drafts.set(number, draft);
    if (lowStep < draft.lowStep) draft.lowStep = lowStep;
    if (highStep > draft.highStep) draft.highStep = highStep;
    if (min !== undefined) add(draft, min);
    if (max !== undefined) add(draft, max);
  }
  return [...drafts.values()];
}
