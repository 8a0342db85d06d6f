import type { Metric, Run } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { useState } from "react";
import { latestTime, type Series, withPoints } from "../thread/series.ts";
import { tracking } from "./clients.ts";
import { listAll } from "./list-all.ts";
import { type Loaded, useCall } from "./use-call.ts";
import { type StreamStatus, useStream } from "./use-stream.ts";

/** A run as it is now, with the histories of its metrics. */
export interface RunNow {
  readonly run: Run;
  readonly series: Series;
  /** Title of the run's experiment. */
  readonly experiment: string;
}

const POINTS_PAGE = 10_000;
/** Metrics whose history is loaded; the others are in the table with their latest value. */
export const CHARTS_MAX = 24;

/** Loads a run with its histories, and follows it until it has ended. */
export function useRun(name: string): { readonly run: Loaded<RunNow>; readonly status: StreamStatus } {
  const loaded = useCall(`run ${name}`, (signal) => loadRun(name, signal));
  const [followed, setFollowed] = useState<RunNow & { readonly name: string }>();
  const now = followed?.name === name ? followed : loaded.data;
  const status = useStream({
    key: loaded.data ? name : undefined,
    // After a break the stream goes on from the last point that is here.
    open: (signal) => {
      const after = now && (latestTime(now.series) ?? now.run.startTime);
      return tracking.watchRun({ name, ...(after && { metricsAfter: after }) }, { signal });
    },
    onMessage: ({ run, newMetrics }) => {
      setFollowed((old) => {
        const last = old?.name === name ? old : loaded.data;
        const shown = run ?? last?.run;
        const series = withPoints(last?.series ?? new Map(), newMetrics);
        return shown && { name, run: shown, series, experiment: last?.experiment ?? "" };
      });
    },
    whenEnded: "stop",
  });
  return { run: { ...loaded, data: now }, status };
}

async function loadRun(name: string, signal: AbortSignal): Promise<RunNow> {
  const { run } = await tracking.getRun({ name }, { signal });
  if (!run) throw new Error("The answer has no run.");
  const keys = run.metrics.slice(0, CHARTS_MAX).map((it) => it.key);
  const { experiment } = await tracking.getExperiment({ name: run.experiment }, { signal });
  const histories = await Promise.all(keys.map((key) => historyOf(name, key, signal)));
  return { run, series: withPoints(new Map(), histories.flat()), experiment: experiment?.displayName ?? "" };
}

async function historyOf(run: string, key: string, signal: AbortSignal): Promise<readonly Metric[]> {
  const all = await listAll(async (pageToken) => {
    const answer = await tracking.getMetricHistory({ run, key, pageSize: POINTS_PAGE, pageToken }, { signal });
    return { items: answer.metrics, next: answer.nextPageToken };
  });
  return all.items;
}
