import { create } from "@bufbuild/protobuf";
import {
  ColumnType,
  CombineMethod,
  Dependency,
  GraphSchema,
} from "@throughline/contracts/throughline/registry/v1/release_pb";
import { expect, test } from "vitest";
import { arrowsInto } from "./node-arrows.ts";
import { doesWhat, drawnGraph } from "./release-graph.ts";

const graph = create(GraphSchema, {
  nodes: [
    {
      name: "answer",
      kind: { case: "shadow", value: { primaryNode: "mean", mirrorNodes: ["next"] } },
    },
    {
      name: "mean",
      kind: { case: "combine", value: { inputs: ["main", "gate"], method: CombineMethod.WEIGHTED, weights: [3, 1] } },
    },
    { name: "main", kind: { case: "model", value: {} }, dependency: Dependency.SOFT },
    { name: "next", kind: { case: "model", value: { inputs: ["winds"] } } },
    {
      name: "winds",
      kind: {
        case: "transform",
        value: { outputs: [{ name: "squared", expression: "wind * wind", type: ColumnType.DOUBLE }] },
      },
    },
    {
      name: "gate",
      kind: {
        case: "outlierGate",
        value: { passNode: "split", falsePositiveRate: 0.01, method: { case: "mahalanobis", value: { limit: 9 } } },
      },
    },
    { name: "split", kind: { case: "split", value: { branches: [{ node: "main", weightBasisPoints: 10_000 }] } } },
  ],
  outputNode: "answer",
});

test("a graph is drawn from the features at the left to the answer at the right, each arrow as what is pulled", () => {
  const { boxes, arrows } = drawnGraph(graph);
  const place = new Map(boxes.map((it) => [it.name, it.x]));
  expect(boxes).toHaveLength(8);
  for (const { from, to } of arrows) expect(place.get(from)).toBeLessThan(place.get(to) ?? 0);
  expect(boxes.filter((it) => it.isOutput).map((it) => it.name)).toEqual(["answer"]);
  expect(boxes.filter((it) => it.isSoft).map((it) => it.name)).toEqual(["main"]);
  expect(boxes.find((it) => it.name === "gate")?.kind).toBe("outlier gate");
  expect(arrows.filter((it) => it.isMirror).map((it) => `${it.from} to ${it.to}`)).toEqual(["next to answer"]);
});

test("what a node pulls and does is said in words, with what goes without saying", () => {
  const said = graph.nodes.map((it) =>
    arrowsInto(it).map(({ from, label }) => (label === "" ? from : `${from}: ${label}`)),
  );
  expect(said).toEqual([
    ["mean", "next: mirror"],
    ["main: weight 3", "gate: weight 1"],
    ["request"],
    ["winds"],
    ["request"],
    ["request", "split: usual"],
    ["main: 100 %"],
  ]);
  expect(graph.nodes.map(doesWhat)).toEqual([
    "lets others compute the same for the log",
    "takes the mean",
    "runs its model",
    "runs its model",
    "computes squared = wind * wind",
    "keeps outliers away by the Mahalanobis distance, 1 % of usual rows too",
    "splits by chance",
  ]);
});
