import { DomainError, type FieldViolation } from "@throughline/kernel";

/**
 * How a bandit chooses.
 *
 * - `epsilon_greedy`: with probability epsilon any arm, else an arm of the best mean (Sutton and Barto 2018, section 2.2).
 * - `ucb1`: the best upper bound, mean + sqrt(2 ln N / n), for rewards in [0, 1] (Auer, Cesa-Bianchi and Fischer 2002,
 *   doi:10.1023/A:1013689704352). It takes no chance but to break ties: without floors most propensities are 0 or 1.
 * - `thompson_bernoulli`: by the probability to be the best under Beta posteriors, for rewards 0 or 1 (Thompson 1933,
 *   doi:10.1093/biomet/25.3-4.285).
 * - `thompson_gaussian`: the same under normal-gamma posteriors, for rewards of any unit.
 * - `linear_thompson`: the same for rewards linear in the context, under Bayesian regressions by arm (Agrawal and Goyal 2013,
 *   https://proceedings.mlr.press/v28/agrawal13.html).
 */
export type BanditPolicyKind =
  | { readonly kind: "epsilon_greedy"; readonly epsilon: number }
  | { readonly kind: "ucb1" }
  | { readonly kind: "thompson_bernoulli" }
  | { readonly kind: "thompson_gaussian" }
  | { readonly kind: "linear_thompson"; readonly context: readonly string[] };

/** A bandit as it is declared. */
export interface BanditSpec {
  /** Names of the arms, at least two. */
  readonly arms: readonly string[];
  readonly policy: BanditPolicyKind;
  /** Least probability of an arm by its name, whatever the policy says; together at most 1. Default: none. */
  readonly floors?: Readonly<Record<string, number>>;
}

/** What the price of a choice is in proportion to: the probabilities of the best arm take the square of it. */
const ARMS_MAX = 32;
/** A choice factors a matrix of this size for each arm. */
const CONTEXT_MAX = 64;

/** Everything that is wrong with a declaration, each with the path of its field. */
export function banditProblems(spec: BanditSpec): readonly FieldViolation[] {
  return [...armProblems(spec.arms), ...floorProblems(spec), ...policyProblems(spec.policy)];
}

/** Fails with BANDIT_INVALID and all problems at once. */
export function checkBandit(spec: BanditSpec): void {
  const violations = banditProblems(spec);
  if (violations.length === 0) return;
  const text = violations.map(({ path, description }) => `${path}: ${description}`).join("; ");
  throw new DomainError("invalid", "BANDIT_INVALID", `The bandit cannot be used: ${text}.`, { violations });
}

function armProblems(arms: readonly string[]): readonly FieldViolation[] {
  const found: FieldViolation[] = [];
  if (arms.length < 2) found.push({ path: "arms", description: "a bandit chooses between at least two arms" });
  if (arms.length > ARMS_MAX) found.push({ path: "arms", description: `at most ${ARMS_MAX} arms` });
  for (const [i, arm] of arms.entries()) {
    if (arms.indexOf(arm) < i) found.push({ path: `arms[${i}]`, description: `${arm} is an arm already` });
  }
  return found;
}

function floorProblems({ arms, floors = {} }: BanditSpec): readonly FieldViolation[] {
  const found: FieldViolation[] = [];
  for (const [arm, floor] of Object.entries(floors)) {
    if (!arms.includes(arm)) found.push({ path: `floors.${arm}`, description: "is the floor of no arm" });
    if (!isShare(floor)) found.push({ path: `floors.${arm}`, description: `${floor} is no probability` });
  }
  const sum = Object.values(floors).reduce((total, it) => total + it, 0);
  // Shares such as 0.1 add up to a little more than they say.
  if (sum > 1 + 1e-9) found.push({ path: "floors", description: `the floors add up to ${sum}, more than 1` });
  return found;
}

function policyProblems(policy: BanditPolicyKind): readonly FieldViolation[] {
  if (policy.kind === "epsilon_greedy" && !isShare(policy.epsilon)) {
    return [{ path: "policy.epsilon", description: `${policy.epsilon} is no probability` }];
  }
  if (policy.kind !== "linear_thompson") return [];
  const { context } = policy;
  if (context.length === 0) return [{ path: "policy.context", description: "names at least one feature" }];
  if (context.length > CONTEXT_MAX) return [{ path: "policy.context", description: `at most ${CONTEXT_MAX} features` }];
  return context
    .map((name, i) => ({ path: `policy.context[${i}]`, description: `${name} is named already` }))
    .filter((_, i) => context.indexOf(context[i] ?? "") < i);
}

const isShare = (value: number): boolean => value >= 0 && value <= 1;
