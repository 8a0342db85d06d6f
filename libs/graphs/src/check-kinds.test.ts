import { expect, test } from "vitest";
import { checkGraph } from "./check-graph.ts";
import type { Graph, OutlierGateNode } from "./graph.ts";
import {
  bandit,
  combine,
  enrich,
  FACTS,
  gate,
  graph,
  model,
  PAIR,
  PLANES,
  problems,
  soft,
  split,
  transform,
  vectorModel,
} from "./laws/sample-graphs.ts";

test.each<[string, Graph, readonly string[]]>([
  [
    "weights that do not fit",
    graph("c", combine("c", ["main", "other"], { method: "WEIGHTED", weights: [1] }), ...PAIR),
    ["nodes[0].combine.weights: there are 1 weights for 2 inputs"],
  ],
  [
    "weights that are all 0",
    graph("c", combine("c", ["main"], { method: "WEIGHTED", weights: [0] }), model("main")),
    ["nodes[0].combine.weights: all weights are 0"],
  ],
  [
    "weights, thresholds and expressions of another method",
    graph("c", combine("c", ["main"], { weights: [1], threshold: 0.5, expression: "main" }), model("main")),
    [
      "nodes[0].combine.weights: only WEIGHTED has weights, and the method is MEAN",
      "nodes[0].combine.expression: the method is MEAN",
      "nodes[0].combine.threshold: only VOTE has a threshold, and the method is MEAN",
    ],
  ],
  [
    "an expression without a fallback for what may be absent",
    graph(
      "c",
      combine("c", ["main", "other"], { method: "EXPRESSION", expression: "main * other" }),
      model("main"),
      soft(model("other")),
    ),
    ["nodes[0].combine.fallback: other may be absent; say which score stands in then"],
  ],
  [
    "a mean of what may all be absent",
    graph("c", combine("c", ["main", "other"]), soft(model("main")), soft(model("other"))),
    ["nodes[0].combine.fallback: main and other may be absent; say which score stands in then"],
  ],
  [
    "a weighted mean whose only weight is that of what may be absent",
    graph(
      "c",
      combine("c", ["main", "other"], { method: "WEIGHTED", weights: [0, 2] }),
      model("main"),
      soft(model("other")),
    ),
    ["nodes[0].combine.fallback: other may be absent; say which score stands in then"],
  ],
  [
    "more text of expressions than is read",
    graph("c", ...Array.from({ length: 17 }, (_, i) => transform(`t${i}`, { a: "1.0 +".repeat(400) }))),
    ["nodes: their expressions have 34000 characters; at most 32768 are accepted"],
  ],
  [
    "a condition that is none, and a default that may be absent",
    graph(
      "s",
      { name: "s", switch: { inputs: [], cases: [{ condition: "wind", node: "main" }], defaultNode: "other" } },
      model("main"),
      soft(model("other")),
    ),
    [
      'nodes[0].switch.cases[0].condition: Column 1 of "wind": the expression gives double where bool is needed.',
      "nodes[0].switch.default_node: other is SOFT, and may be absent: nothing stands in for a default node",
    ],
  ],
  [
    "shares that are not the whole",
    graph("s", split("s", { branches: [{ node: "main", weightBasisPoints: 9_999 }] }), model("main")),
    ["nodes[0].split.branches: their weights add up to 9999, not to 10000"],
  ],
  [
    "a branch twice, and one that may be absent",
    graph(
      "s",
      split("s", {
        branches: [
          { node: "main", weightBasisPoints: 5_000 },
          { node: "main", weightBasisPoints: 5_000 },
        ],
      }),
      soft(model("main")),
    ),
    [
      "nodes[0].split.branches[1].node: main is a branch already",
      "nodes[0].split.default_node: main and main may be absent; say which node answers then",
    ],
  ],
  [
    "a bandit that is declared wrongly",
    graph(
      "b",
      bandit("b", {
        arms: [
          { node: "main", floorBasisPoints: 6_000 },
          { node: "other", floorBasisPoints: 5_000 },
        ],
        epsilon: 0.1,
        contextFeatures: ["rain"],
        reward: "actual > score",
      }),
      ...PAIR,
    ),
    [
      "nodes[0].bandit.arms: their floors add up to 11000, more than 10000",
      "nodes[0].bandit.epsilon: only EPSILON_GREEDY has an epsilon, and the policy is THOMPSON_BERNOULLI",
      'nodes[0].bandit.reward: Column 1 of "actual > score": the expression gives bool where double is needed.',
      "nodes[0].bandit.context_features: only LINEAR_THOMPSON reads features, and the policy is THOMPSON_BERNOULLI",
      "nodes[0].bandit.context_features[0]: there is no column rain; there is wind, hour, late",
    ],
  ],
  [
    "a distance of other columns",
    graph("g", gate("g", { mahalanobis: { mean: [0, 0], inverseCovariance: [1, 0, 0], limit: 1 } }), model("main")),
    [
      "nodes[0].outlier_gate.mahalanobis.mean: there are 2 means for 3 columns",
      "nodes[0].outlier_gate.mahalanobis.inverse_covariance: it has 3 numbers, not 2 x 2",
    ],
  ],
  [
    "a distance that is none",
    graph(
      "g",
      gate("g", { mahalanobis: { mean: [0, 0, 0], inverseCovariance: [1, 2, 0, 2, 1, 0, 0, 0, 1], limit: 1 } }),
      model("main"),
    ),
    ["nodes[0].outlier_gate.mahalanobis.inverse_covariance: it is not positive definite, so that no distance is"],
  ],
  [
    "a distance that depends on the order",
    graph(
      "g",
      gate("g", { mahalanobis: { mean: [0, 0, 0], inverseCovariance: [1, 0.1, 0, 0.2, 1, 0, 0, 0, 1], limit: 1 } }),
      model("main"),
    ),
    ["nodes[0].outlier_gate.mahalanobis.inverse_covariance: it is not symmetric"],
  ],
  [
    "a mirror that answers, and one that would learn",
    graph(
      "s",
      { name: "s", shadow: { primaryNode: "main", mirrorNodes: ["main", "b"] } },
      model("main"),
      model("other"),
      bandit("b"),
    ),
    [
      "nodes[0].shadow.mirror_nodes[0]: main answers already",
      "nodes[0].shadow.mirror_nodes[1]: b would learn from answers that nobody got",
    ],
  ],
  [
    "a cache of what depends on chance",
    graph("c", { name: "c", cache: { node: "s", ttlMs: 1, maxEntries: 1 } }, split("s"), ...PAIR),
    ["nodes[0].cache.node: it leads to the split node s, whose output depends on more than the features"],
  ],
])("%s is refused", (_, of, expected) => {
  expect(problems(of)).toEqual(expected);
});

test("keys that a feature service does not read, and columns that are none or no such keys, are refused", () => {
  const keys = [
    { key: "plane", column: "hour" },
    { key: "number", column: "wind" },
    { key: "number", column: "rain" },
  ];
  const of = graph("stack", model("stack", { inputs: ["planes", "main"] }), model("main"), enrich("planes", { keys }));
  expect(problems(of, PLANES)).toEqual([
    "nodes[2].enrich.keys[0].key: projects/p/featureServices/planes reads no plane; it reads number",
    "nodes[2].enrich.keys[1].column: wind is double; number is int",
    "nodes[2].enrich.keys[2].key: number is bound already",
    "nodes[2].enrich.keys[2].column: there is no column rain; there is wind, hour, late",
  ]);
});

test("an anomaly model is checked as any model", () => {
  const method = { inputTensor: "", outputTensor: "", outputColumn: 0, threshold: -0.5, outlierBelow: true };
  const { mahalanobis: _, ...declared } = gate("g").outlierGate ?? {};
  const of = graph("g", { name: "g", outlierGate: { ...(declared as OutlierGateNode), model: method } }, model("main"));
  const sound = checkGraph(of, { ...FACTS, models: { ...FACTS.models, g: vectorModel(3, 1) } });
  expect(sound.problems).toEqual([]);
  expect(sound.graph.nodes[0]?.outlierGate?.model).toEqual({ ...method, inputTensor: "X", outputTensor: "p" });
  expect(problems(of, { ...FACTS, models: { ...FACTS.models, g: vectorModel(9, 1) } })).toEqual([
    "nodes[0].outlier_gate.model.input_tensor: X takes 9 values a row; the feature service gives 3",
  ]);
});

test("without features requests bring the tensors of models, and nothing else can be read", () => {
  const facts = { ...FACTS, request: undefined };
  expect(problems(graph("c", combine("c", ["main", "other"]), ...PAIR), facts)).toEqual([]);
  expect(problems(graph("g", gate("g"), model("main")), facts)).toEqual([
    "nodes[0].outlier_gate.inputs: the release reads no features, so there is no request; name its feature service",
  ]);
});

test("columns by name go into tensors of their types, and a score by the name of its node", () => {
  const tensor = (name: string, datatype: string) => ({ name, datatype, shape: [-1, 1] });
  const raw = {
    inputs: [tensor("wind", "FP64"), tensor("hour", "INT64"), tensor("main", "FP32")],
    outputs: [tensor("p", "FP32")],
  };
  const of = graph(
    "raw",
    model("raw", { inputTensor: "", outputColumn: 0, inputs: ["request", "main"] }),
    model("main"),
  );
  expect(problems(of, { ...FACTS, models: { ...FACTS.models, raw } })).toEqual([]);
  const wrong = { ...raw, inputs: [tensor("wind", "INT64"), tensor("rain", "BYTES")] };
  expect(problems(of, { ...FACTS, models: { ...FACTS.models, raw: wrong } })).toEqual([
    "nodes[0].model.input_tensor: wind takes INT64; the feature is double",
    "nodes[0].model.input_tensor: the model needs rain, which is no feature of request and main",
  ]);
});
