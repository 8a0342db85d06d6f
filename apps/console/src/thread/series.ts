import type { Metric } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { toMs } from "./format.ts";

/** The histories of a run's metrics, by key, each in the order of steps. */
export type Series = ReadonlyMap<string, readonly Metric[]>;

const identity = (it: Metric): string => `${it.step} ${it.time?.seconds} ${it.time?.nanos} ${it.value}`;

/** Adds points to the histories. A point that is there already is not added again, so that overlaps do no harm. */
export function withPoints(series: Series, points: readonly Metric[]): Series {
  if (points.length === 0) return series;
  const next = new Map(series);
  for (const [key, added] of Map.groupBy(points, (it) => it.key)) {
    const old = series.get(key) ?? [];
    const known = new Set(old.map(identity));
    const fresh = added.filter((it) => !known.has(identity(it)));
    if (fresh.length > 0) next.set(key, [...old, ...fresh].sort(inOrder));
  }
  return next;
}

const inOrder = (a: Metric, b: Metric): number => Number(a.step - b.step) || (toMs(a.time) ?? 0) - (toMs(b.time) ?? 0);

/** The latest time of any point, to ask a stream for what came after. */
export function latestTime(series: Series): Metric["time"] {
  return [...series.values()]
    .flat()
    .map((it) => it.time)
    .reduce((latest, it) => ((toMs(it) ?? 0) > (toMs(latest) ?? 0) ? it : latest), undefined);
}

/** What is drawn across: the step, or the seconds since the first point where all steps are the same. */
export function chartData(points: readonly Metric[]): {
  readonly across: "step" | "seconds";
  readonly data: [number[], (number | null)[]];
} {
  const steps = points.map((it) => Number(it.step));
  const values = points.map((it) => (Number.isFinite(it.value) ? it.value : null));
  if (steps.some((it) => it !== steps[0]) || points.length < 2) return { across: "step", data: [steps, values] };
  const first = toMs(points[0]?.time) ?? 0;
  return { across: "seconds", data: [points.map((it) => ((toMs(it.time) ?? 0) - first) / 1000), values] };
}
