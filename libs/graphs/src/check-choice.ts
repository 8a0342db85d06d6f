import { checkExpression } from "./check-expression.ts";
import type { BanditNode, CombineNode, SplitNode, SwitchNode } from "./graph.ts";
import { namesOf } from "./names.ts";
import {
  type CheckedKind,
  columnsOf,
  inputsOf,
  type NodeCheck,
  namedColumns,
  refuseSoft,
  sameWidth,
  widthText,
} from "./node-check.ts";
import { isNumeric, type OutputType, variablesOf } from "./node-output.ts";

/** Nodes that make scores of scores. */
export function checkCombine(check: NodeCheck, node: CombineNode): CheckedKind<"combine"> {
  const { inputs, method, weights, expression, fallback } = node;
  const named = inputs.map((it, i) => ({ node: it, field: `combine.inputs[${i}]` }));
  const output = sameWidth(check, named);
  const hasWeights = method === "WEIGHTED";
  if (hasWeights !== weights.length > 0 || (hasWeights && weights.length !== inputs.length))
    check.add(
      "combine.weights",
      hasWeights
        ? `there are ${weights.length} weights for ${inputs.length} inputs`
        : `only WEIGHTED has weights, and the method is ${method}`,
    );
  else if (hasWeights && !weights.some((it) => it > 0)) check.add("combine.weights", "all weights are 0");
  if ((method === "EXPRESSION") !== (expression !== ""))
    check.add("combine.expression", method === "EXPRESSION" ? "there is no expression" : `the method is ${method}`);
  else if (method === "EXPRESSION")
    checkExpression(check, expression, {
      field: "combine.expression",
      variables: Object.fromEntries(inputs.map((it) => [it, "double"] as const)),
      result: "double",
    });
  if (method !== "VOTE" && node.threshold !== 0)
    check.add("combine.threshold", `only VOTE has a threshold, and the method is ${method}`);
  // An input of no weight does not stand in for one that has some.
  const counting = inputs.filter((_, i) => !hasWeights || (weights[i] ?? 0) > 0);
  const soft = counting.filter(check.isSoft);
  if (fallback === undefined && soft.length > 0 && (method === "EXPRESSION" || soft.length === counting.length))
    check.add("combine.fallback", `${soft.join(" and ")} may be absent; say which score stands in then`);
  return { filled: node, output };
}

/** Nodes that take the first branch whose condition holds. */
export function checkSwitch(check: NodeCheck, node: SwitchNode): CheckedKind<"switch"> {
  const inputs = inputsOf(check, "switch.inputs", node.inputs);
  for (const { name, field, output } of inputs ?? [])
    if (output.gives === "scores" && output.width !== 1)
      check.add(field, `${name} gives ${widthText(output.width)}; a condition can refer to one`);
  const columns = inputs && namedColumns(check, inputs);
  for (const [i, { condition }] of node.cases.entries())
    if (columns)
      checkExpression(check, condition, {
        field: `switch.cases[${i}].condition`,
        variables: variablesOf(columns),
        result: "bool",
      });
  const fallback = { node: node.defaultNode, field: "switch.default_node" };
  const output = sameWidth(check, [
    ...node.cases.map((it, i) => ({ node: it.node, field: `switch.cases[${i}].node` })),
    fallback,
  ]);
  refuseSoft(check, [fallback], DEFAULT_IS_LAST);
  return { filled: node, output };
}

const DEFAULT_IS_LAST = "nothing stands in for a default node";

/** Nodes that take a branch by shares. */
export function checkSplit(check: NodeCheck, node: SplitNode): CheckedKind<"split"> {
  const sum = node.branches.reduce((total, it) => total + it.weightBasisPoints, 0);
  if (sum !== 10_000) check.add("split.branches", `their weights add up to ${sum}, not to 10000`);
  return {
    filled: node,
    output: checkBranches(check, { kind: "split", branches: node.branches, defaultNode: node.defaultNode }),
  };
}

/** Nodes that take a branch by what was learnt. */
export function checkBandit(check: NodeCheck, node: BanditNode): CheckedKind<"bandit"> {
  const { arms, policy, contextFeatures, reward } = node;
  const floors = arms.reduce((total, it) => total + it.floorBasisPoints, 0);
  if (floors > 10_000) check.add("bandit.arms", `their floors add up to ${floors}, more than 10000`);
  if (policy !== "EPSILON_GREEDY" && node.epsilon !== 0)
    check.add("bandit.epsilon", `only EPSILON_GREEDY has an epsilon, and the policy is ${policy}`);
  if (reward !== "")
    checkExpression(check, reward, {
      field: "bandit.reward",
      variables: { actual: "double", score: "double", reward: "double" },
      result: "double",
    });
  checkContext(check, node, contextFeatures);
  return {
    filled: node,
    output: checkBranches(check, { kind: "bandit", branches: arms, defaultNode: node.defaultNode }),
  };
}

function checkContext(check: NodeCheck, { policy, inputs: named }: BanditNode, wanted: readonly string[]): void {
  const isLinear = policy === "LINEAR_THOMPSON";
  if (isLinear !== wanted.length > 0)
    check.add(
      "bandit.context_features",
      isLinear
        ? "it must name at least one feature"
        : `only LINEAR_THOMPSON reads features, and the policy is ${policy}`,
    );
  if (wanted.length === 0 && named.length === 0) return;
  const inputs = inputsOf(check, "bandit.inputs", named);
  const columns = inputs && columnsOf(check, inputs);
  if (!columns) return;
  for (const [i, name] of wanted.entries()) {
    const column = columns.find((it) => it.name === name);
    const field = `bandit.context_features[${i}]`;
    if (!column) check.add(field, `there is no column ${name}; there is ${namesOf(columns)}`);
    else if (!isNumeric(column)) check.add(field, `${name} is ${column.type}; a context has numbers`);
  }
}

interface Branches {
  readonly kind: "split" | "bandit";
  readonly branches: readonly { readonly node: string }[];
  /** Empty: none. */
  readonly defaultNode: string;
}

/** Branches of which each is another node, and a default if one of them may be absent. */
function checkBranches(check: NodeCheck, { kind, branches, defaultNode }: Branches): OutputType | undefined {
  const list = kind === "split" ? "branches" : "arms";
  const named = branches.map(({ node }, i) => ({ node, field: `${kind}.${list}[${i}].node` }));
  for (const [i, { node, field }] of named.entries())
    if (named.findIndex((it) => it.node === node) < i) check.add(field, `${node} is a branch already`);
  const fallback = { node: defaultNode, field: `${kind}.default_node` };
  const soft = branches.filter(({ node }) => check.isSoft(node)).map(({ node }) => node);
  if (defaultNode === "") {
    if (soft.length > 0) check.add(fallback.field, `${soft.join(" and ")} may be absent; say which node answers then`);
    return sameWidth(check, named);
  }
  refuseSoft(check, [fallback], DEFAULT_IS_LAST);
  return sameWidth(check, [...named, fallback]);
}
