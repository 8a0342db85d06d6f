import { type BanditPolicyKind, type BanditState, banditPolicy, mergedStates } from "@throughline/bandits";
import { isDomainError } from "@throughline/kernel";
import { type BanditRule, metricOf } from "@throughline/rollouts";
import type { Comparable } from "./outcomes-of-records.ts";

/** The share of a release in basis points. */
export interface ArmShare {
  readonly release: string;
  readonly weightBasisPoints: number;
}

/** A bandit over releases at work: what it learns of outcomes, and the shares that follow. */
export interface ArmRewards {
  readonly empty: BanditState;
  /** The state with an outcome more; the same one if the outcome has no reward that the policy can learn from. */
  learn(state: BanditState, comparable: Comparable): BanditState;
  /**
   * The shares that follow from all states together: the probabilities with which the policy would choose each arm, floors included, in
   * basis points that add up to 10,000. A prediction's propensity is the share that its release had when it was given.
   */
  shares(states: readonly BanditState[]): readonly ArmShare[];
}

const WHOLE = 10_000;

export function armRewards(rule: BanditRule): ArmRewards {
  const arms = rule.arms.map((it) => it.release);
  const floors = Object.fromEntries(rule.arms.map((it) => [it.release, it.floorBasisPoints / WHOLE]));
  const policy = banditPolicy({ arms, policy: kindOf(rule), floors });
  const reward = metricOf({ kind: "EXPRESSION", expression: rule.reward });
  return {
    empty: policy.empty,
    learn(state, comparable) {
      if (comparable.kind === "pair") return state;
      const value = reward.value(comparable.outcome);
      if (value === undefined) return state;
      try {
        return policy.update(state, { arm: comparable.release, reward: value });
      } catch (error) {
        // Such as 0.5 where the policy takes 0 and 1.
        if (isDomainError(error) && error.kind === "invalid") return state;
        throw error;
      }
    },
    shares(states) {
      const probabilities = policy.probabilities({ state: states.reduce(mergedStates, policy.empty) });
      return rounded(rule.arms, probabilities);
    },
  };
}

const KINDS = {
  UCB1: { kind: "ucb1" },
  THOMPSON_BERNOULLI: { kind: "thompson_bernoulli" },
  THOMPSON_GAUSSIAN: { kind: "thompson_gaussian" },
} as const;

const kindOf = ({ policy, epsilon }: BanditRule): BanditPolicyKind =>
  policy === "EPSILON_GREEDY" ? { kind: "epsilon_greedy", epsilon } : KINDS[policy];

/** Rounded down but not below the floors; what is left goes to those that lost most by it. */
function rounded(arms: BanditRule["arms"], probabilities: readonly number[]): readonly ArmShare[] {
  const exact = arms.map(({ release, floorBasisPoints }, i) => {
    const points = (probabilities[i] ?? 0) * WHOLE;
    return { release, points, weight: Math.max(floorBasisPoints, Math.floor(points)) };
  });
  const left = WHOLE - exact.reduce((sum, it) => sum + it.weight, 0);
  const byLoss = [...exact].sort((a, b) => b.points - b.weight - (a.points - a.weight));
  const lucky = new Set(byLoss.slice(0, left).map((it) => it.release));
  return exact.map(({ release, weight }) => ({ release, weightBasisPoints: weight + (lucky.has(release) ? 1 : 0) }));
}
