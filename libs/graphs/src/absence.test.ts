import fc from "fast-check";
import { expect, test } from "vitest";
import { checkGraph } from "./check-graph.ts";
import type { Graph, GraphNode } from "./graph.ts";
import { kindOf, REQUEST } from "./graph.ts";
import { combine, FACTS, graph, IDENTITY, model, vectorModel } from "./laws/sample-graphs.ts";

const COUNT = 7;
const names = Array.from({ length: COUNT }, (_, i) => `n${i}`);

/** A node of any kind that names only later ones, so that many graphs are sound. The last is a model, which all can lead to. */
function anyNode(index: number): fc.Arbitrary<GraphNode> {
  const name = names[index] ?? "";
  const later = names.slice(index + 1);
  if (later.length === 0) return fc.constant(model(name));
  const one = fc.constantFrom(...later);
  const some = fc.uniqueArray(one, { minLength: 1, maxLength: 3 });
  const orNone = fc.oneof(one, fc.constant(""));
  const weights = fc.array(fc.constantFrom(0, 1), { minLength: 3, maxLength: 3 });
  const fallback = fc.constantFrom({}, { fallback: 0.5 });
  const kinds: readonly fc.Arbitrary<GraphNode>[] = [
    fc.constant(model(name)),
    some.map((inputs) => model(name, { inputs })),
    fc.tuple(some, fallback).map(([inputs, its]) => combine(name, inputs, its)),
    fc
      .tuple(some, weights, fallback)
      .map(([inputs, all, its]) =>
        combine(name, inputs, { method: "WEIGHTED", weights: all.slice(0, inputs.length), ...its }),
      ),
    fc
      .tuple(some, fallback)
      .map(([inputs, its]) => combine(name, inputs, { method: "EXPRESSION", expression: inputs.join(" + "), ...its })),
    fc.tuple(some, one).map(([nodes, defaultNode]) => ({
      name,
      switch: { inputs: [], cases: nodes.map((node) => ({ condition: "late", node })), defaultNode },
    })),
    fc.tuple(some, orNone).map(([nodes, defaultNode]) => ({
      name,
      split: {
        branches: nodes.map((node, i) => ({ node, weightBasisPoints: i === 0 ? 10_000 : 0 })),
        stickyField: "",
        defaultNode,
      },
    })),
    fc.tuple(one, orNone).map(([passNode, otherwiseNode]) => ({
      name,
      outlierGate: {
        inputs: [],
        mahalanobis: { mean: [0, 0, 0], inverseCovariance: IDENTITY, limit: 9 },
        falsePositiveRate: 0.01,
        passNode,
        otherwiseNode,
      },
    })),
    one.map((node) => ({ name, cache: { node, ttlMs: 1, maxEntries: 1 } })),
    fc.tuple(one, some).map(([primaryNode, mirrorNodes]) => ({ name, shadow: { primaryNode, mirrorNodes } })),
  ];
  return fc
    .tuple(fc.oneof(...kinds), fc.boolean())
    .map(([node, isSoft]): GraphNode => (isSoft ? { ...node, dependency: "SOFT" } : node));
}

/** What may go wrong, and where chance leads: by node. */
interface Fate {
  readonly fails: boolean;
  readonly chooses: number;
}

/** Whether a node gives something, by the meaning of each kind alone; throws if it fails and is not SOFT. */
function answers(of: Graph, name: string, fates: ReadonlyMap<string, Fate>): boolean {
  if (name === REQUEST) return true;
  const node = of.nodes.find((it) => it.name === name);
  const fate = fates.get(name);
  if (!node || !fate) throw new Error(`there is no node ${name}`);
  const gives = (it: string): boolean => answers(of, it, fates);
  try {
    if (node.dependency === "SOFT" && fate.fails) throw new Error("it fails");
    if (!computes(node, gives, fate.chooses)) throw new Error(`nothing is left for ${name}`);
    return true;
  } catch (error) {
    if (node.dependency === "SOFT") return false;
    throw error;
  }
}

function computes(node: GraphNode, gives: (name: string) => boolean, chooses: number): boolean {
  const kind = kindOf(node);
  const branch = (all: readonly { readonly node: string }[], other: string): boolean => {
    const chosen = all[chooses % all.length]?.node ?? "";
    return gives(chosen) || (other !== "" && gives(other));
  };
  switch (kind?.case) {
    case "model":
      return (kind.value.inputs ?? []).map(gives).every((it) => it);
    case "combine": {
      const { inputs, method, weights, fallback } = kind.value;
      const there = inputs.map(gives);
      const enough =
        method === "EXPRESSION"
          ? there.every((it) => it)
          : there.some((it, i) => it && (method !== "WEIGHTED" || (weights[i] ?? 0) > 0));
      return enough || fallback !== undefined;
    }
    case "switch":
      return branch([...kind.value.cases, { node: kind.value.defaultNode }], kind.value.defaultNode);
    case "split":
      return branch(kind.value.branches, kind.value.defaultNode);
    case "outlierGate": {
      const { passNode, otherwiseNode } = kind.value;
      // Without a node for outliers the answer is refused, which is an answer too.
      return chooses % 2 === 0 ? gives(passNode) : otherwiseNode === "" || gives(otherwiseNode);
    }
    case "cache":
      return gives(kind.value.node);
    case "shadow":
      return gives(kind.value.primaryNode);
    default:
      throw new Error(`no ${kind?.case} here`);
  }
}

/** Drops what nothing pulls, as somebody who draws a graph would. */
function pulled(nodes: readonly GraphNode[]): Graph {
  const [first] = nodes;
  const { problems } = checkGraph(graph(first?.name ?? "", ...nodes), FACTS);
  const idle = problems.flatMap(({ path, description }) =>
    /^nothing that leads/.test(description) ? [Number(/\d+/.exec(path)?.[0])] : [],
  );
  return graph(first?.name ?? "", ...nodes.filter((_, i) => !idle.includes(i)));
}

test("in a graph that is taken, the answer is there whichever SOFT nodes fail and wherever chance leads", () => {
  const fate = fc.record({ fails: fc.boolean(), chooses: fc.nat(9) });
  const fates = fc.tuple(...names.map(() => fate)).map((all) => new Map(names.map((it, i) => [it, all[i] as Fate])));
  let [taken, absences] = [0, 0];
  fc.assert(
    fc.property(
      fc.tuple(...names.map((_, i) => anyNode(i))),
      fc.array(fates, { minLength: 4, maxLength: 4 }),
      (nodes, all) => {
        const of = pulled(nodes);
        const models = Object.fromEntries(
          nodes.map(({ name, model: its }) => [name, vectorModel(its?.inputs?.length ?? 3)]),
        );
        if (checkGraph(of, { ...FACTS, models }).problems.length > 0) return;
        taken++;
        if (of.nodes.some((it) => it.dependency)) absences++;
        for (const it of all) expect(answers(of, of.outputNode, it)).toBe(true);
      },
    ),
    { numRuns: 2_000, seed: 2 },
  );
  // The law would say little if few graphs were taken, or if nothing in them could be absent.
  expect([taken > 150, absences > 30]).toEqual([true, true]);
});
