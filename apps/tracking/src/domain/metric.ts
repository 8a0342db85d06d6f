/** One measurement of a metric, as a caller logs it. */
export interface MetricPoint {
  readonly key: string;
  readonly step: bigint;
  readonly timeMs: number;
  /** Any float64; negative zero is kept as zero. */
  readonly value: number;
}

/** A measurement and its place in the order of arrival within its run, from 1 on. */
export interface ArrivedPoint extends MetricPoint {
  readonly arrival: number;
}

/** The latest measurement of one metric, and how many there are. */
export interface LatestMetric extends MetricPoint {
  readonly count: number;
}

/** What is known about the metrics of a run without reading their histories. */
export interface RunMetrics {
  readonly latest: ReadonlyMap<string, LatestMetric>;
  /** How many measurements have arrived. */
  readonly arrivals: number;
  /** 1 when the run was created, one more with each change. */
  readonly revision: number;
}

/**
 * True if `a` replaces `b` as the latest: the larger step, then the later time, then the larger value. As in MLflow, NaN
 * counts as zero, and of equal ones the first stays.
 */
export function isLater(a: MetricPoint, b: MetricPoint): boolean {
  if (a.step !== b.step) return a.step > b.step;
  if (a.timeMs !== b.timeMs) return a.timeMs > b.timeMs;
  return comparable(a.value) > comparable(b.value);
}

const comparable = (value: number): number => (Number.isNaN(value) ? 0 : value);

/**
 * The points without those that repeat another one of the list in everything. As in MLflow such points are one, so that
 * logging a batch again after a lost answer adds nothing.
 */
export const distinctPoints = (points: readonly MetricPoint[]): readonly MetricPoint[] => [
  ...new Map(points.map((it) => [identityOf(it), it])).values(),
];

/** What two points share exactly if they are the same measurement. */
export const identityOf = ({ key, step, timeMs, value }: MetricPoint): string =>
  `${step} ${timeMs} ${value + 0} ${key}`;

/** True if the point may have been logged before: nothing behind the latest one was. */
export function mayBeKnown(point: MetricPoint, { latest }: RunMetrics): boolean {
  const last = latest.get(point.key);
  if (last === undefined) return false;
  return point.step < last.step || (point.step === last.step && point.timeMs <= last.timeMs);
}

/** The points in their order of arrival, and the metrics with them. */
export function withPoints(
  metrics: RunMetrics,
  points: readonly MetricPoint[],
): { readonly metrics: RunMetrics; readonly arrived: readonly ArrivedPoint[] } {
  const latest = new Map(metrics.latest);
  for (const point of points) {
    const before = latest.get(point.key);
    const last = before === undefined || isLater(point, before) ? point : before;
    latest.set(point.key, { ...last, count: (before?.count ?? 0) + 1 });
  }
  return {
    metrics: { latest, arrivals: metrics.arrivals + points.length, revision: metrics.revision + 1 },
    arrived: points.map((point, i) => ({ ...point, arrival: metrics.arrivals + 1 + i })),
  };
}
