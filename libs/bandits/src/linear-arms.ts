import { cholesky, dot, forward } from "@throughline/stats";
import { normalBelief } from "./beliefs.ts";
import { bestArmProbabilities } from "./best-arm.ts";
import { total } from "./exact-sum.ts";
import { shareOfBest, VARIANCE_MIN } from "./independent-arms.ts";
import { type ArmState, count, products } from "./state.ts";

/** What is known of all arms together: how contexts and rewards lie, for the units to work in. */
interface Units {
  /** Means of the context's features and of the rewards, by position from 1. */
  readonly means: Float64Array;
  /** Their deviations; 1 for a feature that never changed. */
  readonly scales: Float64Array;
  /** True while all rewards are equal. */
  readonly isFlat: boolean;
}

interface ArmFit {
  readonly lower: Float64Array;
  /** L⁻¹ b: the posterior mean is L⁻ᵀ of it. */
  readonly half: Float64Array;
  /** What the regression leaves of the sum of squared rewards. */
  readonly squares: number;
}

/** What choices need of a state, computed once for each. */
export interface LinearFit {
  readonly units: Units;
  readonly arms: readonly ArmFit[];
  /** Standard deviation of the noise, which is the same for all arms, in units of the rewards'. */
  readonly noise: number;
}

/**
 * Bayesian linear regressions of the reward on (1, context), one for each arm, with a normal-inverse-gamma prior (as in
 * Riquelme, Tucker and Snoek 2018, arXiv:1802.09127, section 4) and one noise for all. Features and rewards are taken around their
 * means in units of their deviations over all arms: neither the units nor the zero points of features and rewards change a choice.
 * Prior: no influence, as strong as one row of the arm; a noise of the rewards' own deviation, as strong as one row.
 *
 * Factors come from the exact sums and not from the factors before (Sherman-Morrison): errors cannot pile up, and a reward can
 * be taken away.
 */
export function fitLinear(arms: readonly ArmState[], contextSize: number): LinearFit | undefined {
  const width = contextSize + 2;
  const rows = arms.reduce((sum, arm) => sum + count(arm), 0);
  if (rows === 0) return undefined;
  const units = unitsOf({ arms, width, rows });
  const fits = arms.map((arm) => fitArm({ arm, width, units }));
  const squares = fits.reduce((sum, it) => sum + it.squares, 0);
  return { units, arms: fits, noise: Math.sqrt((1 + squares) / (1 + rows)) };
}

/**
 * The probability of each arm to be the best in a context: the expected reward there is normal under each arm's posterior,
 * the noise taken at its posterior estimate.
 */
export function thompsonLinear(fit: LinearFit, context: readonly number[]): readonly number[] {
  const { means, scales, isFlat } = fit.units;
  const row = [
    1,
    ...context.map((it, i) => Math.max(-FAR, Math.min(FAR, (it - (means[i + 1] ?? 0)) / (scales[i + 1] ?? 1)))),
  ];
  const found = fit.arms.map(({ lower, half }) => {
    const solved = forward(lower, row);
    return { centre: dot(solved, half), scale: fit.noise * Math.sqrt(dot(solved, solved)) };
  });
  if (isFlat) return shareOfBest(found.map(() => 0));
  return bestArmProbabilities(found.map(({ centre, scale }) => normalBelief(centre, scale)));
}

/** A context so many deviations from the mean of all is taken to be no further: its squares must stay numbers. */
const FAR = 1e9;

function unitsOf({ arms, width, rows }: { arms: readonly ArmState[]; width: number; rows: number }): Units {
  const readers = arms.map((arm) => products(arm, width));
  const sums = (i: number, j: number): number => readers.reduce((sum, at) => sum + total(at(i, j)), 0);
  const means = Float64Array.from({ length: width }, (_, j) => (j === 0 ? 0 : sums(0, j) / rows));
  const variances = Float64Array.from({ length: width }, (_, j) => {
    const mean = means[j] ?? 0;
    const variance = sums(j, j) / rows - mean * mean;
    // What is left of equal values when their squares were rounded is no variance.
    return variance > Math.max(VARIANCE_MIN, 1e-13 * mean * mean) ? variance : 0;
  });
  return {
    means,
    scales: variances.map((it) => (it > 0 ? Math.sqrt(it) : 1)),
    isFlat: variances[width - 1] === 0,
  };
}

function fitArm({ arm, width, units }: { arm: ArmState; width: number; units: Units }): ArmFit {
  const size = width - 1;
  const centred = centredProducts({ arm, width, units });
  const precision = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) precision[i * size + j] = (centred[i * width + j] ?? 0) + (i === j ? 1 : 0);
  }
  const lower = cholesky(precision, size);
  const half = forward(
    lower,
    Float64Array.from({ length: size }, (_, i) => centred[i * width + size] ?? 0),
  );
  return { lower, half, squares: Math.max(0, (centred[size * width + size] ?? 0) - dot(half, half)) };
}

/** The sums of products of (1, context, reward) around the means, in units of the deviations. */
function centredProducts({ arm, width, units }: { arm: ArmState; width: number; units: Units }): Float64Array {
  const at = products(arm, width);
  const n = count(arm);
  const result = new Float64Array(width * width);
  for (let i = 0; i < width; i++) {
    for (let j = i; j < width; j++) {
      const [a, b] = [units.means[i] ?? 0, units.means[j] ?? 0];
      const [sumI, sumJ] = [i === 0 ? n : total(at(0, i)), j === 0 ? n : total(at(0, j))];
      const around = total(at(i, j)) - a * sumJ - b * sumI + n * a * b;
      const value = around / ((units.scales[i] ?? 1) * (units.scales[j] ?? 1));
      result[i * width + j] = value;
      result[j * width + i] = value;
    }
  }
  // The 1 in front keeps its place: it is neither moved nor scaled.
  return result;
}
