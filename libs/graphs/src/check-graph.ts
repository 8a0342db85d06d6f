import type { FieldViolation } from "@throughline/kernel";
import { checkBandit, checkCombine, checkSplit, checkSwitch } from "./check-choice.ts";
import { checkEnrich, checkTransform } from "./check-features.ts";
import { checkCache, checkOutlierGate, checkShadow } from "./check-gate.ts";
import { checkModel } from "./check-model.ts";
import type { GraphFacts } from "./facts.ts";
import { type Graph, type GraphNode, kindOf, type NodeKind, type NodeKinds } from "./graph.ts";
import { type CheckedKind, type NodeCheck, problemsAt } from "./node-check.ts";
import type { OutputType } from "./node-output.ts";
import { structureOf } from "./structure.ts";

/** What a graph was found to be. */
export interface CheckedGraph {
  /** With everything filled in that was left out. */
  readonly graph: Graph;
  /** What each node gives, where that is known. */
  readonly outputs: ReadonlyMap<string, OutputType>;
  /** All that is wrong, with paths from the graph on, such as `nodes[2].combine.weights`. Empty: it can serve. */
  readonly problems: readonly FieldViolation[];
}

/**
 * Checks a graph from end to end: that its nodes are there, pull each other without a cycle and lead to the output, that what each
 * reads is what the others give, in type and width, and that what may be absent is provided for. One problem does not hide another,
 * but for those that only follow from it.
 */
export function checkGraph(graph: Graph, facts: GraphFacts): CheckedGraph {
  const length = expressionLength(graph);
  if (length > EXPRESSIONS_LENGTH_MAX) {
    const description = `their expressions have ${length} characters; at most ${EXPRESSIONS_LENGTH_MAX} are accepted`;
    return { graph, outputs: new Map(), problems: [{ path: "nodes", description }] };
  }
  const { problems: found, outputNode, order } = structureOf(graph);
  const problems = [...found];
  const nodes = new Map(graph.nodes.map((it) => [it.name, it]));
  const outputs = new Map<string, OutputType>();
  const filled = new Map<GraphNode, GraphNode>();
  for (const name of order) {
    const index = graph.nodes.findIndex((it) => it.name === name);
    const node = graph.nodes[index];
    const kind = node && kindOf(node);
    if (!kind) continue;
    const check: NodeCheck = {
      name,
      facts,
      nodes,
      add: problemsAt(problems, `nodes[${index}]`),
      outputOf: (it) => outputs.get(it),
      isSoft: (it) => nodes.get(it)?.dependency === "SOFT",
    };
    const checked = checkedKind(check, kind);
    if (checked.output) outputs.set(name, checked.output);
    filled.set(node, { ...node, [kind.case]: checked.filled });
  }
  checkOutput(outputs.get(outputNode), nodes.get(outputNode), problemsAt(problems, "output_node"));
  return {
    graph: { nodes: graph.nodes.map((it) => filled.get(it) ?? it), outputNode },
    outputs,
    problems: problems.sort(byNode),
  };
}

/** Most characters of all expressions of a graph, so that it is checked, and made ready to serve, in less than a second. */
const EXPRESSIONS_LENGTH_MAX = 32_768;

const expressionLength = ({ nodes }: Graph): number =>
  nodes
    .flatMap((it) => [
      it.combine?.expression ?? "",
      it.bandit?.reward ?? "",
      ...(it.transform?.outputs.map(({ expression }) => expression) ?? []),
      ...(it.switch?.cases.map(({ condition }) => condition) ?? []),
    ])
    .reduce((sum, text) => sum + text.length, 0);

function checkedKind(check: NodeCheck, kind: NodeKind): CheckedKind<keyof NodeKinds> {
  switch (kind.case) {
    case "model":
      return checkModel(check, kind.value);
    case "transform":
      return checkTransform(check, kind.value);
    case "enrich":
      return checkEnrich(check, kind.value);
    case "combine":
      return checkCombine(check, kind.value);
    case "switch":
      return checkSwitch(check, kind.value);
    case "split":
      return checkSplit(check, kind.value);
    case "bandit":
      return checkBandit(check, kind.value);
    case "outlierGate":
      return checkOutlierGate(check, kind.value);
    case "shadow":
      return checkShadow(check, kind.value);
    case "cache":
      return checkCache(check, kind.value);
  }
}

function checkOutput(
  output: OutputType | undefined,
  node: GraphNode | undefined,
  add: (field: string, description: string) => void,
): void {
  if (output?.gives === "features") add("", `${node?.name} gives features; an answer is made of scores`);
  if (node?.dependency === "SOFT") add("", `${node.name} is SOFT, and nothing stands in for an answer`);
}

/** Problems in the order of the nodes, those of the graph as such last. */
const byNode = (a: FieldViolation, b: FieldViolation): number => nodeIndex(a) - nodeIndex(b);

const nodeIndex = ({ path }: FieldViolation): number =>
  Number(/^nodes\[(\d+)\]/.exec(path)?.[1] ?? Number.MAX_SAFE_INTEGER);
