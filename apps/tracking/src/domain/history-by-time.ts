import { setImmediate as nextTurn } from "node:timers/promises";
import { compareByTime } from "@throughline/kernel";
import type { ArrivedPoint } from "./metric.ts";

/** Points of a history, at most: a longer one comes by step all the same, since each page looks at all of it. */
const POINTS_MAX = 1_000_000;

/** The first points behind a place, in the order of time. */
export interface FirstByTime {
  /** Undefined if the history is too long. */
  readonly points: readonly ArrivedPoint[] | undefined;
  /** True if the history stands in the order of time as it is stored, by step. */
  readonly isStoredSo: boolean;
}

/** Looks at all points, of which it holds as many as two pages have, and lets others have their turn in between. */
export async function firstByTime(
  parts: AsyncIterable<readonly ArrivedPoint[]>,
  after: ArrivedPoint | undefined,
  count: number,
): Promise<FirstByTime> {
  let best: ArrivedPoint[] = [];
  let before: ArrivedPoint | undefined;
  // As many points as a page has stand before or at it.
  let bound: ArrivedPoint | undefined;
  let isStoredSo = true;
  let seen = 0;
  for await (const part of parts) {
    for (const point of part) {
      if (before !== undefined && compare(before, point) > 0) isStoredSo = false;
      before = point;
      if (after !== undefined && compare(after, point) >= 0) continue;
      if (bound !== undefined && compare(bound, point) < 0) continue;
      best.push(point);
      if (best.length === count && isStoredSo) bound = point;
    }
    seen += part.length;
    if (seen > POINTS_MAX) return { points: undefined, isStoredSo };
    if (best.length > 2 * count) {
      best = best.sort(compare).slice(0, count);
      bound = best[count - 1];
    }
    await nextTurn();
  }
  return { points: best.sort(compare).slice(0, count), isStoredSo };
}

/** What is alike in all that MLflow orders by comes as it came. */
const compare = (a: ArrivedPoint, b: ArrivedPoint): number => compareByTime(a, b) || a.arrival - b.arrival;
