import type { Interval } from "@throughline/stats";
import type { Feedback } from "./feedback.ts";
import type { ReleaseCoverage } from "./interval-coverage.ts";
import type { PredictionLog } from "./prediction-log.ts";

/** How a release does at a deployment. NaN where nothing is known. */
export interface ReleaseMetrics {
  readonly release: string;
  readonly predictionCount: number;
  readonly feedbackCount: number;
  readonly meanScore: number;
  readonly meanActual: number;
  readonly logLoss: number;
  readonly brier: number;
  readonly auc: number;
  readonly aucInterval?: Interval;
  readonly latencyMsP50: number;
  readonly latencyMsP99: number;
  readonly errorCount: number;
  /** Rows that an outlier gate refused. */
  readonly outlierCount: number;
  /** Predictions that are logged whole; what follows from feedback is of these. */
  readonly loggedCount: number;
  /** Unset if no interval or set of the release has feedback. */
  readonly coverage?: ReleaseCoverage;
}

/** The metrics of every release that ever answered at a deployment, by name. */
export async function deploymentMetrics(
  parts: { readonly log: Pick<PredictionLog, "tally">; readonly feedback: Pick<Feedback, "outcomes"> },
  deployment: string,
): Promise<readonly ReleaseMetrics[]> {
  const outcomes = await parts.feedback.outcomes(deployment);
  return [...parts.log.tally(deployment)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([release, tally]): ReleaseMetrics => {
      const outcome = outcomes.get(release);
      return {
        release,
        predictionCount: tally.predictionCount,
        feedbackCount: outcome?.count ?? 0,
        meanScore: tally.scoreSum / tally.predictionCount,
        meanActual: outcome?.meanActual ?? Number.NaN,
        logLoss: outcome?.logLoss ?? Number.NaN,
        brier: outcome?.brier ?? Number.NaN,
        auc: outcome?.auc ?? Number.NaN,
        ...(outcome?.aucInterval ? { aucInterval: outcome.aucInterval } : {}),
        ...(outcome?.coverage ? { coverage: outcome.coverage } : {}),
        latencyMsP50: tally.latency.quantileUs(0.5) / 1_000,
        latencyMsP99: tally.latency.quantileUs(0.99) / 1_000,
        errorCount: tally.failureCount,
        outlierCount: tally.refusedCount,
        loggedCount: tally.predictionCount - tally.unsampledCount,
      };
    });
}

/** Tells who waits for it that a deployment's metrics changed. */
export interface Changes {
  changed(deployment: string): void;
  /** Resolves at the next change, or when the signal aborts. */
  next(deployment: string, signal: AbortSignal): Promise<void>;
}

export function changes(): Changes {
  const waiting = new Map<string, PromiseWithResolvers<void>>();
  return {
    changed(deployment) {
      waiting.get(deployment)?.resolve();
      waiting.delete(deployment);
    },
    async next(deployment, signal) {
      const turn = waiting.get(deployment) ?? Promise.withResolvers<void>();
      waiting.set(deployment, turn);
      const aborted = Promise.withResolvers<void>();
      const stop = () => aborted.resolve();
      signal.addEventListener("abort", stop, { once: true });
      if (signal.aborted) stop();
      await Promise.race([turn.promise, aborted.promise]);
      signal.removeEventListener("abort", stop);
    },
  };
}
