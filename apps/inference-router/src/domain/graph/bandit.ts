import { type BanditPolicy, type BanditSpec, banditPolicy } from "@throughline/bandits";
import { compileExpression } from "@throughline/expressions";
import type { BanditNode } from "@throughline/graphs";
import { banditKind } from "../bandit-kind.ts";

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
    policy: banditKind({ ...node, context: node.contextFeatures }),
    floors: Object.fromEntries(node.arms.map((it) => [it.node, it.floorBasisPoints / BASIS_POINTS])),
  };
  const variables = { actual: "double", score: "double", reward: "double" } as const;
  const reward = compileExpression(node.reward === "" ? "actual" : node.reward, { variables, result: "double" });
  const rewardOf: GraphBandit["rewardOf"] = ({ actual, score, reward: given }) =>
    reward.evaluate({ actual, score, reward: given });
  return { definition: node, spec, policy: banditPolicy(spec), rewardOf };
}
