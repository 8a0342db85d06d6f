import {
  accuracy,
  aucInterval,
  brierScore,
  type CalibrationBin,
  calibration,
  type Interval,
  logLoss,
  quantileOfSorted,
  seededRandom,
  wilsonInterval,
} from "@throughline/stats";
import type { EvaluationMetric, MetricOptions, ScoredRows, SliceMetrics } from "./evaluation.ts";
import { mean, meanMetric } from "./mean-metric.ts";
import { regressionMetrics } from "./regression-metrics.ts";

/** Draws of the simulation behind the interval of the calibration error, and where it starts: equal data, equal interval. */
const DRAWS = 2_000;
const SEED = 20_130_901;

/** The metrics of some rows, by what their scores predict. */
export const sliceMetrics = (rows: ScoredRows, options: MetricOptions): SliceMetrics =>
  options.task === "REGRESSION" ? regressionMetrics(rows, options.level) : binaryMetrics(rows, options);

/**
 * The metrics of scores that are probabilities, with intervals: DeLong for the AUC, Wilson for shares, the normal approximation for means over
 * rows (log loss, Brier score, score), a simulation for the calibration error. Rows of one label have no AUC, and no rows
 * have no metric: these are NaN, without interval.
 */
function binaryMetrics(rows: ScoredRows, { threshold, level }: MetricOptions): SliceMetrics {
  const { scores, labels } = rows;
  const predictions = { probabilities: scores, labels };
  const rowCount = scores.length;
  let positiveCount = 0;
  for (const it of labels) positiveCount += it;
  const rightCount = Math.round(accuracy(predictions, threshold) * rowCount);
  const bounds = { level, least: 0, most: 1 };
  const metrics: readonly EvaluationMetric[] = [
    aucMetric(rows, { positiveCount, level }),
    // A loss of a row is the library's loss of that row alone, so that the mean and its error are of the same thing.
    meanMetric("log_loss", rowLosses(rows, logLoss), { value: logLoss(predictions), ...bounds, most: Infinity }),
    meanMetric("brier", rowLosses(rows, brierScore), { value: brierScore(predictions), ...bounds }),
    shareMetric("accuracy", wilsonInterval(rightCount, rowCount, level)),
    shareMetric("positive_rate", wilsonInterval(positiveCount, rowCount, level)),
    meanMetric("mean_score", scores, { value: mean(scores), ...bounds }),
    calibrationMetric(rows, level),
  ];
  return { rowCount, positiveCount, metrics };
}

function aucMetric(
  { scores, labels }: ScoredRows,
  { positiveCount, level }: { readonly positiveCount: number; readonly level: number },
): EvaluationMetric {
  const negativeCount = labels.length - positiveCount;
  if (positiveCount === 0 || negativeCount === 0) return { name: "auc", value: Number.NaN };
  const { estimate, low, high } = aucInterval(scores, labels, level);
  const hasInterval = positiveCount > 1 && negativeCount > 1;
  return { name: "auc", value: estimate, ...(hasInterval ? { interval: { low, high, level, method: "delong" } } : {}) };
}

function shareMetric(name: string, { estimate, low, high, level }: Interval): EvaluationMetric {
  if (Number.isNaN(estimate)) return { name, value: estimate };
  return { name, value: estimate, interval: { low, high, level, method: "wilson" } };
}

type Loss = (row: { readonly probabilities: ArrayLike<number>; readonly labels: ArrayLike<number> }) => number;

function rowLosses({ scores, labels }: ScoredRows, loss: Loss): Float64Array {
  const row = { probabilities: [0], labels: [0] };
  return scores.map((score, i) => {
    row.probabilities[0] = score;
    row.labels[0] = labels[i] as number;
    return loss(row);
  });
}

function calibrationMetric({ scores, labels }: ScoredRows, level: number): EvaluationMetric {
  const name = "calibration_error";
  if (scores.length === 0) return { name, value: Number.NaN };
  const { bins, expectedError } = calibration({ probabilities: scores, labels });
  const reach = quantileOfSorted(noiseOfError(bins, scores.length), level);
  const interval = { low: Math.max(0, expectedError - reach), high: Math.min(1, expectedError + reach) };
  return { name, value: expectedError, interval: { ...interval, level, method: "parametric-bootstrap" } };
}

/**
 * How far chance can move the expected calibration error, sorted. The error is a sum of absolute gaps, one a bin, so it is
 * never further from the true one than the sum of the absolute errors of the gaps: that sum is drawn, each gap's error
 * being normal with the second moment of label less score in the bin. An ordinary bootstrap of the error is biased upwards
 * and would hardly ever cover a well calibrated model, whose true error is 0.
 */
function noiseOfError(bins: readonly CalibrationBin[], rowCount: number): Float64Array {
  const random = seededRandom(SEED);
  const deviations = bins.map(({ count, observed, meanProbability }) => {
    const gap = observed.estimate - meanProbability;
    const moment = Math.max(observed.estimate * (1 - observed.estimate), meanProbability * (1 - meanProbability));
    return Math.sqrt(count * (moment + gap * gap)) / rowCount;
  });
  const draw = (): number => deviations.reduce((sum, it) => sum + it * Math.abs(standardNormal(random)), 0);
  return Float64Array.from({ length: DRAWS }, draw).sort();
}

/** Box and Muller 1958, doi:10.1214/aoms/1177706645. */
const standardNormal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
