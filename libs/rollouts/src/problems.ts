import { type FieldViolation, isDomainError } from "@throughline/kernel";
import { metricOf } from "./metric.ts";
import type { Analysis } from "./plan.ts";

/** Why an analysis cannot be made: everything at once, below the path of the analysis. */
export function analysisProblems(analysis: Analysis, path: string): readonly FieldViolation[] {
  const { source, bounds, minEffect, labelDelayMs, missingValue } = analysis;
  const problems: FieldViolation[] = [];
  const add = (field: string, description: string): void =>
    void problems.push({ path: `${path}.${field}`, description });
  const range = bounds ? bounds.most - bounds.least : Number.POSITIVE_INFINITY;
  if (!(range > 0)) add("bounds", `${bounds?.least} is not below ${bounds?.most}`);
  else if (!(minEffect < range))
    add("min_effect", `${minEffect} is not below ${range}, which the bounds leave room for`);
  if (!(minEffect > 0 && Number.isFinite(minEffect))) add("min_effect", `${minEffect} is not a number above 0`);
  const isOutside =
    bounds && missingValue !== undefined && !(missingValue >= bounds.least && missingValue <= bounds.most);
  if (isOutside) add("missing_value", `${missingValue} is not between the bounds`);
  const wrong = sourceProblem(analysis);
  if (wrong !== undefined) add(SOURCE_FIELDS[source.kind], wrong);
  // An expression that cannot be read may have been about what happened.
  const needsLabel = wrong === undefined ? metricOf(source).needsLabel : source.kind === "EXPRESSION";
  if (needsLabel && !(labelDelayMs > 0))
    add("label_delay", "the values need feedback, which takes time: say within which of it is to be waited for");
  if (!needsLabel && missingValue !== undefined)
    add("missing_value", "the values need no feedback, so none is ever missing");
  return problems;
}

const SOURCE_FIELDS = {
  EXPRESSION: "expression",
  LATENCY_MS: "latency_ms",
  ERROR: "error",
  INTERVAL_COVERED: "interval_covered",
  ANOMALY: "anomaly",
  FEATURE_DRIFT: "feature_drift",
  PROMETHEUS: "prometheus",
} as const;

const FEWER_IS_BETTER: ReadonlySet<Analysis["source"]["kind"]> = new Set([
  "LATENCY_MS",
  "ERROR",
  "ANOMALY",
  "FEATURE_DRIFT",
]);

function sourceProblem({ source, role, lowerIsBetter }: Analysis): string | undefined {
  if (source.kind === "PROMETHEUS" && role === "OBJECTIVE")
    return "one number says nothing of how sure it is: make it a guardrail, and let an objective compare by latency_ms, by error or by an expression";
  if (FEWER_IS_BETTER.has(source.kind) && !lowerIsBetter) return "smaller values are better: set lower_is_better";
  try {
    metricOf(source);
    return undefined;
  } catch (error) {
    if (isDomainError(error)) return error.message;
    throw error;
  }
}
