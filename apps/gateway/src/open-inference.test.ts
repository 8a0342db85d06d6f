import { GRPCInferenceService } from "@throughline/contracts/inference/open_inference_pb";
import { DomainError } from "@throughline/kernel";
import { inMemoryTransport, mount, translate } from "@throughline/rpc";
import { beforeAll, describe, expect, test } from "vitest";
// By path, as in testing-gateway.ts: the real router, with the models of its own tests.
import { platform } from "../../inference-router/src/testing-platform.ts";
import { guardedMounts } from "../../inference-router/src/testing-router.ts";
import { type Answer, type GatewayForTests, gatewayForTests } from "./testing-gateway.ts";

let gateway: GatewayForTests;
beforeAll(async () => {
  const { registry, model, start } = await platform();
  const release = registry.release(await model("logistic3"), { output: "probabilities", column: 1 });
  registry.deploy("projects/default/deployments/risk", { [release]: 10_000 });
  const router = await start();
  await router.serving("projects/default/deployments/risk", [release]);
  gateway = await gatewayForTests({
    transports: { "inference-router": inMemoryTransport(guardedMounts(router.service)) },
  });
});

const INPUT = { name: "input", datatype: "FP32", shape: [2, 3], data: [1, 2, 3, 4, 5, 6] };
const infer = (body: unknown, path = "/v2/models/risk/infer"): Promise<Answer> => gateway.call("POST", path, body);

describe("the paths of the protocol", () => {
  test("tell of the server and the model", async () => {
    expect((await gateway.call("GET", "/v2")).json).toEqual({
      name: "throughline",
      version: "0.1.0",
      extensions: [
        ...["binary_tensor_data", "classification", "model_configuration"],
        ...["model_repository", "parameters", "statistics"],
      ],
    });
    expect((await gateway.call("GET", "/v2/health/live")).json).toEqual({ live: true });
    expect((await gateway.call("GET", "/v2/health/ready")).json).toEqual({ ready: true });
    expect((await gateway.call("GET", "/v2/models/risk/ready")).json).toEqual({ name: "risk", ready: true });
    const { json } = await gateway.call("GET", "/v2/models/default%2Frisk");
    expect(json).toMatchObject({ name: "default/risk", inputs: [{ name: "input", datatype: "FP32" }] });
    expect(json.inputs[0].shape.every((it: unknown) => typeof it === "number")).toBe(true);
  });

  test("answer tensors, flat or nested, alike", async () => {
    const flat = await infer({ id: "7", inputs: [INPUT] });
    expect([flat.status, flat.json.id, flat.json.model_name]).toEqual([200, "7", "risk"]);
    const [output] = flat.json.outputs;
    expect(output.data).toHaveLength(output.shape.reduce((product: number, it: number) => product * it, 1));
    const nested = await infer({
      inputs: [
        {
          ...INPUT,
          data: [
            [1, 2, 3],
            [4, 5, 6],
          ],
        },
      ],
    });
    expect(nested.json.outputs).toEqual(flat.json.outputs);
    const version = flat.json.model_version;
    for (const name of ["default/risk", "default%2Frisk"]) {
      for (const path of [`/v2/models/${name}/infer`, `/v2/models/${name}/versions/${version}/infer`]) {
        expect((await infer({ inputs: [INPUT] }, path)).json.outputs).toEqual(flat.json.outputs);
      }
      expect((await gateway.call("GET", `/v2/models/${name}/ready`)).status).toBe(200);
      expect((await gateway.call("GET", `/v2/models/${name}`)).status).toBe(200);
      expect((await gateway.call("POST", `/v2/repository/models/${name}/load`, {})).status).toBe(200);
    }
    const fixed = await infer({ inputs: [INPUT] }, `/v2/models/risk/versions/${version}/infer`);
    expect(fixed.json.outputs).toEqual(flat.json.outputs);
  });

  test.each([
    ["GET", "/v2/models/risk/infer", 405],
    ["POST", "/v2/health/live", 405],
    ["DELETE", "/v2/models/risk", 405],
    ["GET", "/v2/repository/index", 405],
    ["GET", "/v2/models", 404],
    ["GET", "/v2/models/risk/ready/", 404],
    ["GET", "/v2/models/a/b/c", 404],
    ["GET", "/v2/models/none", 404],
    ["GET", "/v2/models/%", 400],
    ["GET", "/v2/models/%ff/ready", 400],
    ["GET", "/v2/models/a%2Fb%2Fc", 400],
    ["GET", "/v2/models/a%2Fb/c", 400],
    ["GET", "/v2/models/risk/versions", 404],
    ["GET", "/v2/models/..%2F..%2Fetc", 400],
  ])("%s %s is answered with %i", async (method, path, status) => {
    const answer = await gateway.call(method, path);
    expect(answer.status).toBe(status);
    expect(typeof answer.json.error).toBe("string");
  });
});

test("a refusal for now says when to try again", async () => {
  const full = new DomainError("exhausted", "QUEUE_FULL", "The queue is full.", { retryAfterMs: 1_200 });
  const refuse = (): never => {
    throw translate(full, () => {});
  };
  const router = mount(GRPCInferenceService, { modelInfer: refuse } as never);
  const busy = await gatewayForTests({ transports: { "inference-router": inMemoryTransport([router]) } });
  const answer = await busy.call("POST", "/v2/models/risk/infer", { inputs: [INPUT] });
  expect([answer.status, answer.headers["retry-after"]]).toEqual([429, "2"]);
  expect(answer.json).toEqual({ error: "The queue is full." });
});

describe("hostile tensors", () => {
  test.each<readonly [string, unknown, string]>([
    ["no object", [], "body"],
    ["no inputs", {}, "inputs"],
    ["inputs that are none", { inputs: {} }, "inputs"],
    ["an input that is none", { inputs: [null] }, "inputs[0]"],
    ["no name", { inputs: [{ ...INPUT, name: undefined }] }, "inputs[0].name"],
    ["an unknown datatype", { inputs: [{ ...INPUT, datatype: "FP8" }] }, "inputs[0].datatype"],
    ["a negative size", { inputs: [{ ...INPUT, shape: [-1, 3] }] }, "inputs[0].shape[0]"],
    ["a size that is none", { inputs: [{ ...INPUT, shape: ["2", 3] }] }, "inputs[0].shape[0]"],
    ["a size beyond all", { inputs: [{ ...INPUT, shape: [2 ** 53, 3] }] }, "inputs[0].shape[0]"],
    ["a tensor of 2^52 elements", { inputs: [{ ...INPUT, shape: [2 ** 51, 3] }] }, "inputs[0].data"],
    ["fewer elements than the shape says", { inputs: [{ ...INPUT, data: [1] }] }, "inputs[0]"],
    [
      "ragged rows",
      {
        inputs: [
          {
            ...INPUT,
            data: [
              [1, 2, 3],
              [4, 5],
            ],
          },
        ],
      },
      "inputs[0].data",
    ],
    ["rows among elements", { inputs: [{ ...INPUT, data: [1, 2, 3, [4, 5, 6]] }] }, "inputs[0].data"],
    [
      "rows too deep",
      {
        inputs: [
          {
            ...INPUT,
            data: [
              [[1], [2], [3]],
              [[4], [5], [6]],
            ],
          },
        ],
      },
      "inputs[0].data",
    ],
    ["text among numbers", { inputs: [{ ...INPUT, data: [1, 2, 3, 4, 5, "6"] }] }, "inputs[0].data[5]"],
    ["a null among numbers", { inputs: [{ ...INPUT, data: [1, 2, 3, 4, 5, null] }] }, "inputs[0].data[5]"],
    ["an input that the model has not", { inputs: [{ ...INPUT, name: "other" }] }, "inputs[0].name"],
    ["parameters that are none", { inputs: [INPUT], parameters: [] }, "parameters"],
    ["a parameter that is a list", { inputs: [INPUT], parameters: { a: [] } }, "parameters.a"],
    ["an id that is no text", { inputs: [INPUT], id: 7 }, "id"],
  ])("%s are refused with the path", async (_what, body, path) => {
    const answer = await infer(body);
    expect([answer.status, typeof answer.json.error]).toEqual([400, "string"]);
    expect(answer.json.error).toContain(path);
    expect(gateway.bugs).toEqual([]);
  });

  test.each([
    '{"inputs":[{"data":[1e999]}]}',
    `{"a":${"[".repeat(200)}${"]".repeat(200)}}`,
    '{"__proto__":{}}',
    '{"id":"a","id":"b"}',
    "{",
    "nul",
  ])("the text %j is refused", async (body) => {
    const headers = { "content-type": "application/json" };
    expect((await gateway.send({ method: "POST", path: "/v2/models/risk/infer", headers, body })).status).toBe(400);
  });
});
