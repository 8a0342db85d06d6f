import { type Interval, wilsonInterval } from "./intervals.ts";

/** Predicted probabilities of the positive class, and what came true (true or 1). Of equal length. */
export interface Predictions {
  readonly probabilities: ArrayLike<number>;
  readonly labels: ArrayLike<boolean | number>;
}

/** Mean negative log likelihood in nats. Probabilities are clipped to [epsilon, 1 - epsilon], so that one wrong certainty is not infinite. */
export const logLoss = (predictions: Predictions, epsilon = 2 ** -52): number =>
  meanOf(predictions, (probability, label) => {
    const clipped = Math.min(1 - epsilon, Math.max(epsilon, probability));
    return label ? -Math.log(clipped) : -Math.log1p(-clipped);
  });

/** Mean squared difference of probability and outcome (Brier 1950). */
export const brierScore = (predictions: Predictions): number =>
  meanOf(predictions, (probability, label) => (probability - (label ? 1 : 0)) ** 2);

/** Share of right decisions, when a probability of at least the threshold decides for the positive class. */
export const accuracy = (predictions: Predictions, threshold = 0.5): number =>
  meanOf(predictions, (probability, label) => (probability >= threshold === Boolean(label) ? 1 : 0));

function meanOf({ probabilities, labels }: Predictions, loss: (probability: number, label: boolean) => number): number {
  let sum = 0;
  for (let i = 0; i < probabilities.length; i++) sum += loss(probabilities[i] ?? Number.NaN, Boolean(labels[i]));
  return probabilities.length === 0 ? Number.NaN : sum / probabilities.length;
}

/** Predictions of about the same probability. */
export interface CalibrationBin {
  /** Probabilities in (low, high]; the first bin includes 0. */
  readonly low: number;
  readonly high: number;
  readonly count: number;
  readonly meanProbability: number;
  /** Share that came true, with its Wilson interval. */
  readonly observed: Interval;
}

/** How far probabilities are from what came true. */
export interface Calibration {
  /** The bins that have predictions. */
  readonly bins: readonly CalibrationBin[];
  /** Expected calibration error: mean |observed - probability| over bins, weighted by count (Naeini et al. 2015). */
  readonly expectedError: number;
  /** The largest |observed - probability| of any bin. */
  readonly maximumError: number;
}

/** Calibration over bins of equal width. */
export function calibration({ probabilities, labels }: Predictions, binCount = 10, level = 0.95): Calibration {
  const sums = Array.from({ length: binCount }, () => ({ count: 0, probability: 0, positives: 0 }));
  for (let i = 0; i < probabilities.length; i++) {
    const probability = probabilities[i] ?? Number.NaN;
    const bin = sums[Math.min(binCount - 1, Math.max(0, Math.ceil(probability * binCount) - 1))];
    if (!bin) continue;
    bin.count += 1;
    bin.probability += probability;
    bin.positives += labels[i] ? 1 : 0;
  }
  const bins = sums.flatMap((it, i): CalibrationBin[] => {
    if (it.count === 0) return [];
    const observed = wilsonInterval(it.positives, it.count, level);
    return [
      {
        low: i / binCount,
        high: (i + 1) / binCount,
        count: it.count,
        meanProbability: it.probability / it.count,
        observed,
      },
    ];
  });
  const errors = bins.map((it) => Math.abs(it.observed.estimate - it.meanProbability));
  const expectedError = bins.reduce((sum, it, i) => sum + (it.count * (errors[i] ?? 0)) / probabilities.length, 0);
  return { bins, expectedError, maximumError: Math.max(0, ...errors) };
}
