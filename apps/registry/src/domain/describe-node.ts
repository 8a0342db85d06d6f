import { type CombineNode, type GraphNode, kindOf, type NodeKind } from "@throughline/graphs";

/** What a node does, in words that say what it reads or leads to, such as `a split between main (40 %) and other (60 %)`. */
export function describeNode(node: GraphNode): string {
  const kind = kindOf(node);
  return [
    kind ? describeKind(kind) : "nothing",
    ...(node.deadlineMs === undefined ? [] : [`within ${node.deadlineMs} ms`]),
    ...(node.dependency === "SOFT" ? ["which may be absent"] : []),
  ].join(", ");
}

/** Name of what a node does, such as `outlier gate`. */
export const kindName = (node: GraphNode): string =>
  (kindOf(node)?.case ?? "").replace(/[A-Z]/g, (it) => ` ${it.toLowerCase()}`);

function describeKind(kind: NodeKind): string {
  switch (kind.case) {
    case "model":
      return `a model of ${listed(kind.value.inputs ?? [])}`;
    case "transform":
      return `${kind.value.outputs.map((it) => it.name).join(", ")} computed of ${listed(kind.value.inputs)}`;
    case "enrich":
      return `features of ${kind.value.featureService} at version ${kind.value.featureServiceVersion}`;
    case "combine":
      return describeCombine(kind.value);
    case "switch": {
      const cases = kind.value.cases.map((it) => `${it.node} if ${it.condition}`);
      return `a switch to ${[...cases, `${kind.value.defaultNode} else`].join(", ")}`;
    }
    case "split":
      return `a split between ${joined(kind.value.branches.map((it) => `${it.node} (${it.weightBasisPoints / 100} %)`))}`;
    case "bandit": {
      const policy = kind.value.policy.toLowerCase().replaceAll("_", " ");
      return `a bandit (${policy}) between ${joined(kind.value.arms.map((it) => it.node))}`;
    }
    case "outlierGate": {
      const { passNode, otherwiseNode } = kind.value;
      return `an outlier gate before ${passNode}, with ${otherwiseNode === "" ? "no answer" : otherwiseNode} for outliers`;
    }
    case "shadow":
      return `${kind.value.primaryNode}, shadowed by ${joined(kind.value.mirrorNodes)}`;
    case "cache":
      return `a cache of ${kind.value.node} for ${kind.value.ttlMs} ms`;
  }
}

const METHODS = { MEAN: "the mean", WEIGHTED: "the weighted mean", VOTE: "the vote" } as const;

function describeCombine({ method, inputs, expression }: CombineNode): string {
  const of = joined(inputs);
  return method === "EXPRESSION" ? `${expression} of ${of}` : `${METHODS[method]} of ${of}`;
}

const listed = (inputs: readonly string[]): string => (inputs.length === 0 ? "the request" : joined(inputs));

const joined = (all: readonly string[]): string =>
  all.length < 2 ? (all[0] ?? "nothing") : `${all.slice(0, -1).join(", ")} and ${all.at(-1)}`;
