import { betaBelief, studentBelief } from "./beliefs.ts";
import { bestArmProbabilities } from "./best-arm.ts";
import { type ArmState, rewardMoments } from "./state.ts";

/** Below it lie numbers that have lost digits: rewards that differ by so little are all the same. */
export const VARIANCE_MIN = 1e-200;

/** The width of (1, reward). */
const WIDTH = 2;

/** Arms of the best mean get 1 - epsilon in equal parts, and all arms epsilon. An arm without a reward counts as the best. */
export function epsilonGreedy(arms: readonly ArmState[], epsilon: number): readonly number[] {
  const best = shareOfBest(arms.map((arm) => meanOf(arm) ?? Number.POSITIVE_INFINITY));
  return best.map((it) => epsilon / arms.length + (1 - epsilon) * it);
}

/** An arm without a reward has no bound and is the best. */
export function ucb1(arms: readonly ArmState[]): readonly number[] {
  const moments = arms.map((arm) => rewardMoments(arm, WIDTH));
  const all = moments.reduce((sum, { n }) => sum + n, 0);
  return shareOfBest(
    moments.map(({ n, mean }) => (n === 0 ? Number.POSITIVE_INFINITY : mean + Math.sqrt((2 * Math.log(all)) / n))),
  );
}

/** Under posteriors Beta(1 + successes, 1 + failures). */
export function thompsonBernoulli(arms: readonly ArmState[]): readonly number[] {
  return bestArmProbabilities(
    arms.map((arm) => {
      const { n, mean } = rewardMoments(arm, WIDTH);
      const successes = Math.round(mean * n);
      return betaBelief(1 + successes, 1 + n - successes);
    }),
  );
}

/**
 * Under normal-gamma posteriors: each arm's mean has a Student distribution (Murphy 2007, "Conjugate Bayesian analysis of the
 * Gaussian distribution", section 3). The prior is one reward of the mean and variance of all arms together, so that neither the
 * unit of rewards nor their zero point changes a choice. Without rewards, and while all are equal, arms of the best mean are equally likely.
 */
export function thompsonGaussian(arms: readonly ArmState[]): readonly number[] {
  const moments = arms.map((arm) => rewardMoments(arm, WIDTH));
  const all = moments.reduce((sum, { n }) => sum + n, 0);
  if (all === 0) return shareOfBest(arms.map(() => 0));
  const centre = moments.reduce((sum, { n, mean }) => sum + n * mean, 0) / all;
  const variance = moments.reduce((sum, it) => sum + it.squares + it.n * (it.mean - centre) ** 2, 0) / all;
  if (!(variance > VARIANCE_MIN)) return shareOfBest(moments.map(({ n, mean }) => (n === 0 ? centre : mean)));
  return bestArmProbabilities(
    moments.map(({ n, mean, squares }) => {
      // In units of the rewards' deviation, around their mean: prior mean 0, strength 1, shape 1, rate 1.
      const z = (mean - centre) / Math.sqrt(variance);
      const shape = 1 + n / 2;
      const rate = 1 + squares / variance / 2 + (n * z * z) / (2 * (1 + n));
      return studentBelief({
        centre: (n * z) / (1 + n),
        scale: Math.sqrt(rate / (shape * (1 + n))),
        degrees: 2 * shape,
      });
    }),
  );
}

/** 1 in equal parts to the largest values. */
export function shareOfBest(values: readonly number[]): readonly number[] {
  const largest = Math.max(...values);
  const ties = values.filter((it) => it === largest).length;
  return values.map((it) => (it === largest ? 1 / ties : 0));
}

const meanOf = (arm: ArmState): number | undefined => {
  const { n, mean } = rewardMoments(arm, WIDTH);
  return n === 0 ? undefined : mean;
};
