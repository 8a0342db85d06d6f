import { pageSize } from "@throughline/kernel";
import { tooManyPoints } from "./errors.ts";
import { latestOf, type MetricPoint } from "./metric.ts";
import type { Key } from "./names.ts";
import { PAGE_BYTES_MAX } from "./page.ts";
import type { Tracking } from "./ports.ts";
import { getRun } from "./runs.ts";

/** Points of a curve if no number is named. */
const POINTS_USUAL = 320;
const POINTS_MOST = 10_000;
/** A curve has its first, last, smallest and largest point at least. */
const POINTS_LEAST = 4;
/** What a point takes in a message. */
const POINT_BYTES = 40;

export interface CurveQuery {
  /** Of one project. */
  readonly runs: readonly Key[];
  readonly metrics: readonly string[];
  /** 0: as usual. */
  readonly points: number;
  /** The first and the last step to show. */
  readonly startStep?: bigint;
  readonly endStep?: bigint;
}

/** A metric of a run over its steps. */
export interface Curve {
  readonly run: Key;
  readonly metric: string;
  readonly points: readonly MetricPoint[];
  readonly complete: boolean;
}

/**
 * Curves of all the metrics that the runs have. Fails with NOT_FOUND for a run that is not there, and with TOO_MANY_POINTS
 * if they do not fit into one message.
 */
export async function metricCurves(tracking: Tracking, query: CurveQuery): Promise<readonly Curve[]> {
  const { startStep, endStep } = query;
  const range = {
    points: Math.max(POINTS_LEAST, pageSize(query.points, POINTS_USUAL, POINTS_MOST)),
    ...(startStep !== undefined && { fromStep: startStep }),
    ...(endStep !== undefined && { beforeStep: endStep + 1n }),
  };
  const curves: Curve[] = [];
  let bytes = 0;
  for (const run of query.runs) {
    const { metrics } = await getRun(tracking, run);
    const known = [...new Set(query.metrics)].filter((key) => latestOf(metrics, key) !== undefined);
    const samples = await tracking.store.samples(run, known, range);
    for (const [i, { points, complete }] of samples.entries()) {
      const metric = known[i] ?? "";
      bytes += points.length * (POINT_BYTES + Buffer.byteLength(metric));
      if (bytes > PAGE_BYTES_MAX) throw tooManyPoints(query.points);
      curves.push({ run, metric, points, complete });
    }
  }
  return curves;
}
