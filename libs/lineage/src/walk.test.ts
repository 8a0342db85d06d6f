import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type LineageEdge, type LineageGraph, type LineageNode, type Way, walk } from "./walk.ts";

const artifact = (id: string): LineageNode => ({ type: "artifact", id });
const execution = (id: string): LineageNode => ({ type: "execution", id });
const made = (executionId: string, digest: string): LineageEdge => ({ executionId, digest, type: "OUTPUT", role: "" });
const read = (executionId: string, digest: string): LineageEdge => ({ executionId, digest, type: "INPUT", role: "" });

/** The edges that lead on from a node, by the definition of the two ways. */
const leadsOn = (edge: LineageEdge, node: LineageNode, way: Way): boolean =>
  node.type === "artifact"
    ? edge.digest === node.id && edge.type === (way === "UPSTREAM" ? "OUTPUT" : "INPUT")
    : edge.executionId === node.id && edge.type === (way === "UPSTREAM" ? "INPUT" : "OUTPUT");

const graphOf = (edges: readonly LineageEdge[]): LineageGraph => ({
  async edges(nodes, way, limit) {
    return edges.filter((edge) => nodes.some((node) => leadsOn(edge, node, way))).slice(0, limit);
  },
});

// source -> [join] -> rows -> [train] -> model -> [release] -> release; the source is read by [other] too.
const thread = graphOf([
  read("join", "source"),
  made("join", "rows"),
  read("train", "rows"),
  made("train", "model"),
  read("release", "model"),
  made("release", "manifest"),
  read("other", "source"),
  made("other", "elsewhere"),
]);

const names = (nodes: readonly LineageNode[]) => nodes.map((it) => it.id);

describe("walk()", () => {
  const far = { graph: thread, depth: 20, nodeLimit: 500 };

  test("upstream reaches the sources, nearest first", async () => {
    const reached = await walk({ ...far, start: [artifact("model")], direction: "UPSTREAM" });
    expect(names(reached.nodes)).toEqual(["model", "train", "rows", "join", "source"]);
    expect(reached.truncated).toBe(false);
    expect(reached.edges).toHaveLength(4);
  });

  test("downstream reaches everything that was made from the start", async () => {
    const reached = await walk({ ...far, start: [artifact("source")], direction: "DOWNSTREAM" });
    expect(names(reached.nodes)).toEqual([
      "source",
      "join",
      "other",
      "rows",
      "elsewhere",
      "train",
      "model",
      "release",
      "manifest",
    ]);
  });

  test("both ways gives ancestors and descendants, and not what else was made from the ancestors", async () => {
    const reached = await walk({ ...far, start: [execution("train")], direction: "BOTH" });
    expect(names(reached.nodes).sort()).toEqual(["join", "manifest", "model", "release", "rows", "source", "train"]);
  });

  test("the depth counts edges, and says when it cut something off", async () => {
    const near = await walk({ ...far, start: [artifact("model")], direction: "UPSTREAM", depth: 2 });
    expect(names(near.nodes)).toEqual(["model", "train", "rows"]);
    expect(near.truncated).toBe(true);
    const exact = await walk({ ...far, start: [artifact("model")], direction: "UPSTREAM", depth: 4 });
    expect(exact.nodes).toHaveLength(5);
    expect(exact.truncated).toBe(false);
  });

  test("the node limit counts the start, and says when it cut something off", async () => {
    const few = await walk({ ...far, start: [artifact("model")], direction: "UPSTREAM", nodeLimit: 3 });
    expect(names(few.nodes)).toEqual(["model", "train", "rows"]);
    expect(few.truncated).toBe(true);
    const exact = await walk({ ...far, start: [artifact("model")], direction: "UPSTREAM", nodeLimit: 5 });
    expect(exact.truncated).toBe(false);
  });

  test("one artifact with more edges than may be looked at is cut, not read whole", async () => {
    const busy = graphOf(Array.from({ length: 1_000 }, (_, i) => read("all", `d${i}`)));
    const reached = await walk({
      graph: busy,
      start: [execution("all")],
      direction: "UPSTREAM",
      depth: 5,
      nodeLimit: 10,
    });
    expect(reached.nodes).toHaveLength(10);
    expect(reached.truncated).toBe(true);
  });

  test("a cycle ends", async () => {
    const circle = graphOf([read("e1", "a"), made("e1", "b"), read("e2", "b"), made("e2", "a")]);
    const reached = await walk({ ...far, graph: circle, start: [artifact("a")], direction: "BOTH" });
    expect(names(reached.nodes).sort()).toEqual(["a", "b", "e1", "e2"]);
    expect(reached.edges).toHaveLength(4);
  });

  test("agrees with a plain search of any graph, cycles included", async () => {
    const edge = fc.record({
      digest: fc.integer({ min: 0, max: 8 }).map((it) => `a${it}`),
      executionId: fc.integer({ min: 0, max: 8 }).map((it) => `e${it}`),
      type: fc.constantFrom("INPUT" as const, "OUTPUT" as const),
      role: fc.constantFrom("", "features"),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(edge, { maxLength: 40, selector: (it) => JSON.stringify(it) }),
        fc.constantFrom("UPSTREAM" as const, "DOWNSTREAM" as const),
        fc.integer({ min: 0, max: 6 }),
        async (edges, way, depth) => {
          const reached = await walk({
            graph: graphOf(edges),
            start: [artifact("a0")],
            direction: way,
            depth,
            nodeLimit: 500,
          });
          const distance = distances(edges, way);
          const expected = [...distance].filter(([, steps]) => steps <= depth).map(([key]) => key);
          expect(reached.nodes.map((it) => it.id).sort()).toEqual(expected.sort());
          expect(reached.truncated).toBe(expected.length < distance.size);
          const steps = reached.nodes.map((it) => distance.get(it.id) ?? -1);
          expect(steps).toEqual(steps.toSorted((a, b) => a - b));
        },
      ),
    );
  });
});

/** Steps from a0 to each node that it leads to, by relaxing all edges until nothing changes. */
function distances(edges: readonly LineageEdge[], way: Way): ReadonlyMap<string, number> {
  const steps = new Map([["a0", 0]]);
  for (let changed = true; changed; ) {
    changed = false;
    for (const { digest, executionId, type } of edges) {
      const fromArtifact = (type === "INPUT") === (way === "DOWNSTREAM");
      const [from, to] = fromArtifact ? [digest, executionId] : [executionId, digest];
      const start = steps.get(from);
      if (start === undefined || start + 1 >= (steps.get(to) ?? Number.POSITIVE_INFINITY)) continue;
      steps.set(to, start + 1);
      changed = true;
    }
  }
  return steps;
}
