import { type GraphNode, REQUEST } from "@throughline/graphs";
import type { Release } from "../release.ts";

/** What is known of the nodes' outputs before anything runs. */
export interface GraphShape {
  /** Names of the columns that a node gives, or `request`. Empty for a node that gives scores. */
  columnsOf(input: string): readonly string[];
  /** Number of scores that a node gives. 0 for one that gives columns. */
  widthOf(input: string): number;
  /** Names that an expression over these inputs may refer to. */
  namesOf(inputs: readonly string[]): readonly string[];
}

/** The registry has checked that the graph has no cycle. */
export function graphShape({ graph, features }: Pick<Release, "graph" | "features">): GraphShape {
  const nodes = new Map(graph.nodes.map((it) => [it.name, it]));
  const columnsOf = (input: string): readonly string[] => {
    if (input === REQUEST) return features?.names ?? [];
    const node = nodes.get(input);
    return node?.transform?.outputs.map((it) => it.name) ?? node?.enrich?.features ?? [];
  };
  const widthOf = (input: string): number => {
    const node = nodes.get(input);
    if (node?.model) return node.model.outputColumns?.length ?? 1;
    const from = node && answeringNode(node);
    return from === undefined ? 0 : widthOf(from);
  };
  const isOneScore = (input: string): boolean => input !== REQUEST && columnsOf(input).length === 0;
  return {
    columnsOf,
    widthOf,
    namesOf: (inputs) => inputs.flatMap((it) => (isOneScore(it) ? [it] : columnsOf(it))),
  };
}

/** A node whose scores are as many as those of this node, which does not make them itself. */
const answeringNode = (node: GraphNode): string | undefined =>
  node.combine?.inputs[0] ??
  node.switch?.defaultNode ??
  node.split?.branches[0]?.node ??
  node.bandit?.arms[0]?.node ??
  node.outlierGate?.passNode ??
  node.shadow?.primaryNode ??
  node.cache?.node;
