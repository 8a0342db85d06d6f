import { inTurns, type Steps } from "@throughline/kernel";
import type { MeasuredJson } from "./run-json.ts";

/** Points that are sorted or merged in one go. */
const AT_ONCE = 10_000;

/**
 * Points in the order of MLflow: by time, step and value, of which it keeps NaN as 0; what is alike in all, as it came. In parts, between
 * which others have their turn: there may be a million.
 */
export const inOrderOfTime = <P extends MeasuredJson>(points: readonly P[]): Promise<readonly P[]> =>
  inTurns(sorted(points));

function* sorted<P extends MeasuredJson>(points: readonly P[]): Steps<readonly P[]> {
  if (points.length <= AT_ONCE) return points.toSorted(compareByTime);
  const middle = Math.ceil(points.length / 2);
  const first = yield* sorted(points.slice(0, middle));
  yield;
  const second = yield* sorted(points.slice(middle));
  yield;
  const [end, start] = [first.at(-1), second[0]];
  // Most histories are in order as they come.
  if (end === undefined || start === undefined || compareByTime(end, start) <= 0) return first.concat(second);
  return yield* merged(first, second);
}

/** Of what is alike, the first comes first. */
function* merged<P extends MeasuredJson>(first: readonly P[], second: readonly P[]): Steps<readonly P[]> {
  const all: P[] = [];
  let [i, j] = [0, 0];
  while (i < first.length || j < second.length) {
    const [a, b] = [first[i], second[j]];
    if (b === undefined || (a !== undefined && compareByTime(a, b) <= 0)) {
      all.push(a as P);
      i += 1;
    } else {
      all.push(b);
      j += 1;
    }
    if (all.length % AT_ONCE === 0) yield;
  }
  return all;
}

function compareByTime(a: MeasuredJson, b: MeasuredJson): number {
  if (a.timestamp !== b.timestamp) return a.timestamp - b.timestamp;
  const [step, other] = [stepOf(a), stepOf(b)];
  if (step !== other) return step < other ? -1 : 1;
  // NaN and the infinities are texts.
  const [x, y] = [Number(a.value) || 0, Number(b.value) || 0];
  return x === y ? 0 : x < y ? -1 : 1;
}

/** One that a double cannot hold is written as plain digits, and can be read in no other way. */
const stepOf = ({ step }: MeasuredJson): number | bigint =>
  typeof step === "number" ? step : BigInt(JSON.stringify(step));
