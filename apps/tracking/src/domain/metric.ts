import type { Key } from "./names.ts";
/** One measurement of a metric, as a caller logs it. */
export interface MetricPoint {
  readonly key: string;
  readonly step: bigint;
  readonly timeMs: number;
  /** Any float64; negative zero is kept as zero. */
  readonly value: number;
}

/** A measurement and its place in the order of arrival within its metric, from 1 on. */
export interface ArrivedPoint extends MetricPoint {
  readonly arrival: number;
}

/** The latest measurement of one metric, and how many there are. */
export interface LatestMetric extends MetricPoint {
  readonly count: number;
}

/** Some of the metrics of a run, which are stored together. */
export interface MetricPiece {
  readonly latest: ReadonlyMap<string, LatestMetric>;
  /** Bytes that they take in a message, at least roughly. */
  readonly bytes: number;
  /** 1 when it was first stored, one more with each change; 0 if it never was. */
  readonly revision: number;
}

/**
 * What is known about the metrics of a run without reading their histories. They are in pieces, so that logging one
 * metric of a run with thousands writes few of them: which piece a metric is in follows from its key and from how many
 * pieces there are, always a power of two.
 */
export interface RunMetrics {
  readonly pieces: readonly MetricPiece[];
}

export const NO_PIECE: MetricPiece = { latest: new Map(), bytes: 0, revision: 0 };

/** What a run begins with. */
export const NO_METRICS: RunMetrics = { pieces: [NO_PIECE] };

/** Metrics of a piece, at most, when there are evenly many in all of them. */
const PIECE_METRICS_MAX = 64;
/** What numbers, time and framing of a metric take in a message. */
const METRIC_BYTES = 52;

export const latestOf = ({ pieces }: RunMetrics, key: string): LatestMetric | undefined =>
  pieces[pieceOf(key, pieces.length)]?.latest.get(key);

/** All metrics; of a run with few of them, in the order in which they came. */
export const latestMetrics = ({ pieces }: RunMetrics): readonly LatestMetric[] =>
  pieces.flatMap(({ latest }) => [...latest.values()]);

/** Grows with every change. */
export const revisionOf = ({ pieces }: RunMetrics): number => pieces.reduce((sum, it) => sum + it.revision, 0);

/** Which of so many pieces holds a metric (FNV-1a, whose lowest bits depend on all characters). */
function pieceOf(key: string, pieces: number): number {
  if (pieces === 1) return 0;
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) & (pieces - 1);
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
export function distinctPoints(points: readonly MetricPoint[]): readonly MetricPoint[] {
  if (isInOrder(points)) return points;
  return [...new Map(points.map((it) => [identityOf(it), it])).values()];
}

/** True if each point is behind the one before of its metric, as in most batches: then none repeats another. */
function isInOrder(points: readonly MetricPoint[]): boolean {
  const last = new Map<string, MetricPoint>();
  for (const point of points) {
    const before = last.get(point.key);
    if (before !== undefined && !isBehind(point, before)) return false;
    last.set(point.key, point);
  }
  return true;
}

const isBehind = (a: MetricPoint, b: MetricPoint): boolean =>
  a.step > b.step || (a.step === b.step && a.timeMs > b.timeMs);

/** What two points share exactly if they are the same measurement. */
export const identityOf = ({ key, step, timeMs, value }: MetricPoint): string =>
  `${step} ${timeMs} ${value + 0} ${key}`;

/** True if the point may have been logged before: nothing behind the latest one was. */
export function mayBeKnown(point: MetricPoint, metrics: RunMetrics): boolean {
  const last = latestOf(metrics, point.key);
  return last !== undefined && !isBehind(point, last);
}

/** True if the point repeats the latest of its metric in everything: it was logged before, and nobody need look for it. */
export function isLatest({ key, step, timeMs, value }: MetricPoint, metrics: RunMetrics): boolean {
  const last = latestOf(metrics, key);
  return last !== undefined && last.step === step && last.timeMs === timeMs && Object.is(last.value, value + 0);
}

/** Metrics with more points. */
export interface MetricsChange {
  readonly metrics: RunMetrics;
  /** The points, each numbered on from those of its metric. */
  readonly arrived: readonly ArrivedPoint[];
  /** Numbers of the pieces that changed. */
  readonly changed: readonly number[];
}

export function withPoints(metrics: RunMetrics, points: readonly MetricPoint[]): MetricsChange {
  const drafts = new Map<number, Map<string, LatestMetric>>();
  const arrived = points.map((point) => {
    const number = pieceOf(point.key, metrics.pieces.length);
    let latest = drafts.get(number);
    if (latest === undefined) {
      latest = new Map(metrics.pieces[number]?.latest);
      drafts.set(number, latest);
    }
    const before = latest.get(point.key);
    const { key, step, timeMs, value } = before === undefined || isLater(point, before) ? point : before;
    const count = (before?.count ?? 0) + 1;
    latest.set(key, { key, step, timeMs, value, count });
    return { ...point, arrival: count };
  });
  const pieces = metrics.pieces.map((piece, i) => {
    const latest = drafts.get(i);
    return latest === undefined ? piece : changedPiece(piece, latest);
  });
  const grown = withRoom(pieces, metrics.pieces);
  const changed = grown === pieces ? [...drafts.keys()] : grown.map((_, i) => i);
  return { metrics: { pieces: grown }, arrived, changed };
}

function changedPiece(piece: MetricPiece, latest: ReadonlyMap<string, LatestMetric>): MetricPiece {
  const same = latest.size === piece.latest.size;
  return { latest, bytes: same ? piece.bytes : bytesOf(latest), revision: piece.revision + 1 };
}

const bytesOf = (latest: ReadonlyMap<string, LatestMetric>): number =>
  [...latest.keys()].reduce((sum, key) => sum + metricBytes(key), 0);

/** Bytes that the latest value of a metric takes in a message, at least roughly. */
export const metricBytes = (key: string): number => Buffer.byteLength(key) + METRIC_BYTES;

/**
 * The metrics in more pieces, if they are too many for those that they are in. All pieces change, empty ones too, so that
 * nobody who knows of the old ones alone can write to one of them.
 */
function withRoom(pieces: readonly MetricPiece[], stored: readonly MetricPiece[]): readonly MetricPiece[] {
  const metrics = pieces.reduce((sum, { latest }) => sum + latest.size, 0);
  if (metrics <= pieces.length * PIECE_METRICS_MAX) return pieces;
  let count = pieces.length;
  while (count * PIECE_METRICS_MAX < 2 * metrics) count *= 2;
  const parts = Array.from({ length: count }, () => new Map<string, LatestMetric>());
  for (const metric of latestMetrics({ pieces })) parts[pieceOf(metric.key, count)]?.set(metric.key, metric);
  return parts.map((latest, i) => ({ latest, bytes: bytesOf(latest), revision: (stored[i]?.revision ?? 0) + 1 }));
}

/** How far a stream of metrics has come. */
export interface MetricStream {
  readonly run: Key;
  /** Chosen by the caller. */
  readonly id: string;
  /** The number of the last message that is stored; 0 if there is none. */
  readonly sequence: number;
  /** 1 when it was first stored, one more with each commit of messages. */
  readonly revision: number;
}
