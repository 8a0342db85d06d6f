import { checkBatch, type LogBatch } from "./log-batch.ts";
import { loggedChange } from "./log-changes.ts";
import type { MetricStream } from "./metric.ts";
import {
  distinctPoints,
  isLatest,
  type MetricPoint,
  mayBeKnown,
  NO_METRICS,
  type RunMetrics,
  withPoints,
} from "./metric.ts";
import type { Key } from "./names.ts";
import type { Call, Change, Decision, Tracking } from "./ports.ts";
import { checkActive, type Run } from "./run.ts";
import { checkMetricsSize } from "./run-size.ts";
import { storedRun } from "./runs.ts";
import { together } from "./together.ts";
import { turns } from "./turns.ts";

/** Reads of the history that are under way at a time, for points that may have been logged before. */
const READS_AT_ONCE = 32;

/** Batches of one run that are stored together, of so many points each at most: all of them fit one batch of the store. */
const BATCHES_TOGETHER_MAX = 64;
const POINTS_TOGETHER_MAX = 100;

/**
 * Logs a batch to a run, all or nothing. Within this process the batches of one run go one after the other, which
 * spares most conflicts; batches of other processes make this one decide again. Small ones that are nothing but points are
 * stored in one commit with those that came at once or while they waited, in their order.
 *
 * Fails with NOT_FOUND and as `loggedRun` does.
 */
export type Log = (logged: Logged, call: Call) => Promise<void>;

export interface Logged {
  readonly run: Key;
  readonly batch: LogBatch;
  /** Moves the stream that the batch is a message of; undefined for a message that is stored already. */
  readonly onward?: () => Promise<MetricStream | undefined>;
}

export function logger(tracking: Tracking): Log {
  const inTurn = turns();
  const logOne: Log = ({ run: key, batch, onward }, call) => {
    const points = distinctPoints(batch.points);
    const decide = async (): Promise<Decision<object>> => {
      const treeRevision = batch.files.length > 0 ? await tracking.files.revision({ ...key, kind: "RUN" }) : 0;
      const [run, [metrics = NO_METRICS]] = await Promise.all([
        storedRun(tracking, key),
        tracking.store.metrics([key]),
      ]);
      const stream = await onward?.();
      if (onward !== undefined && stream === undefined) return { change: {}, response: {} };
      const change = isOfPoints(batch) ? unchanged(run) : await loggedChange(tracking, { run, treeRevision }, batch);
      const measured = await measuredChange(tracking, { run, metrics, points });
      return { change: { ...change, runBefore: run, ...measured, ...(stream && { stream }) }, response: {} };
    };
    return inTurn(turnOf(key), async () => void (await tracking.commit(decide, call)));
  };
  const logTogether = together<Logged & { readonly call: Call }>(async (_, [first, ...others]) => {
    if (first === undefined) return;
    const points = others.length === 0 ? first.batch.points : [first, ...others].flatMap((it) => it.batch.points);
    await logOne({ run: first.run, batch: { ...first.batch, points } }, first.call);
  }, BATCHES_TOGETHER_MAX);
  return async (logged, call) => {
    checkBatch(logged.batch);
    if (isPointsAlone(logged, call)) await logTogether(turnOf(logged.run), { ...logged, call });
    else await logOne(logged, call);
    tracking.changes.tell(logged.run);
  };
}

const turnOf = ({ project, id }: Key): string => `${project}/${id}`;

/** True if nothing would be lost by storing the points with those of other batches. */
const isPointsAlone = ({ batch, onward }: Logged, { requestId }: Call): boolean =>
  requestId === "" && onward === undefined && batch.points.length <= POINTS_TOGETHER_MAX && isOfPoints(batch);

/** True if a batch has nothing but points of its run: most have. */
const isOfPoints = (batch: LogBatch): boolean =>
  batch.datasets.length === 0 &&
  batch.files.length === 0 &&
  batch.modelInputs.length === 0 &&
  batch.modelOutputs.length === 0 &&
  batch.modelPoints.length === 0 &&
  isEmpty(batch.params) &&
  isEmpty(batch.tags);

function isEmpty(entries: object): boolean {
  for (const _ in entries) return false;
  return true;
}

/** What points change of their run. Fails with RUN_DELETED. */
function unchanged(run: Run): Change {
  checkActive(run);
  return {};
}

async function measuredChange(
  { store }: Tracking,
  {
    run,
    metrics,
    points,
  }: { readonly run: Run; readonly metrics: RunMetrics; readonly points: readonly MetricPoint[] },
): Promise<Pick<Change, "metrics">> {
  if (points.length === 0) return {};
  const known = new Set(points.filter((it) => isLatest(it, metrics)));
  const suspects = points.filter((it) => !known.has(it) && mayBeKnown(it, metrics));
  for (let at = 0; at < suspects.length; at += READS_AT_ONCE) {
    const some = suspects.slice(at, at + READS_AT_ONCE);
    const values = await Promise.all(some.map((it) => store.valuesAt(run, it)));
    some
      .filter((it, i) => values[i]?.some((value) => Object.is(value, it.value + 0)))
      .forEach((it) => void known.add(it));
  }
  const fresh = points.filter((it) => !known.has(it));
  if (fresh.length === 0) return {};
  const change = withPoints(metrics, fresh);
  checkMetricsSize(run, change.metrics);
  return { metrics: { run, ...change } };
}
