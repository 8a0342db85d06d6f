import { momentsOf, normalInterval, sampleVariance } from "@throughline/stats";
import type { EvaluationMetric } from "./evaluation.ts";

/** A mean over rows, none of which is below `least` or above `most`, with the normal approximation. */
export function meanMetric(
  name: string,
  values: Float64Array,
  { value, level, least, most }: { value: number; level: number; least: number; most: number },
): EvaluationMetric {
  if (values.length < 2) return { name, value };
  const standardError = Math.sqrt(sampleVariance(momentsOf(values)) / values.length);
  const { low, high } = normalInterval(value, standardError, level);
  return { name, value, interval: { low: Math.max(least, low), high: Math.min(most, high), level, method: "normal" } };
}

export const mean = (values: Float64Array): number =>
  values.length === 0 ? Number.NaN : values.reduce((sum, it) => sum + it, 0) / values.length;
