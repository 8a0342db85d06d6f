import { DomainError } from "@throughline/kernel";
import { aroundMeans, type ExactSum, MAGNITUDE_MAX, NO_SUM, plus, plusProduct, total } from "./exact-sum.ts";
import type { BanditSpec } from "./spec.ts";

/** One reward of an arm. `context` holds the features that the spec names, in its order; empty for policies without. */
export interface BanditReward {
  readonly arm: string;
  readonly reward: number;
  readonly context?: readonly number[];
}

/**
 * What a bandit knows of an arm: the exact sums of products of each two of (1, context, reward), upper triangle by rows. The
 * first is the number of rewards.
 */
export type ArmState = readonly ExactSum[];

/** What a bandit has learned: plain JSON. The same rewards give the same state in any order. */
export interface BanditState {
  readonly arms: Readonly<Record<string, ArmState>>;
}

/** Numbers of context that a policy reads. */
export const contextSize = ({ policy }: BanditSpec): number =>
  policy.kind === "linear_thompson" ? policy.context.length : 0;

const stateSize = (spec: BanditSpec): number => ((contextSize(spec) + 2) * (contextSize(spec) + 3)) / 2;

export function emptyState(spec: BanditSpec): BanditState {
  const nothing: ArmState = Array.from({ length: stateSize(spec) }, () => NO_SUM);
  return { arms: Object.fromEntries(spec.arms.map((arm) => [arm, nothing])) };
}

/** Adds a reward (`sign` 1), or takes one away that was added (-1): exactly, so that nothing of it is left. */
export function counted(spec: BanditSpec, state: BanditState, { given, sign }: Counted): BanditState {
  const arm = state.arms[given.arm];
  if (!arm) throw invalid("BANDIT_ARM_UNKNOWN", `${given.arm} is no arm of this bandit: ${spec.arms.join(", ")}`);
  const problem = rewardProblem(spec, given.reward);
  if (problem) throw invalid("BANDIT_REWARD_INVALID", problem);
  const row = [1, ...checkedContext(spec, given.context), given.reward];
  const pairs = row.flatMap((a, i) => row.slice(i).map((b) => [a, b] as const));
  const next = arm.map((sum, i) => plusProduct(sum, sign * (pairs[i]?.[0] ?? 0), pairs[i]?.[1] ?? 0));
  if (count(next) < 0) throw invalid("BANDIT_REWARD_UNKNOWN", `${given.arm} has no reward to take away`);
  return { arms: { ...state.arms, [given.arm]: next } };
}

interface Counted {
  readonly given: BanditReward;
  readonly sign: 1 | -1;
}

/** Why a policy cannot learn from a reward; undefined if it can. */
export function rewardProblem({ policy }: BanditSpec, reward: number): string | undefined {
  if (!(Math.abs(reward) <= MAGNITUDE_MAX)) return `the reward ${reward} is no number within ±${MAGNITUDE_MAX}`;
  if (policy.kind === "thompson_bernoulli" && reward !== 0 && reward !== 1) {
    return `the reward ${reward} is neither 0 nor 1, which ${policy.kind} learns from; use thompson_gaussian for others`;
  }
  if (policy.kind === "ucb1" && !(reward >= 0 && reward <= 1)) {
    return `the reward ${reward} is outside of [0, 1], which ucb1 learns from; scale it, or use thompson_gaussian`;
  }
  return undefined;
}

/** The context as it was given, or BANDIT_CONTEXT_INVALID. */
export function checkedContext(spec: BanditSpec, context: readonly number[] = []): readonly number[] {
  const size = contextSize(spec);
  if (context.length !== size) {
    throw invalid("BANDIT_CONTEXT_INVALID", `the context has ${context.length} values, and the bandit reads ${size}`);
  }
  const at = context.findIndex((it) => !(Math.abs(it) <= MAGNITUDE_MAX));
  if (at < 0) return context;
  const name = spec.policy.kind === "linear_thompson" ? spec.policy.context[at] : at;
  throw invalid("BANDIT_CONTEXT_INVALID", `${name} is ${context[at]}, no number within ±${MAGNITUDE_MAX}`);
}

const invalid = (reason: Uppercase<string>, text: string): DomainError =>
  new DomainError("invalid", reason, `Nothing was learned or chosen: ${text}.`);

/** Rewards that an arm has. */
export const count = (arm: ArmState): number => total(arm[0] ?? NO_SUM);

/** Sums over products of (1, context, reward): `at(i, j)` for i <= j. */
export function products(arm: ArmState, width: number): (i: number, j: number) => ExactSum {
  return (i, j) => arm[i * width - (i * (i - 1)) / 2 + (j - i)] ?? NO_SUM;
}

/** The mean of the contexts of all rewards; zeros without any. */
export function meanContext({ arms }: BanditState, size: number): readonly number[] {
  const all = Object.values(arms);
  const rows = all.reduce((sum, arm) => sum + count(arm), 0);
  return Array.from({ length: size }, (_, i) => {
    const sum = all.reduce((whole, arm) => whole + total(products(arm, size + 2)(0, i + 1)), 0);
    return rows === 0 ? 0 : sum / rows;
  });
}

/** The mean of an arm's rewards, and the sum of their squared deviations from it; 0 without rewards. */
export function rewardMoments(arm: ArmState, width: number): { n: number; mean: number; squares: number } {
  const at = products(arm, width);
  const [n, sum, squares] = [count(arm), at(0, width - 1), at(width - 1, width - 1)];
  if (n === 0) return { n, mean: 0, squares: 0 };
  return { n, mean: total(sum) / n, squares: Math.max(0, aroundMeans({ sum: squares, a: sum, b: sum, n })) };
}

/**
 * Reads a state that was kept as JSON. Arms that the spec has and the state has not start without rewards; others are left out.
 * Fails with BANDIT_STATE_INVALID if it is no state of such a policy.
 */
export function readBanditState(spec: BanditSpec, json: unknown): BanditState {
  const kept: unknown = isRecord(json) ? json["arms"] : undefined;
  if (!isRecord(kept)) throw invalid("BANDIT_STATE_INVALID", "the kept state has no arms");
  const { arms } = emptyState(spec);
  const read = Object.entries(arms).map(([arm, nothing]) => {
    const found = kept[arm] ?? nothing;
    if (!isArmState(found, stateSize(spec))) {
      throw invalid("BANDIT_STATE_INVALID", `the kept state of ${arm} is not of this policy and context`);
    }
    return [arm, found] as const;
  });
  return { arms: Object.fromEntries(read) };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isArmState = (value: unknown, size: number): value is ArmState =>
  Array.isArray(value) &&
  value.length === size &&
  value.every((sum) => Array.isArray(sum) && sum.every((it) => typeof it === "number" && Number.isFinite(it)));

/** What two have learnt who saw different rewards, exactly as if one had seen all of them. Arms are those of the first. */
export function mergedStates(a: BanditState, b: BanditState): BanditState {
  const arms = Object.entries(a.arms).map(([arm, sums]) => {
    const others = b.arms[arm] ?? [];
    return [arm, sums.map((sum, i) => plus(sum, ...(others[i] ?? NO_SUM)))] as const;
  });
  return { arms: Object.fromEntries(arms) };
}
