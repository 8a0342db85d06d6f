import { compileExpression } from "@throughline/expressions";
import { unusualPart } from "./feature-drift.ts";
import type { Analysis, AnalysisSource } from "./plan.ts";

/** What is known of one request when an analysis looks at it. */
export interface Outcome {
  /** NaN if it failed. */
  readonly score: number;
  /** All scores of the answer, `score` being the first. Unset if nobody asked for them. */
  readonly scores?: readonly number[];
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
  /** Whether each feature is unlike the baseline of its release. Unset if nobody asked for it, or there is no baseline. */
  readonly unusual?: ReadonlyMap<string, boolean>;
}

/** A metric at work. */
export interface Metric {
  /** True if its values need feedback, so that predictions take part only when their label is due. */
  readonly needsLabel: boolean;
  /** True if its values are computed from all scores of the answer. */
  readonly needsScores: boolean;
  /** The value of an outcome; undefined if it has none. */
  value(outcome: Outcome): number | undefined;
}

/** Scores that an expression may name. */
const SCORES_MAX = 100;

const SCORE_NAMES: readonly string[] = Array.from({ length: SCORES_MAX }, (_, i) => `score_${i}`);

/** The names that an expression may use, with their types. */
const VARIABLES: Readonly<Record<string, "double">> = {
  score: "double",
  actual: "double",
  reward: "double",
  ...Object.fromEntries(SCORE_NAMES.map((it) => [it, "double"] as const)),
};

/** Fails with EXPRESSION_INVALID. Metrics by Prometheus are none of single requests: they have no values here. */
export function metricOf(source: AnalysisSource): Metric {
  const needsScores = false;
  switch (source.kind) {
    case "EXPRESSION":
      return ofExpression(source.expression);
    case "LATENCY_MS":
      return { needsLabel: false, needsScores, value: (it) => (it.isFailure ? undefined : it.latencyMs) };
    case "ERROR":
      return { needsLabel: false, needsScores, value: (it) => (it.isFailure ? 1 : 0) };
    case "INTERVAL_COVERED":
      return { needsLabel: true, needsScores, value: (it) => oneIf(it.isCovered) };
    case "ANOMALY":
      return { needsLabel: false, needsScores, value: (it) => oneIf(it.isAnomalous) };
    case "FEATURE_DRIFT": {
      const value = ({ unusual }: Outcome) => unusual && unusualPart(unusual, source.features);
      return { needsLabel: false, needsScores, value };
    }
    case "PROMETHEUS":
      return { needsLabel: false, needsScores, value: () => undefined };
  }
}

const oneIf = (is: boolean | undefined): number | undefined => (is === undefined ? undefined : is ? 1 : 0);

function ofExpression(text: string): Metric {
  const expression = compileExpression(text, { variables: VARIABLES, result: "double" });
  const named = expression.variables.filter((it) => it.startsWith("score_"));
  const needsLabel = expression.variables.some((it) => it === "actual" || it === "reward");
  const places = named.map((it) => [it, Number(it.slice("score_".length))] as const);
  return {
    needsLabel,
    needsScores: named.length > 0,
    value({ score, scores, actual, reward }) {
      if (Number.isNaN(score) || (needsLabel && actual === undefined)) return undefined;
      const further = places.length > 0 && Object.fromEntries(places.map(([name, at]) => [name, scores?.[at]]));
      return expression.evaluate({ score, actual, reward, ...further });
    },
  };
}

/** The value with which an outcome takes part: within the bounds, or what stands for a missing one. Undefined: it takes none. */
export function countedValue({ bounds, missingValue }: Analysis, metric: Metric, outcome: Outcome): number | undefined {
  const found = metric.value(outcome);
  const value = found === undefined || !Number.isFinite(found) ? missingFor(missingValue, outcome) : found;
  if (value === undefined || bounds === undefined) return value;
  return Math.min(bounds.most, Math.max(bounds.least, value));
}

/** Requests that failed, and rows without a score, have no answer, so nothing of it is missing. */
const missingFor = (missingValue: number | undefined, { isFailure }: Outcome): number | undefined =>
  isFailure ? undefined : missingValue;
