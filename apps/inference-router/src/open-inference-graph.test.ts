import type { ModelInferResponse } from "@throughline/contracts/inference/open_inference_pb";
import { CombineMethod } from "@throughline/contracts/throughline/registry/v1/release_pb";
import { beforeAll, expect, test } from "vitest";
import { type Graphs, graphs, model, type Node } from "./testing-graphs.ts";
import { platform } from "./testing-platform.ts";

let on: Graphs;
beforeAll(async () => {
  on = await graphs(await platform());
});

const request = (modelName: string, row: readonly number[]) => ({
  modelName,
  inputs: [{ name: "input", datatype: "FP32", shape: [1n, 3n], contents: { fp32Contents: [...row] } }],
});

test("a graph's answer says in its parameters how it came about, and its versions count runs and caches", async () => {
  const nodes: Node[] = [
    model("left"),
    model("right"),
    {
      name: "pick",
      kind: { case: "split", value: { branches: [{ node: "left", weightBasisPoints: 10_000 }], stickyField: "" } },
    },
    { name: "kept", kind: { case: "cache", value: { node: "pick", ttl: { seconds: 60n }, maxEntries: 10 } } },
    { name: "out", kind: { case: "combine", value: { inputs: ["kept", "right"], method: CombineMethod.MEAN } } },
  ];
  const deployment = await on.serveTensors(nodes, "out", { left: "linear3", right: "linear3" });
  const name = deployment.replace(/^projects\/([^/]+)\/deployments\//, "$1/");
  const answers: ModelInferResponse[] = [];
  for (const row of [
    [1, 2, 3],
    [1, 2, 3],
    [0, 0, 1],
  ]) {
    answers.push(await on.router().open.modelInfer(request(name, row)));
  }
  const said = (parameter: string) => answers[0]?.parameters[parameter]?.parameterChoice.value;
  expect(JSON.parse(String(said("path")))).toEqual(expect.arrayContaining(["left", "pick", "kept", "right", "out"]));
  expect(JSON.parse(String(said("choices")))).toEqual([{ node: "pick", branch: "left", propensity: 1 }]);
  expect(said("status")).toBe("ANSWERED");
  expect(Object.keys(JSON.parse(String(said("model_versions"))))).toEqual(["left", "right"]);
  const { modelStats } = await on.router().open.modelStatistics({ name });
  const [counted] = modelStats;
  expect(counted?.inferenceCount).toBe(3n);
  expect(counted?.inferenceStats?.success?.count).toBe(3n);
  expect([counted?.inferenceStats?.cacheHit?.count, counted?.inferenceStats?.cacheMiss?.count]).toEqual([1n, 2n]);
  // The right model ran for each of the rows, the left one for those that were not kept.
  expect(counted?.inferenceStats?.computeInfer?.count).toBe(5n);
});
