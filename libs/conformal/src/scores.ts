import type { ScoreDefinition } from "./calibration.ts";

/** A prediction that is to be scored, or widened. */
export interface Scored {
  /** As many as the definition says. */
  readonly predictions: readonly number[];
  /** In [0, 1), and of the row alone: what randomised sets decide by. */
  readonly uniform: number;
}

/** How badly a prediction fits an actual value: what a quantile is taken of. NaN if it cannot be said. */
export function scoreOf(definition: ScoreDefinition, { predictions, uniform }: Scored, actual: number): number {
  const [first = Number.NaN, second = Number.NaN] = predictions;
  switch (definition.method) {
    case "ABSOLUTE_RESIDUAL":
      return Math.abs(actual - first);
    case "NORMALIZED_RESIDUAL":
      return second > 0 ? Math.abs(actual - first) / second : Number.NaN;
    case "QUANTILE_REGRESSION":
      return Math.max(first - actual, actual - second);
    default:
      return labelScores(definition, { predictions, uniform })[actual] ?? Number.NaN;
  }
}

/** The interval of all values whose score is at most the quantile. A quantile is negative where predictions are wider than needed. */
export function intervalOf(
  { method }: ScoreDefinition,
  predictions: readonly number[],
  quantile: number,
): { readonly low: number; readonly high: number } {
  const [first = Number.NaN, second = Number.NaN] = predictions;
  if (method === "QUANTILE_REGRESSION") return ordered(first - quantile, second + quantile);
  const half = method === "NORMALIZED_RESIDUAL" ? quantile * second : quantile;
  return { low: first - half, high: first + half };
}

/** Where the two bounds have crossed no value is left; the one between them stands for it. */
function ordered(low: number, high: number): { low: number; high: number } {
  const middle = (low + high) / 2;
  return low <= high ? { low, high } : { low: middle, high: middle };
}

/** The labels whose score is at most the quantile, by their numbers, the likeliest first. */
export function labelsOf(definition: ScoreDefinition, scored: Scored, quantile: number): readonly number[] {
  const scores = labelScores(definition, scored);
  const order = byProbability(probabilities(definition, scored.predictions));
  const within = order.filter((label) => (scores[label] ?? Number.NaN) <= quantile);
  return within.length === 0 && !definition.allowsEmpty ? order.slice(0, 1) : within;
}

function labelScores(definition: ScoreDefinition, { predictions, uniform }: Scored): readonly number[] {
  const { isRandomized, penalty, penaltyRank } = definition;
  const given = probabilities(definition, predictions);
  const scores = given.map(() => Number.NaN);
  let above = 0;
  for (const [i, label] of byProbability(given).entries()) {
    const own = given[label] ?? Number.NaN;
    scores[label] = above + own * (isRandomized ? uniform : 1) + penalty * Math.max(0, i + 1 - penaltyRank);
    above += own;
  }
  return scores;
}

/** A single score is the probability of the second of two labels. */
const probabilities = ({ labels }: ScoreDefinition, predictions: readonly number[]): readonly number[] => {
  const [only = Number.NaN] = predictions;
  return labels.length === 2 && predictions.length === 1 ? [1 - only, only] : predictions;
};

/** Of equal probabilities the label with the smaller number comes first. */
const byProbability = (given: readonly number[]): readonly number[] =>
  given.map((_, i) => i).sort((a, b) => (given[b] ?? 0) - (given[a] ?? 0) || a - b);
