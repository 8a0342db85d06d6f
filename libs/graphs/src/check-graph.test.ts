import { expect, test } from "vitest";
import { checkGraph } from "./check-graph.ts";
import type { Graph } from "./graph.ts";
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
} from "./laws/sample-graphs.ts";

test("a model alone is a graph, and what it leaves out is filled in", () => {
  const alone = graph("", model("main", { inputTensor: "", outputTensor: "" }));
  const checked = checkGraph(alone, FACTS);
  expect(checked.problems).toEqual([]);
  expect(checked.graph).toEqual(graph("main", model("main")));
  expect(checked.outputs.get("main")).toEqual({ gives: "scores", width: 1 });
});

test("a graph of every kind of node is sound", () => {
  const all = graph(
    "shadowed",
    enrich("planes", { keys: [{ key: "number", column: "hour" }] }),
    transform("winds", { squared: "wind * wind", old: "present(age) ? age : 10.0" }, ["request", "planes"]),
    model("main"),
    soft(model("other", { inputs: ["winds", "planes"] })),
    model("stack", { inputs: ["main", "split"] }),
    split("split", { defaultNode: "main" }),
    combine("mean", ["main", "other", "stack"], { method: "WEIGHTED", weights: [1, 2, 0] }),
    {
      name: "switch",
      switch: {
        inputs: ["request", "main"],
        cases: [{ condition: "hour > 12 && main > 0.5", node: "mean" }],
        defaultNode: "bandit",
      },
    },
    bandit("bandit", {
      policy: "LINEAR_THOMPSON",
      contextFeatures: ["wind"],
      reward: "actual - score",
      defaultNode: "main",
    }),
    gate("gate", { passNode: "switch", otherwiseNode: "cached" }),
    { name: "cached", cache: { node: "main", ttlMs: 1_000, maxEntries: 0 } },
    { name: "shadowed", shadow: { primaryNode: "gate", mirrorNodes: ["wide"] }, deadlineMs: 50 },
    model("wide", { outputColumn: 0, outputColumns: [3, 0, 1] }),
  );
  const checked = checkGraph(all, PLANES);
  expect(checked.problems).toEqual([]);
  expect(checked.outputs.get("wide")).toEqual({ gives: "scores", width: 3 });
  expect(checked.graph.nodes.find((it) => it.cache)?.cache?.maxEntries).toBe(10_000);
});

test.each<[string, Graph, readonly string[]]>([
  ["no nodes", graph(""), ["nodes: there are no nodes; a graph has at least one, which runs a model"]],
  ["a node that does nothing", graph("a", { name: "a" }), ["nodes[0].kind: nothing is said of what the node does"]],
  ["a name twice", graph("main", model("main"), model("main")), ["nodes[1].name: main is a node already"]],
  [
    "the name of the features",
    graph("request", model("request")),
    ["nodes[0].name: request stands for the features of the release"],
  ],
  ["several nodes without an output", graph("", ...PAIR), ["output_node: it must name one of main, other"]],
  ["an output that is not there", graph("x", model("main")), ["output_node: there is no node x"]],
  [
    "an output of features",
    graph("winds", transform("winds", { a: "wind" })),
    ["output_node: winds gives features; an answer is made of scores"],
  ],
  [
    "an output that may be absent",
    graph("main", soft(model("main"))),
    ["output_node: main is SOFT, and nothing stands in for an answer"],
  ],
  ["a node that nobody pulls", graph("main", ...PAIR), ["nodes[1].name: nothing that leads to main pulls other"]],
  [
    "an input that is not there",
    graph("c", combine("c", ["main", "x"]), model("main")),
    ["nodes[0].combine.inputs[1]: there is no node x"],
  ],
  [
    "a cycle",
    graph("a", combine("a", ["b"]), combine("b", ["c", "main"]), combine("c", ["a"]), model("main")),
    ["nodes[2].combine.inputs[0]: the nodes pull each other: a -> b -> c -> a"],
  ],
  [
    "a node that pulls itself",
    graph("a", combine("a", ["a"])),
    ["nodes[0].combine.inputs[0]: the nodes pull each other: a -> a"],
  ],
  [
    "features where scores are needed",
    graph("c", combine("c", ["main", "winds", "request"]), model("main"), transform("winds", { a: "wind" })),
    [
      "nodes[0].combine.inputs[1]: winds gives features; scores are needed here",
      "nodes[0].combine.inputs[2]: request gives features; scores are needed here",
    ],
  ],
  [
    "scores where features are needed",
    graph(
      "stack",
      model("stack", { inputs: ["winds"] }),
      transform("winds", { a: "wind", b: "wind" }, ["request", "main"]),
      model("main"),
    ),
    ["nodes[1].transform.inputs[1]: main gives one score; features are needed here"],
  ],
  [
    "scores of different width",
    graph(
      "c",
      combine("c", ["main", "wide"]),
      model("main"),
      model("wide", { outputColumn: 0, outputColumns: [0, 1] }),
    ),
    ["nodes[0].combine.inputs[1]: wide gives 2 scores, and main one score"],
  ],
  [
    "a vector of another width",
    graph("stack", model("stack", { inputs: ["main", "request"] }), model("main")),
    ["nodes[0].model.input_tensor: X takes 2 values a row; main and request gives 4"],
  ],
  [
    "a text in a vector",
    graph("stack", model("stack", { inputs: ["t"] }), {
      name: "t",
      transform: {
        inputs: [],
        outputs: [
          { name: "a", expression: "string(wind)", type: "STRING" },
          { name: "b", expression: "wind", type: "DOUBLE" },
        ],
      },
    }),
    ["nodes[0].model.input_tensor: a is string; the feature vector has numbers"],
  ],
  [
    "a column of the output that is not there",
    graph("main", model("main", { outputColumn: 0, outputColumns: [1, 2] })),
    ["nodes[0].model.output_columns[1]: p has 2 column(s), counted from 0; there is no column 2"],
  ],
  [
    "two ways to take columns",
    graph("main", model("main", { outputColumns: [0] })),
    ["nodes[0].model.output_column: it must be left out, as output_columns says which are taken"],
  ],
  [
    "a model that needs a score that may be absent",
    graph("stack", model("stack", { inputs: ["main", "other"] }), model("main"), soft(model("other"))),
    [
      "nodes[0].model.inputs[1]: other is SOFT, and may be absent: a model cannot do without a score; combine it with a fallback",
    ],
  ],
  [
    "a column of two inputs",
    graph(
      "stack",
      model("stack", { inputs: ["t"] }),
      transform("t", { wind: "wind", b: "wind" }, ["request", "u"]),
      transform("u", { wind: "1.0" }),
    ),
    ["nodes[1].transform.inputs[1]: u has a column wind, and so has request"],
  ],
  [
    "an expression of another type, and one that names nothing",
    graph("stack", model("stack", { inputs: ["t"] }), transform("t", { a: "hour", b: "rain" })),
    [
      'nodes[1].transform.outputs[0].expression: Column 1 of "hour": the expression gives int where double is needed.',
      'nodes[1].transform.outputs[1].expression: Column 1 of "rain": there is no rain; there is wind, hour, late.',
    ],
  ],
])("%s is refused", (_, of, expected) => {
  expect(problems(of)).toEqual(expected);
});

test("what is not known is not complained about", () => {
  const of = graph("c", combine("c", ["main", "unknown"]), model("main"), model("unknown"));
  expect(problems(of)).toEqual([]);
  expect(checkGraph(of, FACTS).outputs.get("c")).toBeUndefined();
});
