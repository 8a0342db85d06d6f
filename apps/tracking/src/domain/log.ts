import { checkBatch, type LogBatch } from "./log-batch.ts";
import { loggedChange } from "./log-changes.ts";
import { distinctPoints, type MetricPoint, mayBeKnown, NO_METRICS, type RunMetrics, withPoints } from "./metric.ts";
import type { MetricStream } from "./metric-stream.ts";
import type { Key } from "./names.ts";
import type { Call, Change, Tracking } from "./ports.ts";
import type { Run } from "./run.ts";
import { checkMetricsSize } from "./run-size.ts";
import { storedRun } from "./runs.ts";
import { turns } from "./turns.ts";

/** Reads of the history that are under way at a time, for points that may have been logged before. */
const READS_AT_ONCE = 32;

/**
 * Logs a batch to a run, all or nothing. Within this process the batches of one run go one after the other, which
 * spares most conflicts; batches of other processes make this one decide again.
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
  return async ({ run: key, batch, onward }, call) => {
    checkBatch(batch);
    const points = distinctPoints(batch.points);
    await inTurn(`${key.project}/${key.id}`, () =>
      tracking.commit(async () => {
        const treeRevision = batch.files.length > 0 ? await tracking.files.revision({ ...key, kind: "RUN" }) : 0;
        const [run, [metrics = NO_METRICS]] = await Promise.all([
          storedRun(tracking, key),
          tracking.store.metrics([key]),
        ]);
        const stream = await onward?.();
        if (onward !== undefined && stream === undefined) return { change: {}, response: {} };
        const change = await loggedChange(tracking, { run, treeRevision }, batch);
        const measured = await measuredChange(tracking, { run, metrics, points });
        return { change: { ...change, runBefore: run, ...measured, ...(stream && { stream }) }, response: {} };
      }, call),
    );
    tracking.changes.tell(key);
  };
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
  const known = new Set<MetricPoint>();
  const suspects = points.filter((it) => mayBeKnown(it, metrics));
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
