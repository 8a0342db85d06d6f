import type { EvaluationMetric, ScoredRows, SliceMetrics } from "./evaluation.ts";
import { mean, meanMetric } from "./mean-metric.ts";

/**
 * How far predicted values are from true ones, with intervals: the normal approximation for the mean absolute error and the mean
 * error, the roots of the ends of that of the squared errors for the root of their mean, and the delta method for R², which is a
 * ratio of two means. What is not defined, or leaves the range of numbers, is NaN, without interval.
 */
export function regressionMetrics({ scores, labels }: ScoredRows, level: number): SliceMetrics {
  const errors = scores.map((it, i) => it - (labels[i] as number));
  const sizes = errors.map(Math.abs);
  const squares = errors.map((it) => it * it);
  const [least, most] = [0, Infinity];
  const metrics = [
    meanMetric("mae", sizes, { value: mean(sizes), level, least, most }),
    rootOf("rmse", meanMetric("rmse", squares, { value: mean(squares), level, least, most })),
    meanMetric("mean_error", errors, { value: mean(errors), level, least: -Infinity, most }),
    explained(squares, Float64Array.from(labels), level),
  ];
  return { rowCount: scores.length, positiveCount: 0, metrics: metrics.map(finite) };
}

/** The root has the confidence of what it is the root of: roots keep the order. */
const rootOf = (name: string, { value, interval }: EvaluationMetric): EvaluationMetric => ({
  name,
  value: Math.sqrt(value),
  ...(interval && {
    interval: {
      ...interval,
      low: Math.sqrt(interval.low),
      high: Math.sqrt(interval.high),
      method: "normal-of-squares",
    },
  }),
});

/** R²: 1 less the squared errors over the squared distances of the true values from their mean. */
function explained(squares: Float64Array, labels: Float64Array, level: number): EvaluationMetric {
  const [name, centre] = ["r2", mean(labels)];
  const distances = labels.map((it) => (it - centre) ** 2);
  const variance = mean(distances);
  if (!(variance > 0)) return { name, value: Number.NaN };
  const left = mean(squares) / variance;
  const value = 1 - left;
  const influences = squares.map((it, i) => (it - left * (distances[i] as number)) / variance);
  const { interval } = meanMetric(name, influences, { value, level, least: -Infinity, most: 1 });
  return { name, value, ...(interval && { interval: { ...interval, method: "delta" } }) };
}

function finite({ name, value, interval }: EvaluationMetric): EvaluationMetric {
  if (!Number.isFinite(value)) return { name, value: Number.NaN };
  const bounded = interval && Number.isFinite(interval.low) && Number.isFinite(interval.high);
  return { name, value, ...(bounded && { interval }) };
}
