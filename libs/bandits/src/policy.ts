import { epsilonGreedy, shareOfBest, thompsonBernoulli, thompsonGaussian, ucb1 } from "./independent-arms.ts";
import { fitLinear, type LinearFit, thompsonLinear } from "./linear-arms.ts";
import { type BanditSpec, checkBandit } from "./spec.ts";
import { type BanditReward, type BanditState, checkedContext, contextSize, counted, emptyState } from "./state.ts";

/** What a choice is made of. */
export interface BanditSituation {
  readonly state: BanditState;
  /** The features that the spec names, in its order. Empty for policies that read none. */
  readonly context?: readonly number[];
}

/** The arm that was chosen, and the probability that it had. */
export interface BanditChoice {
  readonly arm: string;
  readonly propensity: number;
}

/**
 * A bandit at work. Every choice is drawn from the probabilities that `probabilities` gives, so a propensity is exact by
 * construction: it is the probability that the draw had. An update costs the same however many rewards there were.
 */
export interface BanditPolicy {
  /** The state before the first reward. */
  readonly empty: BanditState;
  /** The probability of each arm, in the order of the spec; they add up to 1 and are at least the floors. */
  probabilities(situation: BanditSituation): readonly number[];
  /** Draws an arm. `uniform` is a number in [0, 1) that nothing else was decided by. */
  choose(situation: BanditSituation & { readonly uniform: number }): BanditChoice;
  /** The state with a reward more. Fails with BANDIT_REWARD_INVALID, BANDIT_ARM_UNKNOWN or BANDIT_CONTEXT_INVALID. */
  update(state: BanditState, given: BanditReward): BanditState;
  /** The state as if a reward that was added had never been: for corrections. */
  remove(state: BanditState, given: BanditReward): BanditState;
}

/** Makes the policy that a spec declares. Fails with BANDIT_INVALID and all problems at once. */
export function banditPolicy(spec: BanditSpec): BanditPolicy {
  checkBandit(spec);
  const own = ownProbabilities(spec);
  const floors = spec.arms.map((arm) => spec.floors?.[arm] ?? 0);
  const free = Math.max(0, 1 - floors.reduce((sum, it) => sum + it, 0));
  const probabilities = (situation: BanditSituation): readonly number[] =>
    own(situation).map((it, i) => (floors[i] ?? 0) + free * it);
  return {
    empty: emptyState(spec),
    probabilities,
    choose: ({ uniform, ...situation }) => drawn(spec.arms, probabilities(situation), uniform),
    update: (state, given) => counted(spec, state, { given, sign: 1 }),
    remove: (state, given) => counted(spec, state, { given, sign: -1 }),
  };
}

function drawn(arms: readonly string[], probabilities: readonly number[], uniform: number): BanditChoice {
  let left = uniform * probabilities.reduce((sum, it) => sum + it, 0);
  let chosen = 0;
  for (const [i, probability] of probabilities.entries()) {
    if (probability === 0) continue;
    chosen = i;
    if (left < probability) break;
    left -= probability;
  }
  return { arm: arms[chosen] ?? "", propensity: probabilities[chosen] ?? 0 };
}

/** The probabilities before the floors. What depends on the state alone is computed once for each state. */
function ownProbabilities(spec: BanditSpec): (situation: BanditSituation) => readonly number[] {
  const { policy } = spec;
  const armsOf = ({ arms }: BanditState) => spec.arms.map((arm) => arms[arm] ?? []);
  if (policy.kind === "linear_thompson") {
    const size = contextSize(spec);
    const fits = oncePerState((state): { readonly fit: LinearFit | undefined } => ({
      fit: fitLinear(armsOf(state), size),
    }));
    return ({ state, context }) => {
      const checked = checkedContext(spec, context);
      const { fit } = fits(state);
      return fit ? thompsonLinear(fit, checked) : shareOfBest(spec.arms.map(() => 0));
    };
  }
  const of = oncePerState((state): readonly number[] => {
    const arms = armsOf(state);
    if (policy.kind === "epsilon_greedy") return epsilonGreedy(arms, policy.epsilon);
    if (policy.kind === "ucb1") return ucb1(arms);
    return policy.kind === "thompson_bernoulli" ? thompsonBernoulli(arms) : thompsonGaussian(arms);
  });
  return ({ state }) => of(state);
}

function oncePerState<T extends object>(compute: (state: BanditState) => T): (state: BanditState) => T {
  const known = new WeakMap<BanditState, T>();
  return (state) => {
    const found = known.get(state) ?? compute(state);
    known.set(state, found);
    return found;
  };
}
