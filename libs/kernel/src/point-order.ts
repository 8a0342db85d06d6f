/** What of a point of a metric says where it stands in a history. */
export interface PlacedPoint {
  readonly timeMs: number;
  readonly step: bigint;
  readonly value: number;
}

/** The order of MLflow's histories: by time, step and value, of which it keeps NaN as 0. Zero for points that are alike in all. */
export function compareByTime(a: PlacedPoint, b: PlacedPoint): number {
  if (a.timeMs !== b.timeMs) return a.timeMs - b.timeMs;
  if (a.step !== b.step) return a.step < b.step ? -1 : 1;
  const [x, y] = [a.value || 0, b.value || 0];
  return x === y ? 0 : x < y ? -1 : 1;
}
