import fc from "fast-check";
import { expect, test } from "vitest";
import { checkGraph } from "./check-graph.ts";
import { graphFromMessage } from "./from-message.ts";
import type { Graph, GraphNode } from "./graph.ts";
import { anyGraph } from "./laws/any-graph.ts";
import { combine, FACTS, graph, model, vectorModel } from "./laws/sample-graphs.ts";
import { planGraph } from "./plan.ts";
import { graphToMessage } from "./to-message.ts";

/** A node in so few words that whether a graph of them is sound can be decided by plain search. */
interface Small {
  readonly kind: "transform" | "combine" | "model";
  /** Names of other nodes, or `request`. */
  readonly inputs: readonly string[];
  /** Outputs of a transform, or values that a model takes. */
  readonly size: number;
}

const NAMES = ["a", "b", "c", "d", "e"] as const;
const REQUEST_WIDTH = 3;

/** A node as it is drawn; `fits`: a model takes as many values as its inputs give, if they give any. */
type Drawn = Small & { readonly fits: boolean };

const drawnNode = (index: number, names: readonly string[]): fc.Arbitrary<Drawn> => {
  // Mostly inputs that come later, so that many graphs have no cycle.
  const later = fc.constantFrom<string>(...names.slice(index + 1), "request");
  const any = fc.constantFrom<string>(...names, "request");
  return fc.record({
    kind: fc.constantFrom(
      ...(index === 0 ? (["combine", "model"] as const) : (["transform", "combine", "model"] as const)),
    ),
    inputs: fc.uniqueArray(fc.oneof({ weight: 20, arbitrary: later }, { weight: 1, arbitrary: any }), {
      minLength: 1,
      maxLength: 3,
    }),
    size: fc.integer({ min: 1, max: 4 }),
    fits: fc.integer({ min: 0, max: 9 }).map((it) => it > 0),
  });
};

const smallGraph = fc.integer({ min: 1, max: NAMES.length }).chain((count) => {
  const names = NAMES.slice(0, count);
  return fc.tuple(...names.map((_, i) => drawnNode(i, names))).map((drawn) => {
    const nodes = new Map<string, Small>(drawn.map((it, i) => [names[i] ?? "", it]));
    for (const [i, it] of [...drawn.entries()].reverse()) {
      const inputs = it.inputs.map((input) => given(nodes, input, []));
      const sum = inputs.reduce((total, input) => total + (input?.[1] ?? 0), 0);
      if (it.kind === "model" && it.fits && sum > 0) nodes.set(names[i] ?? "", { ...it, size: sum });
    }
    return nodes;
  });
});

/** What a node gives, by the definition: the number of columns or scores. Undefined if it is not sound. */
function given(
  nodes: ReadonlyMap<string, Small>,
  name: string,
  trail: readonly string[],
): [type: "features" | "scores", size: number] | undefined {
  if (name === "request") return ["features", REQUEST_WIDTH];
  const node = nodes.get(name);
  if (!node || trail.includes(name)) return undefined;
  const inputs = node.inputs.map((it) => given(nodes, it, [...trail, name]));
  if (!inputs.every((it) => it !== undefined)) return undefined;
  if (node.kind === "transform")
    return inputs.every(([type]) => type === "features") ? ["features", node.size] : undefined;
  if (node.kind === "combine") return inputs.every(([type]) => type === "scores") ? ["scores", 1] : undefined;
  return inputs.reduce((sum, [, size]) => sum + size, 0) === node.size ? ["scores", 1] : undefined;
}

function isSound(nodes: ReadonlyMap<string, Small>, output: string): boolean {
  const reached = new Set<string>();
  const walk = (name: string): void => {
    if (reached.has(name)) return;
    reached.add(name);
    for (const it of nodes.get(name)?.inputs ?? []) walk(it);
  };
  walk(output);
  return (
    given(nodes, output, [])?.[0] === "scores" &&
    [...nodes.keys()].every((it) => reached.has(it) && given(nodes, it, []) !== undefined)
  );
}

/** The same in full. Columns have names of their own everywhere. */
function built(nodes: ReadonlyMap<string, Small>, output: string): Graph {
  const full = [...nodes].map(([name, { kind, inputs, size }]): GraphNode => {
    if (kind === "combine") return combine(name, inputs);
    if (kind === "model") return model(name, { inputs });
    const outputs = Array.from({ length: size }, (_, i) => ({
      name: `${name}${i}`,
      expression: "1.0",
      type: "DOUBLE" as const,
    }));
    return { name, transform: { inputs, outputs } };
  });
  return graph(output, ...full);
}

test("a graph has no problem if and only if it has no cycle, all types fit, and everything is pulled", () => {
  let sound = 0;
  fc.assert(
    fc.property(smallGraph, fc.constantFrom("a", "a", "a", "b"), (nodes, output) => {
      const models = Object.fromEntries([...nodes].map(([name, it]) => [name, vectorModel(it.size)]));
      const { problems } = checkGraph(built(nodes, output), { ...FACTS, models });
      expect(problems.length === 0).toBe(isSound(nodes, output));
      if (problems.length === 0) sound++;
    }),
    { numRuns: 3_000, seed: 1 },
  );
  // The law would say little if all graphs were refused.
  expect(sound).toBeGreaterThan(100);
});

test("the plan of a sound graph has each node after what it can pull", () => {
  fc.assert(
    fc.property(smallGraph, (nodes) => {
      const of = built(nodes, "a");
      const plan = planGraph(of);
      const isBroken = checkGraph(of, FACTS).problems.some((it) => /pull/.test(it.description));
      expect(plan === undefined).toBe(isBroken);
      if (!plan) return;
      expect([...plan.order].sort()).toEqual([...nodes.keys()].sort());
      for (const [i, name] of plan.order.entries())
        for (const pulled of plan.nodes.get(name)?.pulls ?? []) expect(plan.order.slice(0, i)).toContain(pulled);
    }),
  );
});

test("checking never fails, and its graph is that of the message again", () => {
  fc.assert(
    fc.property(anyGraph(), (it) => {
      expect(Array.isArray(checkGraph(it, FACTS).problems)).toBe(true);
      expect(graphFromMessage(graphToMessage(it))).toEqual(it);
    }),
    { numRuns: 1_000 },
  );
});

test("a graph that was checked is filled in: checking it again changes nothing", () => {
  fc.assert(
    fc.property(anyGraph(), (it) => {
      const once = checkGraph(it, FACTS);
      const again = checkGraph(once.graph, FACTS);
      expect(again.graph).toEqual(once.graph);
      expect(again.problems).toEqual(once.problems);
    }),
  );
});

test("the plan tells what always runs, what is chosen and what runs after the answer", () => {
  const planned = planGraph(
    graph(
      "s",
      { name: "s", shadow: { primaryNode: "w", mirrorNodes: ["other"] } },
      {
        name: "w",
        switch: { inputs: ["main"], cases: [{ condition: "main > 0.5", node: "wide" }], defaultNode: "main" },
      },
      model("main"),
      model("other", { inputs: ["extra"] }),
      model("wide"),
      { name: "extra", transform: { inputs: [], outputs: [{ name: "x", expression: "wind", type: "DOUBLE" }] } },
    ),
  );
  const node = (name: string) => planned?.nodes.get(name);
  expect([node("s")?.pulls, node("s")?.mirrors]).toEqual([["w"], ["other"]]);
  expect([node("w")?.pulls, node("w")?.branches, node("w")?.readsRequest]).toEqual([["main"], ["main", "wide"], false]);
  expect([node("extra")?.readsRequest, node("other")?.readsRequest, node("main")?.readsRequest]).toEqual([
    true,
    false,
    true,
  ]);
  expect([...(planned?.afterwards ?? [])].sort()).toEqual(["extra", "other"]);
  expect(planned?.models).toEqual(["main", "other", "wide"]);
});
