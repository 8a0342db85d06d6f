import { CombineMethod } from "@throughline/contracts/throughline/registry/v1/release_pb";
import { beforeAll, describe, expect, test } from "vitest";
import { failure, type Graphs, graphs, model, type Node } from "./testing-graphs.ts";
import { platform } from "./testing-platform.ts";

let on: Graphs;
beforeAll(async () => {
  on = await graphs(await platform());
});

describe("tensors for a graph", () => {
  const nodes: Node[] = [
    model("plain"),
    model("both", { output: "probabilities", columns: [1] }),
    { name: "mix", kind: { case: "combine", value: { inputs: ["plain", "both"], method: CombineMethod.MEAN } } },
  ];
  const uses = { plain: "linear3", both: "logistic3" };
  const request = (deployment: string, rows: readonly (readonly number[])[]) => ({
    modelName: deployment.replace(/^projects\/([^/]+)\/deployments\//, "$1/"),
    inputs: [
      {
        name: "input",
        datatype: "FP32",
        shape: [BigInt(rows.length), 3n],
        contents: { fp32Contents: rows.flat() },
      },
    ],
  });
  const scoresIn = (raw: Uint8Array | undefined): readonly number[] =>
    Array.from(new Float64Array(Uint8Array.from(raw ?? []).buffer));

  test("are answered row by row where the release reads no features, each as a prediction", async () => {
    const deployment = await on.serveTensors(nodes, "mix", uses);
    const metadata = await on.router().open.modelMetadata({ name: request(deployment, []).modelName });
    expect(metadata.inputs).toMatchObject([{ name: "input", datatype: "FP32", shape: [-1n, 3n] }]);
    expect(metadata.outputs).toMatchObject([{ name: "scores", datatype: "FP64", shape: [-1n, 1n] }]);
    const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
    const expected = ([a = 0, b = 0, c = 0]: readonly number[]) =>
      (a + 2 * b + 4 * c + sigmoid(0.1 + 0.5 * a - b + 2 * c)) / 2;
    const rows = [
      [1, 2, 3],
      [0, 0, 0],
      [-1, 5, 0.5],
    ];
    const several = await on.router().open.modelInfer(request(deployment, rows));
    const found =
      several.rawOutputContents.length > 0
        ? scoresIn(several.rawOutputContents[0])
        : several.outputs[0]?.contents?.fp64Contents;
    expect(found).toHaveLength(3);
    rows.forEach((row, i) => {
      expect(found?.[i]).toBeCloseTo(expected(row), 5);
    });
    const names = JSON.parse(String(several.parameters["predictions"]?.parameterChoice.value)) as string[];
    const logged = await Promise.all(names.map((name) => on.router().inference.getPrediction({ name })));
    expect(logged.map((it) => it.prediction?.score)).toEqual(found);
    const said = JSON.parse(String(several.parameters["rows"]?.parameterChoice.value));
    expect(said).toEqual(rows.map(() => ({ path: ["plain", "both", "mix"], status: "ANSWERED" })));
    const one = await on.router().open.modelInfer(request(deployment, rows.slice(0, 1)));
    const name = String(one.parameters["prediction"]?.parameterChoice.value);
    const { prediction } = await on.router().inference.getPrediction({ name });
    expect(prediction?.score).toBeCloseTo(expected([1, 2, 3]), 5);
    expect(prediction).toMatchObject({ path: ["plain", "both", "mix"], features: ["input_0", "input_1", "input_2"] });
    expect(await failure(on.ask(deployment))).toBe("RELEASE_TAKES_TENSORS");
  });

  test("are logged in the order of the models' inputs, whatever the order in which they came", async () => {
    const mix = { case: "combine" as const, value: { inputs: ["plain", "raw"], method: CombineMethod.MEAN } };
    const both = [model("plain"), model("raw", { input: "" }), { name: "mix", kind: mix }];
    const deployment = await on.serveTensors(both, "mix", { plain: "linear3", raw: "raw_columns" });
    const { modelName, inputs } = request(deployment, [[1, 2, 3]]);
    const single = (name: string, value: number) => ({
      name,
      datatype: "FP64",
      shape: [1n, 1n],
      contents: { fp64Contents: [value] },
    });
    const sent = [...inputs, single("gates", 4), single("delay", 5)];
    const logged = await Promise.all(
      [sent, sent.toReversed()].map(async (inputs) => {
        const answer = await on.router().open.modelInfer({ modelName, inputs });
        const name = String(answer.parameters["prediction"]?.parameterChoice.value);
        return (await on.router().inference.getPrediction({ name })).prediction?.vector;
      }),
    );
    expect(logged[0]?.values.map((it) => it.value?.kind.value)).toEqual([1, 2, 3, 4, 5]);
    expect(logged[1]).toEqual(logged[0]);
  });

  test("are refused where the graph works on features by entity", async () => {
    const deployment = await on.serve(nodes, "mix", uses);
    expect(await failure(on.router().open.modelInfer(request(deployment, [[1, 2, 3]])))).toBe("RELEASE_TAKES_ENTITIES");
  });
});
