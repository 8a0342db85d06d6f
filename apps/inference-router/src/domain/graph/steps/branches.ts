import type { SplitNode, SwitchNode } from "@throughline/graphs";
import { invariant } from "@throughline/kernel";
import { BUCKETS, bucketOf } from "../../deployment.ts";
import { nodeWithoutInputs } from "../errors.ts";
import { gather, valueByName } from "../inputs.ts";
import type { NodeOutput } from "../output.ts";
import { rowExpression } from "../row-expression.ts";
import type { GraphStep, NodeScope } from "../run.ts";
import type { GraphChoice } from "../trace.ts";

/** A branch that was chosen. */
export interface Taken {
  readonly node: string;
  readonly branch: string;
  readonly propensity: number;
  readonly arm?: NonNullable<GraphChoice["arm"]>;
  /** Stands in for an absent branch. Empty: nothing does. */
  readonly fallback: string;
}

/** Pulls the branch that was chosen, and the fallback if it is absent. The choice is noted once it is known who answered. */
export async function take(scope: NodeScope, taken: Taken): Promise<NodeOutput> {
  const { node, branch, propensity, arm, fallback } = taken;
  const output = await scope.pull(branch);
  if (output) {
    scope.choose({ branch, propensity, isFallback: false, ...(arm && { arm }) });
    return output;
  }
  const other = fallback === "" || fallback === branch ? undefined : await scope.pull(fallback);
  if (other === undefined) throw nodeWithoutInputs(node, fallback === "" ? [branch] : [branch, fallback]);
  // What a stand-in answers says nothing of the arm.
  scope.choose({ branch: fallback, propensity, isFallback: true });
  return other;
}

/** Takes the node of the first condition that holds. */
export function switchRun(parts: {
  readonly name: string;
  readonly node: SwitchNode;
  readonly inputs: readonly string[];
  /** Names that conditions may refer to. */
  readonly columns: readonly string[];
}): GraphStep["run"] {
  const { name, node, inputs, columns } = parts;
  const fallback = node.defaultNode;
  const cases = node.cases.map((it) => ({ node: it.node, holds: rowExpression(it.condition, columns, "bool") }));
  return async (scope) => {
    const gathered = await gather(scope, inputs);
    const found = cases.find(({ holds }) => holds.evaluate((column) => valueByName(gathered, column)) === true);
    return take(scope, { node: name, branch: found?.node ?? fallback, propensity: 1, fallback });
  };
}

/** Takes one of several nodes by the hash of the release, the node and the sticky field, as deployments do (see bucketOf). */
export function splitRun(parts: {
  readonly name: string;
  readonly node: SplitNode;
  readonly releaseDigest: string;
}): GraphStep["run"] {
  const { name, releaseDigest } = parts;
  const { branches, stickyField, defaultNode: fallback } = parts.node;
  return (scope) => {
    const sticky = stickyField === "" ? null : (scope.row.entity[stickyField] ?? null);
    const bucket = bucketOf(`${releaseDigest}|${name}`, sticky ?? scope.row.seed);
    let end = 0;
    const chosen = branches.find(({ weightBasisPoints }) => {
      end += weightBasisPoints;
      return bucket < end;
    });
    invariant(chosen, `the shares of ${name} leave a bucket out`);
    const propensity = chosen.weightBasisPoints / BUCKETS;
    return take(scope, { node: name, branch: chosen.node, propensity, fallback });
  };
}
