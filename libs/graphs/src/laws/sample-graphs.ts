import { checkGraph } from "../check-graph.ts";
import type { GraphFacts, Signature } from "../facts.ts";
import type {
  BanditNode,
  CombineNode,
  EnrichNode,
  Graph,
  GraphNode,
  ModelNode,
  OutlierGateNode,
  SplitNode,
} from "../graph.ts";

/** A model that takes a vector of so many values and gives a table of so many columns. */
export const vectorModel = (width: number, columns = 2): Signature => ({
  inputs: [{ name: "X", datatype: "FP32", shape: [-1, width] }],
  outputs: [{ name: "p", datatype: "FP32", shape: [-1, columns] }],
});

export const FACTS: GraphFacts = {
  models: { main: vectorModel(3), other: vectorModel(3), wide: vectorModel(3, 4), stack: vectorModel(2) },
  request: [
    { name: "wind", type: "double" },
    { name: "hour", type: "int" },
    { name: "late", type: "bool" },
  ],
  enriched: {},
};

export const modelNode = (changes: Partial<ModelNode> = {}): ModelNode => ({
  inputTensor: "X",
  outputTensor: "p",
  outputColumn: 1,
  ...changes,
});

export const model = (name: string, changes: Partial<ModelNode> = {}): GraphNode => ({
  name,
  model: modelNode(changes),
});

export const combine = (name: string, inputs: readonly string[], changes: Partial<CombineNode> = {}): GraphNode => ({
  name,
  combine: { inputs, method: "MEAN", weights: [], threshold: 0, expression: "", ...changes },
});

export const graph = (outputNode: string, ...nodes: readonly GraphNode[]): Graph => ({ nodes, outputNode });

export const transform = (
  name: string,
  outputs: Readonly<Record<string, string>>,
  inputs: readonly string[] = [],
): GraphNode => ({
  name,
  transform: {
    inputs,
    outputs: Object.entries(outputs).map(([column, expression]) => ({ name: column, expression, type: "DOUBLE" })),
  },
});

export const soft = (node: GraphNode): GraphNode => ({ ...node, dependency: "SOFT" });

export const split = (name: string, changes: Partial<SplitNode> = {}): GraphNode => ({
  name,
  split: {
    branches: [
      { node: "main", weightBasisPoints: 4_000 },
      { node: "other", weightBasisPoints: 6_000 },
    ],
    stickyField: "",
    defaultNode: "",
    ...changes,
  },
});

export const bandit = (name: string, changes: Partial<BanditNode> = {}): GraphNode => ({
  name,
  bandit: {
    arms: [
      { node: "main", floorBasisPoints: 500 },
      { node: "other", floorBasisPoints: 500 },
    ],
    policy: "THOMPSON_BERNOULLI",
    epsilon: 0,
    contextFeatures: [],
    reward: "",
    defaultNode: "",
    inputs: [],
    ...changes,
  },
});

export const IDENTITY = [1, 0, 0, 0, 1, 0, 0, 0, 1];

export const gate = (name: string, changes: Partial<OutlierGateNode> = {}): GraphNode => ({
  name,
  outlierGate: {
    inputs: [],
    mahalanobis: { mean: [0, 0, 0], inverseCovariance: IDENTITY, limit: 11.3 },
    falsePositiveRate: 0.01,
    passNode: "main",
    otherwiseNode: "",
    ...changes,
  },
});

export const enrich = (name: string, changes: Partial<EnrichNode> = {}): GraphNode => ({
  name,
  enrich: {
    featureService: "projects/p/featureServices/planes",
    featureServiceVersion: 1,
    digest: "",
    viewVersions: {},
    features: ["age"],
    requestFeatures: [],
    keys: [],
    inputs: [],
    ...changes,
  },
});

export const PLANES: GraphFacts = {
  ...FACTS,
  enriched: { planes: { columns: [{ name: "age", type: "double" }], keys: [{ name: "number", type: "int" }] } },
};

/** What is wrong with a graph: each problem with its path. */
export const problems = (of: Graph, facts: GraphFacts = FACTS): readonly string[] =>
  checkGraph(of, facts).problems.map((it) => `${it.path}: ${it.description}`);

export const PAIR = [model("main"), model("other")] as const;
