import { type Interval, normalInterval } from "@throughline/stats";

/** A score, and what really happened. */
export interface Outcome {
  readonly score: number;
  readonly actual: number;
}

/**
 * What is known of the outcomes of one release. Outcomes are added, and taken back when they are corrected; tallies of
 * parts add up. Scores are kept as counts in steps of 1/1,000, which is all that the AUC needs.
 */
export interface OutcomeTally {
  add(outcome: Outcome): void;
  remove(outcome: Outcome): void;
  metrics(): OutcomeMetrics;
}

/** NaN where there is nothing to compute it from, or where outcomes are not 0 or 1, or scores not within them. */
export interface OutcomeMetrics {
  readonly count: number;
  readonly meanActual: number;
  readonly logLoss: number;
  readonly brier: number;
  readonly auc: number;
  /** Unset with fewer than two outcomes of either class. */
  readonly aucInterval?: Interval;
}

const STEPS = 1_000;
const LEVEL = 0.95;
/** A probability of 0 or 1 that was wrong would cost infinitely much; half of the smallest float32 step is kept away. */
const PROBABILITY_MIN = 2 ** -25;

export function outcomeTally(): OutcomeTally {
  const positives = new Float64Array(STEPS + 1);
  const negatives = new Float64Array(STEPS + 1);
  const sums = { count: 0, actual: 0, loss: 0, squared: 0, notBinary: 0 };
  const take = ({ score, actual }: Outcome, sign: 1 | -1): void => {
    sums.count += sign;
    sums.actual += sign * actual;
    sums.squared += sign * (score - actual) ** 2;
    const isBinary = (actual === 0 || actual === 1) && score >= 0 && score <= 1;
    if (!isBinary) {
      sums.notBinary += sign;
      return;
    }
    sums.loss += sign * lossOf(score, actual);
    const step = Math.round(score * STEPS);
    const counts = actual === 1 ? positives : negatives;
    counts[step] = (counts[step] ?? 0) + sign;
  };
  return {
    add: (outcome) => take(outcome, 1),
    remove: (outcome) => take(outcome, -1),
    metrics() {
      const { count } = sums;
      const isBinary = count > 0 && sums.notBinary === 0;
      const curve = isBinary ? areaUnderCurve(positives, negatives) : { auc: Number.NaN };
      return {
        count,
        meanActual: count > 0 ? sums.actual / count : Number.NaN,
        logLoss: isBinary ? sums.loss / count : Number.NaN,
        brier: isBinary ? sums.squared / count : Number.NaN,
        ...curve,
      };
    },
  };
}

function lossOf(score: number, actual: number): number {
  const given = actual === 1 ? score : 1 - score;
  return -Math.log(Math.max(PROBABILITY_MIN, given));
}

/**
 * AUC and DeLong's interval (doi:10.2307/2531595) from counts: all outcomes of one step have the same placement, so that
 * the sums over outcomes are sums over steps.
 */
function areaUnderCurve(positives: Float64Array, negatives: Float64Array): Pick<OutcomeMetrics, "auc" | "aucInterval"> {
  const total = (counts: Float64Array) => counts.reduce((sum, it) => sum + it, 0);
  const [m, n] = [total(positives), total(negatives)];
  if (m === 0 || n === 0) return { auc: Number.NaN };
  const ofPositive = placements(positives, below(negatives, n));
  const ofNegative = placements(
    negatives,
    below(positives, m).map((it) => 1 - it),
  );
  const auc = ofPositive.mean;
  if (m < 2 || n < 2) return { auc };
  const standardError = Math.sqrt(ofPositive.squares / (m - 1) / m + ofNegative.squares / (n - 1) / n);
  const interval = normalInterval(auc, standardError, LEVEL);
  return { auc, aucInterval: { ...interval, low: Math.max(0, interval.low), high: Math.min(1, interval.high) } };
}

/** The share of the outcomes that are below each step, those at it counting half. */
function below(counts: Float64Array, total: number): readonly number[] {
  let seen = 0;
  return Array.from(counts, (count) => {
    const share = (seen + count / 2) / total;
    seen += count;
    return share;
  });
}

/** Mean of the placements, and the sum of their squared distances from it. */
function placements(counts: Float64Array, placement: readonly number[]): { mean: number; squares: number } {
  let [count, sum] = [0, 0];
  counts.forEach((it, step) => {
    count += it;
    sum += it * (placement[step] ?? 0);
  });
  const mean = sum / count;
  const squares = counts.reduce((all, it, step) => all + it * ((placement[step] ?? 0) - mean) ** 2, 0);
  return { mean, squares };
}
