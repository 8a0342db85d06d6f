import type { FieldViolation } from "@throughline/kernel";
import { type Graph, type GraphNode, kindOf, REQUEST } from "./graph.ts";
import { namesOf } from "./names.ts";
import { namedBy, referencesOf } from "./references.ts";

/** A graph whose nodes can be looked at one after the other. */
export interface Structure {
  readonly problems: readonly FieldViolation[];
  readonly outputNode: string;
  /** Nodes that are not part of a cycle and pull no such node, each after what it pulls; as far as possible in the graph's order. */
  readonly order: readonly string[];
}

/** Checks everything of a graph that needs no types: names, references, cycles, and that each node is pulled. */
export function structureOf(graph: Graph): Structure {
  const problems: FieldViolation[] = [];
  const add = (path: string, description: string): void => void problems.push({ path, description });
  const { nodes } = graph;
  const outputNode = graph.outputNode === "" && nodes.length === 1 ? (nodes[0]?.name ?? "") : graph.outputNode;
  const byName = new Map(nodes.map((it) => [it.name, it]));
  if (nodes.length === 0) add("nodes", "there are no nodes; a graph has at least one, which runs a model");
  for (const [i, node] of nodes.entries()) {
    if (node.name === REQUEST) add(`nodes[${i}].name`, `${REQUEST} stands for the features of the release`);
    if (nodes.findIndex((it) => it.name === node.name) < i) add(`nodes[${i}].name`, `${node.name} is a node already`);
    if (!kindOf(node)) add(`nodes[${i}].kind`, "nothing is said of what the node does");
    for (const { field, to } of referencesOf(node))
      if (to !== REQUEST && !byName.has(to)) add(`nodes[${i}].${field}`, `there is no node ${to}`);
  }
  const order = ordered(graph, byName, problems);
  if (nodes.length > 0 && !byName.has(outputNode)) {
    const missing = outputNode === "" ? `it must name one of ${namesOf(nodes)}` : `there is no node ${outputNode}`;
    add("output_node", missing);
  } else {
    const pulled = pulledFrom([outputNode], byName);
    for (const [i, { name }] of nodes.entries())
      if (!pulled.has(name)) add(`nodes[${i}].name`, `nothing that leads to ${outputNode} pulls ${name}`);
  }
  return { problems, outputNode, order };
}

/** These nodes and all that they pull. */
export function pulledFrom(start: readonly string[], byName: ReadonlyMap<string, GraphNode>): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = [...start];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const node = byName.get(name);
    if (seen.has(name) || !node) continue;
    seen.add(name);
    open.push(...namedBy(node));
  }
  return seen;
}

/** The nodes in an order in which each comes after what it pulls. Each cycle is a problem, once. */
function ordered(
  { nodes }: Graph,
  byName: ReadonlyMap<string, GraphNode>,
  problems: FieldViolation[],
): readonly string[] {
  const state = new Map<string, "open" | "done" | "broken">();
  const order: string[] = [];
  const trail: string[] = [];
  const visit = (name: string): boolean => {
    const known = state.get(name);
    const node = byName.get(name);
    if (!node) return true;
    if (known === "open") {
      problems.push(cycleProblem(nodes, [...trail.slice(trail.indexOf(name)), name]));
      return false;
    }
    if (known) return known === "done";
    state.set(name, "open");
    trail.push(name);
    const sound = namedBy(node)
      .map(visit)
      .every((it) => it);
    trail.pop();
    state.set(name, sound ? "done" : "broken");
    if (sound) order.push(name);
    return sound;
  };
  for (const { name } of nodes) visit(name);
  return order;
}

/** The problem stands where the node that comes last in the cycle names the first. */
function cycleProblem(nodes: readonly GraphNode[], cycle: readonly string[]): FieldViolation {
  const [to, from] = [cycle.at(-1), cycle.at(-2)];
  const index = nodes.findIndex((it) => it.name === from);
  const node = nodes[index];
  const field = node && referencesOf(node).find((it) => it.to === to)?.field;
  return { path: `nodes[${index}].${field}`, description: `the nodes pull each other: ${cycle.join(" -> ")}` };
}
