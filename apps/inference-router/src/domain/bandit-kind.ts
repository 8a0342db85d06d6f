import type { BanditPolicyKind } from "@throughline/bandits";
import type { ArmPolicy } from "@throughline/graphs";

/** How a bandit of a graph or of a rollout is declared. */
export interface DeclaredPolicy {
  readonly policy: ArmPolicy;
  readonly epsilon: number;
  /** What LINEAR_THOMPSON reads. */
  readonly context: readonly string[];
}

const KINDS: Readonly<Record<ArmPolicy, BanditPolicyKind["kind"]>> = {
  EPSILON_GREEDY: "epsilon_greedy",
  UCB1: "ucb1",
  THOMPSON_BERNOULLI: "thompson_bernoulli",
  THOMPSON_GAUSSIAN: "thompson_gaussian",
  LINEAR_THOMPSON: "linear_thompson",
};

/** What chooses between the arms, whether they are nodes of a graph or releases. */
export function banditKind({ policy, epsilon, context }: DeclaredPolicy): BanditPolicyKind {
  const kind = KINDS[policy];
  if (kind === "epsilon_greedy") return { kind, epsilon };
  return kind === "linear_thompson" ? { kind, context } : { kind };
}
