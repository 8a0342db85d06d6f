import { type Graph, type GraphNode, kindOf, type NodeKind, REQUEST, runsModel } from "./graph.ts";
import { namedBy, referencesOf } from "./references.ts";
import { pulledFrom, structureOf } from "./structure.ts";

/** One node as it is executed. */
export interface PlannedNode {
  readonly node: GraphNode;
  readonly kind: NodeKind;
  /** Nodes that it pulls whenever it runs, all at once; `request` is not among them. */
  readonly pulls: readonly string[];
  /** Nodes of which it pulls one or none, when it has chosen. */
  readonly branches: readonly string[];
  /** Nodes that run after the answer. */
  readonly mirrors: readonly string[];
  /** Whether it reads the features of the release, be it without saying so. */
  readonly readsRequest: boolean;
}

/** How a graph is executed. */
export interface GraphPlan {
  readonly outputNode: string;
  readonly nodes: ReadonlyMap<string, PlannedNode>;
  /** All nodes, each after what it can pull: an order to load and to warm them in. */
  readonly order: readonly string[];
  /** Names of the nodes that have a model. */
  readonly models: readonly string[];
  /** Nodes that only run after the answer, whatever is chosen. */
  readonly afterwards: ReadonlySet<string>;
}

/** Plans a graph that was checked. Gives undefined for one that was not, and could not run: with a cycle, or a node that is not there. */
export function planGraph(graph: Graph): GraphPlan | undefined {
  const { problems, outputNode, order } = structureOf(graph);
  if (problems.length > 0) return undefined;
  const nodes = new Map(graph.nodes.flatMap((it) => plannedNode(it)));
  const byName = new Map(graph.nodes.map((it) => [it.name, withoutMirrors(it)]));
  const before = pulledFrom([outputNode], byName);
  return {
    outputNode,
    nodes,
    order,
    models: graph.nodes.filter(runsModel).map((it) => it.name),
    afterwards: new Set(order.filter((it) => !before.has(it))),
  };
}

const withoutMirrors = (node: GraphNode): GraphNode =>
  node.shadow ? { ...node, shadow: { ...node.shadow, mirrorNodes: [] } } : node;

function plannedNode(node: GraphNode): readonly (readonly [string, PlannedNode])[] {
  const kind = kindOf(node);
  if (!kind) return [];
  const references = referencesOf(node);
  const named = (...roles: readonly string[]): readonly string[] => {
    const wanted = references.filter((it) => roles.includes(it.role)).map((it) => it.to);
    return namedBy(node).filter((it) => wanted.includes(it));
  };
  const planned: PlannedNode = {
    node,
    kind,
    pulls: named("input"),
    branches: named("branch", "default"),
    mirrors: named("mirror"),
    readsRequest: readsRequest(
      kind,
      references.map((it) => it.to),
    ),
  };
  return [[node.name, planned]];
}

function readsRequest(kind: NodeKind, named: readonly string[]): boolean {
  if (named.includes(REQUEST)) return true;
  switch (kind.case) {
    case "model":
      return (kind.value.inputs ?? []).length === 0;
    case "transform":
    case "switch":
    case "outlierGate":
      return kind.value.inputs.length === 0;
    case "enrich":
      return kind.value.inputs.length === 0 && kind.value.keys.some((it) => it.column !== undefined);
    case "bandit":
      return kind.value.inputs.length === 0 && kind.value.contextFeatures.length > 0;
    default:
      return false;
  }
}
