import type { MessageInitShape } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { BadRequestSchema } from "@throughline/contracts/google/rpc/error_details_pb";
import type { ModelInferRequestSchema } from "@throughline/contracts/inference/open_inference_pb";
import { rowDigest } from "@throughline/kernel";
import { reasonOf } from "@throughline/rpc";
import { beforeAll, describe, expect, test } from "vitest";
import { platform } from "./testing-platform.ts";
import type { Platform, Router } from "./testing-router.ts";

type Request = MessageInitShape<typeof ModelInferRequestSchema>;

let on: Platform;
let router: Router;
let echo = "";
let logistic = "";
let endless = "";

beforeAll(async () => {
  on = await platform();
  router = await on.start({ runMsMax: 2_000 });
  echo = on.registry.release(await on.model("echo"), { features: false, input: "in_FP32", output: "out_FP32" });
  logistic = on.registry.release(await on.model("logistic3"), { output: "probabilities", column: 1 });
  endless = on.registry.release(await on.model("endless_loop"));
  for (const [id, release] of Object.entries({ echo, logistic, endless })) {
    on.registry.deploy(`projects/default/deployments/${id}`, { [release]: 10_000 });
    await router.serving(`projects/default/deployments/${id}`, [release]);
  }
});

/** Two elements of each type, typed (unless the protocol has no field for it) and raw. */
const ELEMENTS: readonly (readonly [datatype: string, contents: object, raw: Uint8Array<ArrayBuffer>])[] = [
  ["BOOL", { boolContents: [true, false] }, Uint8Array.of(1, 0)],
  ["UINT8", { uintContents: [1, 255] }, Uint8Array.of(1, 255)],
  ["UINT16", { uintContents: [1, 65_535] }, Uint8Array.of(1, 0, 255, 255)],
  ["UINT32", { uintContents: [1, 4_294_967_295] }, new Uint8Array(Uint32Array.of(1, 4_294_967_295).buffer)],
  ["UINT64", { uint64Contents: [1n, 2n ** 64n - 1n] }, new Uint8Array(BigUint64Array.of(1n, 2n ** 64n - 1n).buffer)],
  ["INT8", { intContents: [-1, 127] }, Uint8Array.of(255, 127)],
  ["INT16", { intContents: [-1, 32_767] }, new Uint8Array(Int16Array.of(-1, 32_767).buffer)],
  ["INT32", { intContents: [-1, 2_147_483_647] }, new Uint8Array(Int32Array.of(-1, 2_147_483_647).buffer)],
  ["INT64", { int64Contents: [-(2n ** 63n), 5n] }, new Uint8Array(BigInt64Array.of(-(2n ** 63n), 5n).buffer)],
  ["FP16", {}, new Uint8Array(Float16Array.of(1.5, -2).buffer)],
  ["FP32", { fp32Contents: [0.5, -1] }, new Uint8Array(Float32Array.of(0.5, -1).buffer)],
  ["FP64", { fp64Contents: [0.1, -1] }, new Uint8Array(Float64Array.of(0.1, -1).buffer)],
  ["BYTES", { bytesContents: [Buffer.from("é"), Buffer.from("")] }, Uint8Array.of(2, 0, 0, 0, 0xc3, 0xa9, 0, 0, 0, 0)],
];
const inputs = (withContents: boolean) =>
  ELEMENTS.map(([datatype, contents]) => ({
    name: `in_${datatype}`,
    datatype,
    shape: [2n],
    ...(withContents ? { contents } : {}),
  }));
const raw = ELEMENTS.map(([, , bytes]) => bytes);

/** The second element of each as the value of a feature. */
const SECOND: Readonly<Record<string, unknown>> = {
  in_BOOL: false,
  in_UINT8: 255,
  in_UINT16: 65_535,
  in_UINT32: 4_294_967_295,
  in_UINT64: 2 ** 64,
  in_INT8: 127,
  in_INT16: 32_767,
  in_INT32: 2_147_483_647,
  in_INT64: 5n,
  in_FP16: -2,
  in_FP32: -1,
  in_FP64: -1,
  in_BYTES: "",
};

describe("a model asked with tensors", () => {
  test("takes and gives every type, as raw bytes", async () => {
    const response = await router.open.modelInfer({
      modelName: "echo",
      id: "x",
      inputs: inputs(false),
      rawInputContents: raw,
    });
    expect(response).toMatchObject({ modelName: "echo", id: "x", modelVersion: echo.slice(echo.lastIndexOf("/") + 1) });
    expect(response.outputs.map((it) => [it.name, it.datatype, it.shape])).toEqual(
      ELEMENTS.map(([datatype]) => [`out_${datatype}`, datatype, [2n]]),
    );
    expect(response.rawOutputContents.map((it) => [...it])).toEqual(raw.map((it) => [...it]));
    const metadataOrder = (await router.open.modelMetadata({ name: "echo" })).inputs.map((it) => it.name);
    const names = JSON.parse(String(response.parameters["predictions"]?.parameterChoice.value));
    const { prediction } = await router.inference.getPrediction({ name: names[1] });
    // The second element of each, in the order in which the model has its inputs.
    expect(prediction?.vector?.values.map((it) => it.value?.kind.value)).toEqual(
      metadataOrder.map((name) => SECOND[name]),
    );
    expect(prediction?.score).toBe(-1);
  });

  test("takes and gives typed contents, of the outputs that are asked for", async () => {
    const typed = ELEMENTS.filter(([datatype]) => datatype !== "FP16");
    const error = await router.open
      .modelInfer({ modelName: "echo", inputs: [...inputs(true)] })
      .catch(ConnectError.from);
    expect(fieldsOf(error)).toEqual(["inputs[9].contents"]);
    const outputs = typed.map(([datatype]) => ({ name: `out_${datatype}` }));
    const mixed = await router.open.modelInfer({
      modelName: "echo",
      inputs: inputs(false),
      rawInputContents: raw,
      outputs,
    });
    expect(mixed.outputs.map((it) => it.name)).toEqual(outputs.map((it) => it.name));
  });

  test("is told of every wrong field at once", async () => {
    const right = { name: "input", datatype: "FP32", shape: [1n, 3n], contents: { fp32Contents: [1, 2, 3] } };
    const cases: readonly (readonly [Request, readonly string[] | undefined])[] = [
      [{ inputs: [] }, ["inputs"]],
      [{ inputs: [{ ...right, name: "x" }] }, ["inputs[0].name", "inputs"]],
      [{ inputs: [{ ...right, datatype: "FP64" }] }, ["inputs[0].datatype"]],
      [{ inputs: [{ ...right, shape: [1n, 4n] }] }, ["inputs[0].shape"]],
      [{ inputs: [{ ...right, shape: [-1n, 3n] }] }, ["inputs[0].shape"]],
      [{ inputs: [{ ...right, shape: [2n ** 62n, 3n] }] }, ["inputs[0].shape"]],
      [{ inputs: [{ ...right, contents: { fp32Contents: [1] } }] }, ["inputs[0].contents"]],
      [{ inputs: [right], rawInputContents: [new Uint8Array(12)] }, ["inputs[0].contents"]],
      [
        { inputs: [{ ...right, contents: undefined as never }], rawInputContents: [new Uint8Array(7)] },
        ["inputs[0].shape"],
      ],
      [{ inputs: [right, right] }, ["inputs[1].name"]],
      [{ inputs: [right], outputs: [{ name: "x" }] }, ["outputs[0].name"]],
      [{ inputs: [{ ...right, shape: Array(1_000_000).fill(1n) }] }, ["inputs[0].shape"]],
      [{ inputs: [{ ...right, shape: [0n, 2n ** 63n - 1n] }] }, ["inputs[0].shape"]],
      [{ inputs: Array(100_000).fill(right) }, ["inputs"]],
      [{ inputs: [right], outputs: Array(100_000).fill({ name: "probabilities" }) }, ["outputs"]],
      [{ inputs: Array(100).fill({ ...right, name: "x".repeat(10_000) }) }, undefined],
    ];
    for (const [request, fields] of cases) {
      const error = await router.open
        .modelInfer({ modelName: "logistic", ...request } as Request)
        .catch(ConnectError.from);
      if (fields) expect(fieldsOf(error)).toEqual(fields);
      // What is wrong is told in what a caller can be sent: over gRPC a message travels in a header.
      expect(ConnectError.from(error).rawMessage.length).toBeLessThan(6_000);
    }
  });

  test("logs one row of FP32 as a prediction, which takes feedback like any other", async () => {
    const bytes = new Uint8Array(Float32Array.of(1, 0.1, 3).buffer);
    const request = {
      modelName: "default/logistic",
      inputs: [{ name: "input", datatype: "FP32", shape: [1n, 3n] }],
      rawInputContents: [bytes],
    };
    const response = await router.open.modelInfer(request);
    const said = (parameter: string) => response.parameters[parameter]?.parameterChoice.value;
    const name = String(said("prediction"));
    expect(said("release")).toBe(logistic);
    const { prediction } = await router.inference.getPrediction({ name });
    expect(JSON.parse(String(said("path")))).toEqual(prediction?.path);
    expect(JSON.parse(String(said("model_versions")))).toEqual(prediction?.modelVersions);
    expect(JSON.parse(String(said("view_versions")))).toEqual({ weather: 3 });
    expect(said("log_position")).toBe(`${prediction?.logPosition?.segment}/${prediction?.logPosition?.offset}`);
    expect(prediction?.features).toEqual(["a", "b", "c"]);
    expect(prediction?.vector?.rowDigest).toBe(rowDigest([1, Math.fround(0.1), 3]));
    const score = new DataView(
      response.rawOutputContents[0]?.buffer ?? new ArrayBuffer(8),
      response.rawOutputContents[0]?.byteOffset,
    ).getFloat32(4, true);
    expect(prediction?.score).toBe(score);
    const feedback = {
      deployment: "projects/default/deployments/logistic",
      feedback: [{ prediction: name, actual: 1 }],
    };
    expect(await router.inference.sendFeedback(feedback)).toMatchObject({ newCount: 1 });
  });

  test("says what it takes, and whether it can answer", async () => {
    expect(await router.open.modelMetadata({ name: "logistic" })).toMatchObject({
      platform: "onnxruntime_onnx",
      versions: [logistic.slice(-16)],
      inputs: [{ name: "input", datatype: "FP32", shape: [-1n, 3n] }],
      outputs: [{ name: "probabilities", datatype: "FP32", shape: [-1n, 2n] }],
    });
    expect(await router.open.modelReady({ name: "logistic" })).toMatchObject({ ready: true });
    expect(await router.open.serverReady({})).toMatchObject({ ready: true });
    expect(await router.open.serverLive({})).toMatchObject({ live: true });
    const unknown = await router.open
      .modelReady({ name: "logistic", version: "x" })
      .catch((error: unknown) => reasonOf(error));
    expect(unknown).toBe("RELEASE_NOT_SERVED");
  });

  test("that never ends is not ready until it is replaced, and the others answer meanwhile", async () => {
    const input = (first: number) => ({
      name: "input",
      datatype: "FP32",
      shape: [1n, 3n],
      contents: { fp32Contents: [first, 0, 0] },
    });
    const stuck = router.open
      .modelInfer({ modelName: "endless", inputs: [input(200)] })
      .catch((error: unknown) => reasonOf(error));
    for (let i = 0; i < 20; i++) await router.open.modelInfer({ modelName: "logistic", inputs: [input(i)] });
    expect(await stuck).toBe("MODEL_DEADLINE");
    while (!(await router.open.modelReady({ name: "endless" })).ready)
      await new Promise((resolve) => setTimeout(resolve, 5));
    expect((await router.open.modelInfer({ modelName: "endless", inputs: [input(3)] })).outputs).toHaveLength(1);
  });
});

function fieldsOf(error: unknown): readonly string[] {
  if (!(error instanceof ConnectError)) return [];
  return (error.findDetails(BadRequestSchema)[0]?.fieldViolations ?? []).map((it) => it.field);
}
