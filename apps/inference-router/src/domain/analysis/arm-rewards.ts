import { type BanditState, hasGrown, meanContext, mergedStates, wholeShares } from "@throughline/bandits";
import { isDomainError } from "@throughline/kernel";
import { type BanditRule, metricOf } from "@throughline/rollouts";
import { releasePolicy } from "../contextual.ts";
import type { ArmShare } from "./observed-rollout.ts";
import type { Comparable } from "./outcomes-of-records.ts";

/** What the arms have from now on. */
export interface ArmsLearnt {
  readonly shares: readonly ArmShare[];
  /** Set if the shares of each request follow from its context: from this. */
  readonly learnt?: BanditState;
}

/** A bandit over releases at work: what it learns of outcomes, and the shares that follow. */
export interface ArmRewards {
  readonly empty: BanditState;
  /** The state with an outcome more; the same one if the outcome has no reward that the policy can learn from. */
  learn(state: BanditState, comparable: Comparable): BanditState;
  /**
   * What follows from all states together: the probabilities with which the policy would choose each arm, floors included, in
   * basis points that add up to 10,000; in the mean context, where there is one. A prediction's propensity is the share that its release had when
   * it was given. Undefined if that is nearly what the arms have.
   */
  moved(states: readonly BanditState[], now: ArmsLearnt): ArmsLearnt | undefined;
}

/** Shares that move by less than this, in basis points, stay: each change is one of the deployment. */
const MOVE_LEAST = 100;

export function armRewards(rule: BanditRule): ArmRewards {
  const { contextFields = [], arms } = rule;
  const policy = releasePolicy(rule);
  const floors = arms.map((it) => it.floorBasisPoints);
  const reward = metricOf({ kind: "EXPRESSION", expression: rule.reward });
  return {
    empty: policy.empty,
    learn(state, comparable) {
      if (comparable.kind === "pair") return state;
      const { release, outcome, context = [] } = comparable;
      const value = reward.value(outcome);
      // A prediction whose context the log has not is none to learn from.
      if (value === undefined || context.length !== contextFields.length) return state;
      try {
        return policy.update(state, { arm: release, reward: value, context });
      } catch (error) {
        // Such as 0.5 where the policy takes 0 and 1.
        if (isDomainError(error) && error.kind === "invalid") return state;
        throw error;
      }
    },
    moved(states, now) {
      const state = states.reduce(mergedStates, policy.empty);
      const context = meanContext(state, contextFields.length);
      const weights = wholeShares(policy.probabilities({ state, context }), { floors });
      const shares = arms.map(({ release }, i) => ({ release, weightBasisPoints: weights[i] ?? 0 }));
      if (contextFields.length > 0) return hasGrown(now.learnt, state) ? { shares, learnt: state } : undefined;
      const before = new Map(now.shares.map((it) => [it.release, it.weightBasisPoints]));
      const isMove = shares.some((it) => Math.abs(it.weightBasisPoints - (before.get(it.release) ?? 0)) >= MOVE_LEAST);
      return isMove ? { shares } : undefined;
    },
  };
}
