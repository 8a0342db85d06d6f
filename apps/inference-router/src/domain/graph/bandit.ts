import { type BanditPolicy, type BanditPolicyKind, type BanditSpec, banditPolicy } from "@throughline/bandits";
import { compileExpression } from "@throughline/expressions";
import type { ArmPolicy, BanditNode } from "@throughline/graphs";

/** A bandit of a graph: how it chooses, and what feedback is worth to it. */
export interface GraphBandit {
  readonly definition: BanditNode;
  readonly policy: BanditPolicy;
  readonly spec: BanditSpec;
  /** The reward of an answer with this score; undefined if the expression has no value. */
  rewardOf(outcome: { readonly actual: number; readonly score: number; readonly reward?: number }): number | undefined;
}

const BASIS_POINTS = 10_000;

export function graphBandit(node: BanditNode): GraphBandit {
  const spec: BanditSpec = {
    arms: node.arms.map((it) => it.node),
    policy: policyKind(node),
    floors: Object.fromEntries(node.arms.map((it) => [it.node, it.floorBasisPoints / BASIS_POINTS])),
  };
  const variables = { actual: "double", score: "double", reward: "double" } as const;
  const reward = compileExpression(node.reward === "" ? "actual" : node.reward, { variables, result: "double" });
  const rewardOf: GraphBandit["rewardOf"] = ({ actual, score, reward: given }) =>
    reward.evaluate({ actual, score, reward: given });
  return { definition: node, spec, policy: banditPolicy(spec), rewardOf };
}

const KINDS: Readonly<Record<ArmPolicy, BanditPolicyKind["kind"]>> = {
  EPSILON_GREEDY: "epsilon_greedy",
  UCB1: "ucb1",
  THOMPSON_BERNOULLI: "thompson_bernoulli",
  THOMPSON_GAUSSIAN: "thompson_gaussian",
  LINEAR_THOMPSON: "linear_thompson",
};

function policyKind({ policy, epsilon, contextFeatures }: BanditNode): BanditPolicyKind {
  const kind = KINDS[policy];
  if (kind === "epsilon_greedy") return { kind, epsilon };
  return kind === "linear_thompson" ? { kind, context: contextFeatures } : { kind };
}
