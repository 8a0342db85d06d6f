import type { Metric } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { type PlacedPoint, realJson } from "@throughline/kernel";
import { msOf } from "./time.ts";

/** The points of one metric in three arrays: 24 bytes each, where as objects they take ten times that until the next collection of garbage. */
export interface HistoryColumns {
  readonly length: number;
  add(points: readonly Pick<Metric, "time" | "step" | "value">[]): void;
  /** The point that came as number `place`, from 0 on. */
  at(place: number): PlacedPoint;
}

const LENGTH_FIRST = 1_024;

export function historyColumns(): HistoryColumns {
  let times = new Float64Array(LENGTH_FIRST);
  let values = new Float64Array(LENGTH_FIRST);
  let steps = new BigInt64Array(LENGTH_FIRST);
  let length = 0;
  const grow = (least: number): void => {
    const room = Math.max(least, 2 * times.length);
    const grown = [new Float64Array(room), new Float64Array(room), new BigInt64Array(room)] as const;
    grown[0].set(times);
    grown[1].set(values);
    grown[2].set(steps);
    [times, values, steps] = grown;
  };
  return {
    get length() {
      return length;
    },
    add(points) {
      if (length + points.length > times.length) grow(length + points.length);
      for (const { time, step, value } of points) {
        times[length] = msOf(time) ?? 0;
        values[length] = value;
        steps[length++] = step;
      }
    },
    at: (place) => ({
      timeMs: times[place] as number,
      step: steps[place] as bigint,
      value: values[place] as number,
    }),
  };
}

/** Points whose texts are made in one go. */
const TEXTS_AT_ONCE = 1_000;

/** What an answer with points says of them. */
export interface HistoryTold {
  /** The places of the points in the order of the answer; left out: they come as they are. */
  readonly order?: Uint32Array | undefined;
  readonly nextPageToken?: string;
}

/** The text of an answer of MLflow with points of a metric, in parts. */
export function* historyText(
  metric: string,
  points: HistoryColumns,
  { order, nextPageToken = "" }: HistoryTold,
): Iterable<string> {
  const key = JSON.stringify(metric);
  yield '{"metrics":[';
  for (let from = 0; from < points.length; from += TEXTS_AT_ONCE) {
    const length = Math.min(TEXTS_AT_ONCE, points.length - from);
    const texts = Array.from({ length }, (_, i) => pointText(key, points.at(order?.[from + i] ?? from + i)));
    yield `${from === 0 ? "" : ","}${texts.join(",")}`;
  }
  yield nextPageToken === "" ? "]}" : `],"next_page_token":${JSON.stringify(nextPageToken)}}`;
}

/** `key` is a text of JSON. */
const pointText = (key: string, { timeMs, step, value }: PlacedPoint): string =>
  `{"key":${key},"value":${JSON.stringify(realJson(value))},"timestamp":${timeMs},"step":${step}}`;
