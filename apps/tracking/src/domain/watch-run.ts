import { setTimeout as pause } from "node:timers/promises";
import type { ArrivedPoint, LatestMetric, RunMetrics } from "./metric.ts";
import type { Key } from "./names.ts";
import type { Tracking } from "./ports.ts";
import { hasEnded, type Run } from "./run.ts";
import { getRun, type MeasuredRun, NO_METRICS } from "./runs.ts";

/** One state of a watched run, and the points that arrived since the state before. */
export interface WatchedRun extends MeasuredRun {
  readonly points: readonly ArrivedPoint[];
}

/** How long after its last look a watcher looks again, to find what other processes did. */
const LOOK_AGAIN_MS = 1_000;
/** Changes that come closer together are told at once. */
const TOGETHER_MS = 50;
/** Points of one message; a state with more of them is told in several. */
const POINTS_MAX = 2_000;

/**
 * Tells a run now, and at each change until it has ended. The first state comes with the points measured after
 * `pointsAfterMs`, or with none if that is left out. Fails with NOT_FOUND; ends with the signal's reason when aborted.
 */
export async function* watchRun(
  tracking: Tracking,
  { run: key, pointsAfterMs }: { readonly run: Key; readonly pointsAfterMs?: number },
  signal: AbortSignal,
): AsyncGenerator<WatchedRun> {
  const watch = tracking.changes.watch(key);
  try {
    let told = await getRun(tracking, key);
    yield* inPieces(told, pointsAfterMs === undefined ? [] : await measuredAfter(tracking, told, pointsAfterMs));
    while (!hasEnded(told.run)) {
      await watch.change(LOOK_AGAIN_MS, signal);
      const now = await getRun(tracking, key);
      if (isSame(told, now)) continue;
      yield* inPieces(now, await arrivedSince(tracking, now.run, { before: told.metrics, after: now.metrics }));
      told = now;
      await pause(TOGETHER_MS, undefined, { signal });
    }
  } finally {
    watch.end();
  }
}

const isSame = (a: MeasuredRun, b: MeasuredRun): boolean =>
  a.run.revision === b.run.revision && a.metrics.revision === b.metrics.revision;

function* inPieces(measured: MeasuredRun, points: readonly ArrivedPoint[]): Generator<WatchedRun> {
  for (let at = 0; at === 0 || at < points.length; at += POINTS_MAX)
    yield { ...measured, points: points.slice(at, at + POINTS_MAX) };
}

async function measuredAfter(
  tracking: Tracking,
  { run, metrics }: MeasuredRun,
  timeMs: number,
): Promise<readonly ArrivedPoint[]> {
  const points = await arrivedSince(tracking, run, { before: NO_METRICS, after: metrics });
  return points.filter((it) => it.timeMs > timeMs);
}

/** The points between two states, in the order of their arrival. */
async function arrivedSince(
  { store }: Tracking,
  run: Run,
  { before, after }: { readonly before: RunMetrics; readonly after: RunMetrics },
): Promise<readonly ArrivedPoint[]> {
  const points: ArrivedPoint[] = [];
  for (const metric of after.latest.values()) {
    const count = metric.count - (before.latest.get(metric.key)?.count ?? 0);
    if (count > 0) points.push(...(await arrivedOf(store, run, { metric, arrival: before.arrivals, count })));
  }
  return points.filter((it) => it.arrival <= after.arrivals).toSorted((a, b) => a.arrival - b.arrival);
}

const arrivedOf = (
  store: Tracking["store"],
  run: Run,
  { metric, arrival, count }: { readonly metric: LatestMetric; readonly arrival: number; readonly count: number },
): Promise<readonly ArrivedPoint[]> => store.arrivedAfter(run, metric, { arrival, count });
