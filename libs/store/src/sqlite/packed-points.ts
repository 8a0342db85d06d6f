import type { SeriesPoint } from "../series.ts";

/** Points of some series, as few arrays: a thousand of them are copied to another thread in microseconds. */
export interface PackedPoints {
  readonly keys: readonly string[];
  /** How many points each key has; they follow each other in the order of the keys. */
  readonly counts: readonly number[];
  /** Step, time and sequence of each point. */
  readonly places: BigInt64Array<ArrayBuffer>;
  readonly values: Float64Array<ArrayBuffer>;
}

const PLACE_SIZE = 3;

/** Packs points that were checked. Those of one key keep their order. */
export function packPoints(points: readonly SeriesPoint[]): PackedPoints {
  const byKey = Map.groupBy(points, (point) => point.key);
  const places = new BigInt64Array(points.length * PLACE_SIZE);
  const values = new Float64Array(points.length);
  let next = 0;
  for (const members of byKey.values()) {
    for (const { step, timeMs, sequence, value } of members) {
      places[next * PLACE_SIZE] = step;
      places[next * PLACE_SIZE + 1] = BigInt(timeMs);
      places[next * PLACE_SIZE + 2] = sequence;
      values[next++] = value;
    }
  }
  return { keys: [...byKey.keys()], counts: [...byKey.values()].map((it) => it.length), places, values };
}

/** The points, those of one key behind each other. */
export function unpackPoints({ keys, counts, places, values }: PackedPoints): readonly SeriesPoint[] {
  const points: SeriesPoint[] = [];
  for (const [i, key] of keys.entries()) {
    for (const end = points.length + (counts[i] as number); points.length < end; ) {
      const next = points.length;
      points.push({
        key,
        step: places[next * PLACE_SIZE] as bigint,
        timeMs: Number(places[next * PLACE_SIZE + 1]),
        sequence: places[next * PLACE_SIZE + 2] as bigint,
        value: values[next] as number,
      });
    }
  }
  return points;
}
