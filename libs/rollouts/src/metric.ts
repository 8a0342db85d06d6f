import { compileExpression } from "@throughline/expressions";
import type { Analysis, AnalysisSource } from "./plan.ts";

/** What is known of one request when an analysis looks at it. */
export interface Outcome {
  /** NaN if it failed. */
  readonly score: number;
  /** What really happened. Unset if nobody said so in time. */
  readonly actual?: number;
  /** What the feedback says that the answer was worth. Unset if it says nothing of it. */
  readonly reward?: number;
  readonly latencyMs: number;
  readonly isFailure: boolean;
  /** Whether what happened lies in what the prediction gave as interval or set. Unset if either is unknown. */
  readonly isCovered?: boolean;
  /** Whether the answer had anything unusual in it. Unset if that is unknown. */
  readonly isAnomalous?: boolean;
}

/** A metric at work. */
export interface Metric {
  /** True if its values need feedback, so that predictions take part only when their label is due. */
  readonly needsLabel: boolean;
  /** The value of an outcome; undefined if it has none. */
  value(outcome: Outcome): number | undefined;
}

/** The names that an expression may use, with their types. */
const VARIABLES = { score: "double", actual: "double", reward: "double" } as const;

/** Fails with EXPRESSION_INVALID. Metrics by Prometheus are none of single requests: they have no values here. */
export function metricOf(source: AnalysisSource): Metric {
  switch (source.kind) {
    case "EXPRESSION": {
      const expression = compileExpression(source.expression, { variables: VARIABLES, result: "double" });
      const isOfScores = expression.variables.every((it) => it === "score");
      const ofScore = ({ score }: Outcome): number | undefined =>
        Number.isNaN(score) ? undefined : expression.evaluate({ score });
      const value = ({ score, actual, reward }: Outcome): number | undefined =>
        actual === undefined || Number.isNaN(score) ? undefined : expression.evaluate({ score, actual, reward });
      return isOfScores ? { needsLabel: false, value: ofScore } : { needsLabel: true, value };
    }
    case "LATENCY_MS":
      return { needsLabel: false, value: (it) => (it.isFailure ? undefined : it.latencyMs) };
    case "ERROR":
      return { needsLabel: false, value: (it) => (it.isFailure ? 1 : 0) };
    case "INTERVAL_COVERED":
      return { needsLabel: true, value: (it) => (it.isCovered === undefined ? undefined : it.isCovered ? 1 : 0) };
    case "ANOMALY":
      return { needsLabel: false, value: (it) => (it.isAnomalous === undefined ? undefined : it.isAnomalous ? 1 : 0) };
    case "PROMETHEUS":
      return { needsLabel: false, value: () => undefined };
  }
}

/** The value with which an outcome takes part: within the bounds, or what stands for a missing one. Undefined: it takes none. */
export function countedValue({ bounds, missingValue }: Analysis, metric: Metric, outcome: Outcome): number | undefined {
  const found = metric.value(outcome);
  const value = found === undefined || !Number.isFinite(found) ? missingFor(missingValue, outcome) : found;
  if (value === undefined || bounds === undefined) return value;
  return Math.min(bounds.most, Math.max(bounds.least, value));
}

/** Requests that failed have no prediction, so nothing of it is missing. */
const missingFor = (missingValue: number | undefined, { isFailure }: Outcome): number | undefined =>
  isFailure ? undefined : missingValue;
