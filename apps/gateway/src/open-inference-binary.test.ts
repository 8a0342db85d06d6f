import { deflateSync, gunzipSync, gzipSync, inflateSync } from "node:zlib";
import { inMemoryTransport } from "@throughline/rpc";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
// By path, as in testing-gateway.ts: the real router, with the models of its own tests.
import { platform } from "../../inference-router/src/testing-platform.ts";
import { guardedMounts } from "../../inference-router/src/testing-router.ts";
import { type Answer, type GatewayForTests, gatewayForTests } from "./testing-gateway.ts";

let gateway: GatewayForTests;
beforeAll(async () => {
  const { registry, model, start } = await platform();
  const risk = registry.release(await model("logistic3"), { output: "probabilities", column: 1 });
  const echo = registry.release(await model("echo"), { features: false, input: "in_FP32", output: "out_FP32" });
  registry.deploy("projects/default/deployments/risk", { [risk]: 10_000 });
  registry.deploy("projects/default/deployments/echo", { [echo]: 10_000 });
  const router = await start();
  await router.serving("projects/default/deployments/risk", [risk]);
  await router.serving("projects/default/deployments/echo", [echo]);
  gateway = await gatewayForTests({
    transports: { "inference-router": inMemoryTransport(guardedMounts(router.service)) },
  });
});

type Json = Readonly<Record<string, unknown>>;

/** A body of JSON with binary tensor data behind it. */
function binaryBody(json: Json, ...data: readonly Uint8Array[]) {
  const head = Buffer.from(JSON.stringify(json));
  return { body: Buffer.concat([head, ...data]), headers: { "inference-header-content-length": String(head.length) } };
}

interface Sent {
  readonly body: Uint8Array | string;
  readonly headers: Readonly<Record<string, string>>;
}

const post = (path: string, { body, headers }: Sent): Promise<Answer> =>
  gateway.send({ method: "POST", path, headers, body });

/** The JSON and the data of each output of a binary answer. */
function readBinary(bytes: Buffer, headerLength: unknown) {
  const length = Number(headerLength);
  const json = JSON.parse(bytes.subarray(0, length).toString("utf8"));
  let at = length;
  const data: Buffer[] = json.outputs.map(({ parameters }: { parameters: { binary_data_size: number } }) => {
    const start = at;
    at += parameters.binary_data_size;
    return bytes.subarray(start, at);
  });
  expect(at).toBe(bytes.byteLength);
  return { json, data };
}

const LENGTH = "inference-header-content-length";
const ROWS = new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer);
const binaryInput = { name: "input", datatype: "FP32", shape: [2, 3], parameters: { binary_data_size: 24 } };
const jsonInput = { name: "input", datatype: "FP32", shape: [2, 3], data: [1, 2, 3, 4, 5, 6] };
const RISK = "/v2/models/risk/infer";

/** The raw bytes of two elements of each type, with NaNs whose bits say something. */
const RAW: readonly (readonly [string, Uint8Array])[] = [
  ["BOOL", Uint8Array.of(1, 0)],
  ["UINT8", Uint8Array.of(1, 255)],
  ["UINT16", Uint8Array.of(1, 0, 255, 255)],
  ["UINT32", new Uint8Array(Uint32Array.of(1, 4_294_967_295).buffer)],
  ["UINT64", new Uint8Array(BigUint64Array.of(1n, 2n ** 64n - 1n).buffer)],
  ["INT8", Uint8Array.of(255, 127)],
  ["INT16", new Uint8Array(Int16Array.of(-1, 32_767).buffer)],
  ["INT32", new Uint8Array(Int32Array.of(-1, 2_147_483_647).buffer)],
  ["INT64", new Uint8Array(BigInt64Array.of(-(2n ** 63n), 5n).buffer)],
  ["FP16", new Uint8Array(Uint16Array.of(0x7e2a, 0xc000).buffer)],
  ["FP32", new Uint8Array(Uint32Array.of(0x7fc1_2345, 0xbf80_0000).buffer)],
  ["FP64", new Uint8Array(BigUint64Array.of(0x7ff8_0000_0000_002an, 0xfff0_0000_0000_0000n).buffer)],
  ["BYTES", Uint8Array.of(2, 0, 0, 0, 0xc3, 0xa9, 0, 0, 0, 0)],
];

describe("binary tensor data", () => {
  test("of every type goes in and comes out, bit by bit", async () => {
    const inputs = RAW.map(([datatype, raw]) => ({
      name: `in_${datatype}`,
      datatype,
      shape: [2],
      parameters: { binary_data_size: raw.byteLength },
    }));
    const asked = binaryBody({ inputs, parameters: { binary_data_output: true } }, ...RAW.map(([, raw]) => raw));
    const answer = await post("/v2/models/echo/infer", asked);
    expect([answer.status, answer.headers["content-type"]]).toEqual([200, "application/octet-stream"]);
    const { json, data } = readBinary(answer.bytes, answer.headers[LENGTH]);
    expect(json.outputs.map((it: Json) => it["datatype"])).toEqual(RAW.map(([datatype]) => datatype));
    expect(data.map((it) => [...it])).toEqual(RAW.map(([, raw]) => [...raw]));
  });

  test("and JSON say the same, in and out, output by output", async () => {
    const plain = await gateway.call("POST", RISK, { inputs: [jsonInput] });
    const binaryIn = await post(RISK, binaryBody({ inputs: [binaryInput] }, ROWS));
    expect(binaryIn.headers["content-type"]).toBe("application/json");
    expect(binaryIn.json.outputs).toEqual(plain.json.outputs);
    const outputs = [{ name: "probabilities", parameters: { binary_data: true } }];
    const binaryOut = await gateway.call("POST", RISK, { inputs: [jsonInput], outputs });
    const { data } = readBinary(binaryOut.bytes, binaryOut.headers[LENGTH]);
    const numbers = [...new Float32Array(Uint8Array.from(data[0] ?? []).buffer)];
    expect(numbers).toEqual(plain.json.outputs[0].data);
    const declined = {
      parameters: { binary_data_output: true },
      outputs: [{ name: "probabilities", parameters: { binary_data: false } }],
    };
    expect((await gateway.call("POST", RISK, { inputs: [jsonInput], ...declined })).json.outputs).toEqual(
      plain.json.outputs,
    );
  });

  test.each<readonly [string, () => Sent, string]>([
    ["a length that is none", () => ({ body: "{}", headers: { [LENGTH]: "ten" } }), LENGTH],
    ["a negative length", () => ({ body: "{}", headers: { [LENGTH]: "-1" } }), LENGTH],
    ["a length beyond the body", () => ({ body: "{}", headers: { [LENGTH]: "3" } }), LENGTH],
    ["a length beyond all", () => ({ body: "{}", headers: { [LENGTH]: "9".repeat(30) } }), LENGTH],
    ["a length that cuts the JSON", () => ({ ...binaryBody({ inputs: [] }), headers: { [LENGTH]: "5" } }), "body"],
    ["raw data that come to no whole rows", () => ({ body: ROWS.subarray(4), headers: { [LENGTH]: "0" } }), "body"],
    ["fewer bytes than said", () => binaryBody({ inputs: [binaryInput] }, ROWS.subarray(1)), "binary_data_size"],
    ["more bytes than said", () => binaryBody({ inputs: [binaryInput] }, ROWS, ROWS), "inputs"],
    ["bytes for no input", () => binaryBody({ inputs: [jsonInput] }, ROWS), "inputs"],
    ["a size that is none", () => sized("24"), "inputs[0].parameters.binary_data_size"],
    ["a negative size", () => sized(-24), "inputs[0].parameters.binary_data_size"],
    ["a size beyond all", () => sized(2 ** 60), "inputs[0].parameters.binary_data_size"],
    [
      "another size than the shape says",
      () => binaryBody({ inputs: [{ ...binaryInput, shape: [3, 3] }] }, ROWS),
      "inputs[0].shape",
    ],
    [
      "a shape beyond all",
      () => binaryBody({ inputs: [{ ...binaryInput, shape: [2 ** 52, 3] }] }, ROWS),
      "inputs[0].shape",
    ],
    [
      "a thousand dimensions",
      () => binaryBody({ inputs: [{ ...binaryInput, shape: Array(1_000).fill(1) }] }, ROWS),
      "inputs[0].shape",
    ],
    ["data beside binary data", () => binaryBody({ inputs: [{ ...binaryInput, data: [1] }] }, ROWS), "inputs[0].data"],
    ["texts whose length lies", () => texts(Uint8Array.of(255, 255, 255, 255, 65)), "inputs[12]"],
    ["texts that end in a length", () => texts(Uint8Array.of(1, 0, 0)), "inputs[12]"],
    ["texts that are no UTF-8", () => texts(Uint8Array.of(1, 0, 0, 0, 0xff, 0, 0, 0, 0)), "inputs[12]"],
    [
      "a flag that is none",
      () => binaryBody({ inputs: [jsonInput], parameters: { binary_data_output: 1 } }),
      "parameters.binary_data_output",
    ],
    [
      "shared memory",
      () => binaryBody({ inputs: [{ ...jsonInput, data: undefined, parameters: { shared_memory_region: "a" } }] }),
      "inputs[0].parameters",
    ],
  ])("with %s is refused with the path, and others are answered", async (_what, sent, path) => {
    const body = sent();
    const isEcho = path.startsWith("inputs[12]");
    const answer = await post(isEcho ? "/v2/models/echo/infer" : RISK, body);
    expect([answer.status, typeof answer.json.error]).toEqual([400, "string"]);
    expect(answer.json.error).toContain(path);
    expect(gateway.bugs).toEqual([]);
    expect((await gateway.call("POST", RISK, { inputs: [jsonInput] })).status).toBe(200);
  });

  test("alone is all that a model of one input needs", async () => {
    const raw = await post(RISK, { body: ROWS, headers: { [LENGTH]: "0" } });
    const { json, data } = readBinary(raw.bytes, raw.headers[LENGTH]);
    expect(json.outputs[0].shape).toEqual([2, 2]);
    const plain = await gateway.call("POST", RISK, { inputs: [jsonInput] });
    expect([...new Float32Array(Uint8Array.from(data[0] ?? []).buffer)]).toEqual(plain.json.outputs[0].data);
    const several = await post("/v2/models/echo/infer", { body: ROWS, headers: { [LENGTH]: "0" } });
    expect([several.status, several.json.error]).toEqual([400, expect.stringContaining("13 inputs")]);
  });

  test("that is changed at random is answered or refused, and nothing breaks", async () => {
    const inputs = [binaryInput];
    const { body, headers } = binaryBody({ inputs, parameters: { binary_data_output: true } }, ROWS);
    const change = fc.record({ at: fc.nat(body.length - 1), byte: fc.nat(255) });
    const changed = fc.record({
      bytes: fc.array(change, { maxLength: 4 }),
      cut: fc.nat(body.length),
      length: fc.integer({ min: -1, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(changed, async ({ bytes, cut, length }) => {
        const sent = Buffer.from(body);
        for (const it of bytes) sent[it.at] = it.byte;
        const end = cut % 3 === 0 ? cut : body.length;
        const headerLength = String(Number(headers[LENGTH]) + length);
        const answer = await post(RISK, { body: sent.subarray(0, end), headers: { [LENGTH]: headerLength } });
        expect([200, 400]).toContain(answer.status);
      }),
      { numRuns: 300 },
    );
    expect(gateway.bugs).toEqual([]);
  });

  const sized = (binary_data_size: unknown) =>
    binaryBody({ inputs: [{ ...binaryInput, parameters: { binary_data_size } }] }, ROWS);

  /** All types, with other texts. */
  const texts = (bytes: Uint8Array) => {
    const all = RAW.map(([datatype, raw]) => [datatype, datatype === "BYTES" ? bytes : raw] as const);
    const inputs = all.map(([datatype, raw]) => ({
      name: `in_${datatype}`,
      datatype,
      shape: [2],
      parameters: { binary_data_size: raw.byteLength },
    }));
    return binaryBody({ inputs }, ...all.map(([, raw]) => raw));
  };
});

describe("compression", () => {
  const sent = binaryBody({ inputs: [binaryInput] }, ROWS);

  test.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
  ] as const)("by %s is undone, and done where it is asked for and worth it", async (encoding, compress) => {
    const headers = { ...sent.headers, "content-encoding": encoding };
    const small = await post(RISK, { headers: { ...headers, "accept-encoding": encoding }, body: compress(sent.body) });
    expect([small.status, small.headers["content-encoding"]]).toEqual([200, undefined]);
    const rows = 1_000;
    const many = { ...jsonInput, shape: [rows, 3], data: Array(rows * 3).fill(0.5) };
    const body = { inputs: [many], parameters: { binary_data_output: true } };
    const large = await post(RISK, {
      headers: { "content-encoding": encoding, "accept-encoding": `br, ${encoding};q=0.5, identity;q=0.1` },
      body: compress(JSON.stringify(body)),
    });
    expect([large.status, large.headers["content-encoding"]]).toEqual([200, encoding]);
    const bytes = encoding === "gzip" ? gunzipSync(large.bytes) : inflateSync(large.bytes);
    expect(bytes.byteLength).toBeGreaterThan(large.bytes.byteLength);
    expect(readBinary(bytes, large.headers[LENGTH]).data[0]).toHaveLength(rows * 2 * 4);
  });

  test.each<readonly [string, string, Uint8Array, number]>([
    ["text that is not compressed", "gzip", Buffer.from("{}"), 400],
    ["half of a compressed body", "gzip", gzipSync(sent.body).subarray(0, 20), 400],
    ["nothing", "deflate", Buffer.alloc(0), 400],
    ["an encoding that is not taken", "br", Buffer.from("{}"), 415],
    ["two encodings", "gzip, gzip", gzipSync(gzipSync(sent.body)), 415],
    ["an encoding that objects have", "constructor", Buffer.from("{}"), 415],
    ["a body that becomes larger than any may be", "gzip", gzipSync(Buffer.alloc(65 * 1024 * 1024)), 413],
  ])("refuses %s", async (_what, encoding, body, status) => {
    const answer = await post(RISK, { headers: { "content-encoding": encoding }, body });
    expect([answer.status, typeof answer.json.error]).toEqual([status, "string"]);
    expect(gateway.bugs).toEqual([]);
  });
});

describe("huge bodies", () => {
  test.each<readonly [string, () => string | Uint8Array, number]>([
    ["more bytes than any request may have", () => Buffer.alloc(64 * 1024 * 1024 + 1), 413],
    ["ten million brackets", () => "[".repeat(10_000_000), 400],
    [
      "a million elements for a row of three",
      () => JSON.stringify({ inputs: [{ ...jsonInput, data: Array(1_000_000).fill(1) }] }),
      400,
    ],
    ["a hundred thousand inputs", () => JSON.stringify({ inputs: Array(100_000).fill(jsonInput) }), 400],
    [
      "a name of a million characters",
      () => JSON.stringify({ inputs: [{ ...jsonInput, name: "x".repeat(1_000_000) }] }),
      400,
    ],
  ])("of %s are refused in few words, and others are answered", async (_what, body, status) => {
    const answer = await post(RISK, { headers: {}, body: body() });
    expect([answer.status, typeof answer.json.error]).toEqual([status, "string"]);
    expect(answer.text.length).toBeLessThan(6_000);
    expect(gateway.bugs).toEqual([]);
    expect((await gateway.call("POST", RISK, { inputs: [jsonInput] })).status).toBe(200);
  });
});

describe("Triton's extensions", () => {
  test("tell how a model is run and what it has answered", async () => {
    const config = await gateway.call("GET", "/v2/models/risk/config");
    expect(config.json).toMatchObject({
      name: "risk",
      platform: "onnxruntime_onnx",
      backend: "onnxruntime",
      max_batch_size: 32,
      input: [{ name: "input", data_type: "TYPE_FP32", dims: [3] }],
      output: [{ name: "probabilities", data_type: "TYPE_FP32", dims: [2] }],
      dynamic_batching: {},
    });
    await gateway.call("POST", RISK, { inputs: [jsonInput] });
    const { json } = await gateway.call("GET", "/v2/models/risk/stats");
    expect(json.model_stats).toHaveLength(1);
    expect(json.model_stats[0].inference_count).toBeGreaterThan(0);
    expect(json.model_stats[0].inference_stats.success.ns).toBeGreaterThan(0);
    const { version } = json.model_stats[0];
    expect((await gateway.call("GET", `/v2/models/risk/versions/${version}/stats`)).json.model_stats).toHaveLength(1);
    expect((await gateway.call("GET", "/v2/models/stats")).json.model_stats).toHaveLength(2);
  });

  test("classify", async () => {
    const outputs = [{ name: "probabilities", parameters: { classification: 1 } }];
    const { json } = await gateway.call("POST", RISK, { inputs: [jsonInput], outputs });
    expect(json.outputs[0]).toMatchObject({ datatype: "BYTES", shape: [2, 1] });
    expect(json.outputs[0].data[0]).toMatch(/^\d\.\d{6}:[01]$/);
    const wrong = [{ name: "probabilities", parameters: { classification: 0 } }];
    const refused = await gateway.call("POST", RISK, { inputs: [jsonInput], outputs: wrong });
    expect([refused.status, refused.json.error]).toEqual([400, expect.stringContaining("classification")]);
  });

  test("list, load and unload models", async () => {
    const index = await gateway.call("POST", "/v2/repository/index", { ready: true });
    expect(index.json.map((it: Json) => [it["name"], it["state"]])).toEqual([
      ["echo", "READY"],
      ["risk", "READY"],
    ]);
    expect((await gateway.call("POST", "/v2/repository/models/risk/load", {})).status).toBe(200);
    const unload = await gateway.call("POST", "/v2/repository/models/risk/unload", {});
    expect([unload.status, unload.json.error]).toEqual([412, expect.stringContaining("with a share of 100 %")]);
    const file = { parameters: { "file:1/model.onnx": "AAAA" } };
    expect((await gateway.call("POST", "/v2/repository/models/risk/load", file)).status).toBe(400);
    expect((await gateway.call("POST", "/v2/repository/models/none/load", {})).status).toBe(404);
    expect((await gateway.call("POST", "/v2/repository/index", { ready: 1 })).status).toBe(400);
  });

  test.each([
    ["GET", "/v2/systemsharedmemory/status"],
    ["GET", "/v2/systemsharedmemory/region/a/status"],
    ["POST", "/v2/systemsharedmemory/region/a/register"],
    ["POST", "/v2/cudasharedmemory/unregister"],
    ["GET", "/v2/trace/setting"],
    ["POST", "/v2/models/risk/trace/setting"],
    ["GET", "/v2/logging"],
  ])("that are not offered say why: %s %s", async (method, path) => {
    const answer = await gateway.call(method, path, method === "POST" ? {} : undefined);
    expect(answer.status).toBe(501);
    expect(answer.json.error).toMatch(/not offered|not set by callers/);
  });
});
