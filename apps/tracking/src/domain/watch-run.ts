import { setTimeout as pause } from "node:timers/promises";
import { type ArrivedPoint, latestOf, NO_METRICS, type RunMetrics, revisionOf } from "./metric.ts";
import type { Key } from "./names.ts";
import type { Tracking } from "./ports.ts";
import { hasEnded, type Run } from "./run.ts";
import { getRun, type MeasuredRun } from "./runs.ts";

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
    let files = await filesRevision(tracking, key);
    let told = await getRun(tracking, key);
    yield* inPieces(told, pointsAfterMs === undefined ? [] : await measuredAfter(tracking, told, pointsAfterMs));
    while (!hasEnded(told.run)) {
      await watch.change(LOOK_AGAIN_MS, signal);
      const [filesNow, now] = await Promise.all([filesRevision(tracking, key), getRun(tracking, key)]);
      if (isSame(told, now) && filesNow === files) continue;
      files = filesNow;
      yield* inPieces(now, await arrivedSince(tracking, now.run, { before: told.metrics, after: now.metrics }));
      told = now;
      await pause(TOGETHER_MS, undefined, { signal });
    }
  } finally {
    watch.end();
  }
}

const filesRevision = ({ files }: Tracking, { project, id }: Key): Promise<number> =>
  files.revision({ project, kind: "RUN", id });

const isSame = (a: MeasuredRun, b: MeasuredRun): boolean =>
  a.run.revision === b.run.revision && revisionOf(a.metrics) === revisionOf(b.metrics);

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

/** The points between two states: metric by metric, each in the order of arrival. */
async function arrivedSince(
  { store }: Tracking,
  run: Run,
  { before, after }: { readonly before: RunMetrics; readonly after: RunMetrics },
): Promise<readonly ArrivedPoint[]> {
  const points: ArrivedPoint[] = [];
  for (const [i, piece] of after.pieces.entries()) {
    // Most pieces of a run with many metrics are as they were.
    if (before.pieces.length === after.pieces.length && before.pieces[i]?.revision === piece.revision) continue;
    for (const metric of piece.latest.values()) {
      const arrival = latestOf(before, metric.key)?.count ?? 0;
      const count = metric.count - arrival;
      if (count === 0) continue;
      const arrived = await store.arrivedAfter(run, metric, { arrival, count });
      points.push(...arrived.filter((it) => it.arrival <= metric.count));
    }
  }
  return points;
}
