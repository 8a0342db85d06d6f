import { compareByTime, inTurns, type Steps } from "@throughline/kernel";
import type { HistoryColumns } from "./history-columns.ts";

/** Points that are compared, sorted or merged in one go. */
const AT_ONCE = 10_000;

/**
 * The places of points in the order of MLflow; what is alike in all that it orders by, as it came. Undefined if that is the order in which
 * they are, as in most histories. In parts, between which others have their turn: there may be a million.
 */
export const orderOfTime = (points: HistoryColumns): Promise<Uint32Array | undefined> => inTurns(placesOf(points));

type Compare = (place: number, other: number) => number;

function* placesOf(points: HistoryColumns): Steps<Uint32Array | undefined> {
  const compare: Compare = (place, other) => compareByTime(points.at(place), points.at(other)) || place - other;
  for (let place = 1; place < points.length; place++) {
    if (compare(place - 1, place) > 0) return yield* sorted(compare, 0, points.length);
    if (place % AT_ONCE === 0) yield;
  }
  return undefined;
}

/** The places from one on up to another, which is not among them. */
function* sorted(compare: Compare, from: number, to: number): Steps<Uint32Array> {
  if (to - from <= AT_ONCE) return Uint32Array.from({ length: to - from }, (_, i) => from + i).sort(compare);
  const middle = Math.ceil((from + to) / 2);
  const first = yield* sorted(compare, from, middle);
  yield;
  const second = yield* sorted(compare, middle, to);
  yield;
  return yield* merged(compare, first, second);
}

function* merged(compare: Compare, first: Uint32Array, second: Uint32Array): Steps<Uint32Array> {
  const all = new Uint32Array(first.length + second.length);
  let [i, j] = [0, 0];
  while (i < first.length || j < second.length) {
    const [a, b] = [first[i], second[j]];
    const isFirst = b === undefined || (a !== undefined && compare(a, b) < 0);
    all[i + j] = (isFirst ? a : b) as number;
    if (isFirst) i += 1;
    else j += 1;
    if ((i + j) % AT_ONCE === 0) yield;
  }
  return all;
}
