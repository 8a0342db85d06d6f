import { createHash } from "node:crypto";
import { Role } from "@throughline/contracts/throughline/type/v1/policy_pb";
import { requireToken } from "@throughline/rpc";
import { describe, expect, test } from "vitest";
import { type Answer, gatewayForTests } from "../testing-gateway.ts";

const gateway = await gatewayForTests();
const API = "/api/2.0/mlflow";
const MISSING = "0".repeat(32);

const post = (path: string, body: unknown, verb = "POST"): Promise<Answer> =>
  gateway.call(verb, `${API}/${path}`, body);
const get = (path: string): Promise<Answer> => gateway.call("GET", `${API}/${path}`);

let made = 0;
const newExperiment = async (): Promise<string> =>
  (await post("experiments/create", { name: `experiment ${made++}` })).json.experiment_id;
const newRun = async (experiment_id: string, more: object = {}): Promise<string> =>
  (await post("runs/create", { experiment_id, start_time: 1, ...more })).json.run.info.run_id;

const experiment = await newExperiment();
const run = await newRun(experiment);

describe("what MLflow's clients find", () => {
  test.each([API, "/ajax-api/2.0/mlflow", "/api/3.0/mlflow", "/projects/default/api/2.0/mlflow"])(
    "the same experiment below %s",
    async (base) => {
      const answer = await gateway.call("GET", `${base}/experiments/get?experiment_id=${experiment}`);
      expect([answer.status, answer.json.experiment.experiment_id]).toEqual([200, experiment]);
    },
  );

  test("another project's experiments below its own address, and its own default one", async () => {
    const other = "/projects/flights/api/2.0/mlflow";
    expect((await gateway.call("GET", `${other}/experiments/get?experiment_id=${experiment}`)).status).toBe(404);
    const answer = await gateway.call("GET", `${other}/experiments/get-by-name?experiment_name=Default`);
    expect(answer.json.experiment).toMatchObject({ experiment_id: "0", artifact_location: "mlflow-artifacts:/0" });
  });

  test("a name for a project that is none is refused", async () => {
    for (const name of ["UPPER", "%2e%2e", "a_b", "a".repeat(64)]) {
      const answer = await gateway.call("GET", `/projects/${name}/api/2.0/mlflow/experiments/get?experiment_id=0`);
      expect([name, answer.status, answer.json.error_code]).toEqual([name, 400, "INVALID_PARAMETER_VALUE"]);
    }
  });

  test("health, version and what the server can do", async () => {
    expect((await gateway.call("GET", "/health")).text).toBe("OK");
    expect((await gateway.call("GET", "/version")).text).toMatch(/^3\.\d+\.\d+$/);
    expect((await gateway.call("GET", "/projects/flights/version")).text).toMatch(/^3\./);
    const info = await gateway.call("GET", "/api/3.0/mlflow/server-info");
    expect(info.json).toMatchObject({ workspaces_enabled: false, multipart_uploads_enabled: false });
  });

  test.each([
    ["a path that MLflow has and the platform has not", "POST", "traces", 404, "ENDPOINT_NOT_FOUND"],
    ["a path that nobody has", "GET", "nothing", 404, "ENDPOINT_NOT_FOUND"],
    ["a double slash", "GET", "experiments//get?experiment_id=0", 404, "ENDPOINT_NOT_FOUND"],
    ["another case", "GET", "Experiments/get?experiment_id=0", 404, "ENDPOINT_NOT_FOUND"],
    ["an encoded slash", "GET", "logged-models/a%2Fb", 400, "INVALID_PARAMETER_VALUE"],
    ["a verb that a path does not take", "DELETE", "runs/create", 405, "BAD_REQUEST"],
  ])("%s", async (_what, verb, path, status, code) => {
    const answer = await gateway.call(verb, `${API}/${path}`);
    expect([answer.status, answer.json.error_code]).toEqual([status, code]);
  });
});

describe("whole numbers are exact both ways", () => {
  test.each(["9007199254740993", "-9007199254740993", "9223372036854775807", "-9223372036854775808", "7"])(
    "a step of %s",
    async (step) => {
      const id = await newRun(experiment);
      const body = `{"run_id": "${id}", "key": "m", "value": 1, "timestamp": 5, "step": ${step}}`;
      const headers = { "content-type": "application/json" };
      expect((await gateway.send({ method: "POST", path: `${API}/runs/log-metric`, headers, body })).text).toBe("{}");
      const { text } = await get(`metrics/get-history?run_id=${id}&metric_key=m`);
      expect(text).toContain(`"step":${step}}`);
      const asText = { run_id: id, key: "m2", value: "1", timestamp: "5", step };
      expect((await post("runs/log-metric", asText)).status).toBe(200);
    },
  );

  test("NaN and the infinities are texts both ways", async () => {
    const id = await newRun(experiment);
    for (const [i, value] of ["NaN", "Infinity", "-Infinity"].entries())
      await post("runs/log-metric", { run_id: id, key: "m", value, timestamp: i, step: i });
    const { json } = await get(`metrics/get-history?run_id=${id}&metric_key=m`);
    expect(json.metrics.map((it: { value: unknown }) => it.value)).toEqual(["NaN", "Infinity", "-Infinity"]);
  });
});

type Refusal = readonly [what: string, path: string, body: unknown, code: string, message: RegExp];

const metric = (more: object): object => ({ run_id: run, key: "m", value: 1, timestamp: 1, ...more });
const many = (count: number): object[] => Array.from({ length: count }, (_, i) => ({ key: `k${i}`, value: "1" }));

const REFUSALS: readonly Refusal[] = [
  ["no run", "runs/log-metric", { key: "m", value: 1, timestamp: 1 }, "INVALID_PARAMETER_VALUE", /run_id/],
  ["no key", "runs/log-metric", metric({ key: undefined }), "INVALID_PARAMETER_VALUE", /key/],
  ["no value", "runs/log-metric", metric({ value: null }), "INVALID_PARAMETER_VALUE", /value/],
  ["no time", "runs/log-metric", metric({ timestamp: undefined }), "INVALID_PARAMETER_VALUE", /timestamp/],
  ["a time before 1970", "runs/log-metric", metric({ timestamp: -1 }), "INVALID_PARAMETER_VALUE", /timestamp/],
  [
    "a time in the year 10000",
    "runs/log-metric",
    metric({ timestamp: 253402300800000 }),
    "INVALID_PARAMETER_VALUE",
    /timestamp/,
  ],
  ["half a step", "runs/log-metric", metric({ step: 1.5 }), "INVALID_PARAMETER_VALUE", /step/],
  ["a value that is a text", "runs/log-metric", metric({ value: "high" }), "INVALID_PARAMETER_VALUE", /value/],
  ["a key that is a number", "runs/log-metric", metric({ key: 5 }), "INVALID_PARAMETER_VALUE", /key/],
  ["a key that leads up", "runs/log-metric", metric({ key: "../up" }), "INVALID_PARAMETER_VALUE", /key/],
  [
    "a key like a prototype",
    "runs/set-tag",
    { run_id: run, key: "__proto__", value: "x" },
    "INVALID_PARAMETER_VALUE",
    /key/,
  ],
  ["a run that does not exist", "runs/log-metric", metric({ run_id: MISSING }), "RESOURCE_DOES_NOT_EXIST", /0000/],
  ["a run whose id is a path", "runs/log-metric", metric({ run_id: "../x" }), "INVALID_PARAMETER_VALUE", /run/],
  ["1,001 metrics", "runs/log-batch", { run_id: run, metrics: many(1_001) }, "INVALID_PARAMETER_VALUE", /1000/],
  ["101 params", "runs/log-batch", { run_id: run, params: many(101) }, "INVALID_PARAMETER_VALUE", /100/],
  ["101 tags", "runs/log-batch", { run_id: run, tags: many(101) }, "INVALID_PARAMETER_VALUE", /100/],
  ["metrics that are no list", "runs/log-batch", { run_id: run, metrics: {} }, "INVALID_PARAMETER_VALUE", /metrics/],
  [
    "a metric in a batch",
    "runs/log-batch",
    { run_id: run, metrics: [metric({}), {}] },
    "INVALID_PARAMETER_VALUE",
    /metrics\[1\]/,
  ],
  [
    "a param with two values in a batch",
    "runs/log-batch",
    {
      run_id: run,
      params: [
        { key: "p", value: "1" },
        { key: "p", value: "2" },
      ],
    },
    "INVALID_PARAMETER_VALUE",
    /params\[1\]/,
  ],
  ["a body that is a list", "runs/create", [], "INVALID_PARAMETER_VALUE", /body/],
  ["a status that is none", "runs/update", { run_id: run, status: 99 }, "INVALID_PARAMETER_VALUE", /status/],
  [
    "an address of another host",
    "artifacts/presigned-download-url",
    { run_id: run, path: "a" },
    "INVALID_PARAMETER_VALUE",
    /proxied artifact storage/,
  ],
  [
    "an address for an upload of both",
    "artifacts/presigned-upload-url",
    { run_id: run, model_id: "m", path: "a" },
    "INVALID_PARAMETER_VALUE",
    /model_id/,
  ],
  [
    "an address for a run that is not there",
    "artifacts/presigned-upload-url",
    { run_id: MISSING, path: "a" },
    "RESOURCE_DOES_NOT_EXIST",
    /000/,
  ],
  ["no experiments", "experiments/search-datasets", {}, "INVALID_PARAMETER_VALUE", /experiment_ids/],
  ["no experiment", "runs/create", { experiment_id: "none" }, "RESOURCE_DOES_NOT_EXIST", /none/],
  [
    "a view that is none",
    "runs/search",
    { experiment_ids: [experiment], run_view_type: "SOME" },
    "INVALID_PARAMETER_VALUE",
    /run_view_type/,
  ],
  [
    "50,001 runs",
    "runs/search",
    { experiment_ids: [experiment], max_results: 50_001 },
    "INVALID_PARAMETER_VALUE",
    /max_results/,
  ],
  ["no name", "experiments/create", {}, "INVALID_PARAMETER_VALUE", /name/],
  ["a long name", "experiments/create", { name: "x".repeat(501) }, "INVALID_PARAMETER_VALUE", /name/],
  ["a name twice", "experiments/create", { name: "experiment 0" }, "RESOURCE_ALREADY_EXISTS", /experiment 0/],
  [
    "a place for artifacts",
    "experiments/create",
    { name: "x", artifact_location: "s3://b" },
    "INVALID_PARAMETER_VALUE",
    /artifact_location/,
  ],
  [
    "a data set without a digest",
    "runs/log-inputs",
    { run_id: run, datasets: [{ dataset: { name: "d" } }] },
    "INVALID_PARAMETER_VALUE",
    /digest/,
  ],
  ["an input that is none", "runs/log-inputs", { run_id: run, datasets: [{}] }, "INVALID_PARAMETER_VALUE", /dataset/],
  ["a model without its id", "runs/outputs", { run_id: run, models: [{}] }, "INVALID_PARAMETER_VALUE", /model_id/],
  [
    "a logged model with a slash",
    "logged-models",
    { experiment_id: experiment, name: "a/b" },
    "INVALID_PARAMETER_VALUE",
    /name/,
  ],
  ["a registered model with a slash", "registered-models/create", { name: "a/b" }, "INVALID_PARAMETER_VALUE", /name/],
  [
    "an alias that is reserved",
    "registered-models/alias",
    { name: "m", alias: "latest", version: "1" },
    "INVALID_PARAMETER_VALUE",
    /alias/,
  ],
  [
    "a version that is none",
    "registered-models/alias",
    { name: "m", alias: "a", version: "x" },
    "INVALID_PARAMETER_VALUE",
    /version/,
  ],
  [
    "an alias of no model",
    "registered-models/alias",
    { name: "none", alias: "a", version: "1" },
    "RESOURCE_DOES_NOT_EXIST",
    /none/,
  ],
  [
    "a source elsewhere",
    "model-versions/create",
    { name: "m", source: "file:///etc" },
    "INVALID_PARAMETER_VALUE",
    /source/,
  ],
  [
    "a stage that is none",
    "model-versions/transition-stage",
    { name: "m", version: "1", stage: "Best" },
    "INVALID_PARAMETER_VALUE",
    /stage/,
  ],
];

describe("what is refused, as MLflow's clients expect it", () => {
  test.each(REFUSALS)("%s", async (_what, path, body, code, message) => {
    const answer = await post(path, body);
    expect([answer.json.error_code, answer.status]).toEqual([code, code === "RESOURCE_DOES_NOT_EXIST" ? 404 : 400]);
    expect(answer.json.message).toMatch(message);
    expect(Object.keys(answer.json)).toEqual(["error_code", "message"]);
  });

  test.each([
    ["no JSON", "{", 400, "BAD_REQUEST"],
    [
      "a number beyond doubles",
      `{"run_id": "${run}", "metrics": [{"key": "m", "value": 1e999, "timestamp": 1}]}`,
      400,
      "INVALID_PARAMETER_VALUE",
    ],
    ["100,000 levels", `${"[".repeat(100_000)}${"]".repeat(100_000)}`, 400, "BAD_REQUEST"],
    ["more than a batch may have", `{"run_id": "${"x".repeat(1_000_000)}"}`, 413, "INVALID_PARAMETER_VALUE"],
    ["broken UTF-8", Buffer.from([0x22, 0xff, 0x22]), 400, "INVALID_PARAMETER_VALUE"],
  ])("a body of %s", async (_what, body, status, code) => {
    const headers = { "content-type": "application/json" };
    const answer = await gateway.send({ method: "POST", path: `${API}/runs/log-batch`, headers, body });
    expect([answer.status, answer.json.error_code]).toEqual([status, code]);
  });

  test("a batch of which one part is refused leaves nothing behind", async () => {
    const id = await newRun(experiment);
    await post("runs/log-parameter", { run_id: id, key: "p", value: "1" });
    const batch = { run_id: id, metrics: [metric({})], params: [{ key: "p", value: "2" }] };
    const answer = await post("runs/log-batch", batch);
    expect([answer.status, answer.json.error_code]).toEqual([400, "INVALID_PARAMETER_VALUE"]);
    expect((await get(`runs/get?run_id=${id}`)).json.run.data).toMatchObject({ params: [{ key: "p", value: "1" }] });
    expect((await get(`runs/get?run_id=${id}`)).json.run.data.metrics).toBeUndefined();
  });

  test.each([
    [{ step: "1.0" }, 1],
    [{ step: "1e3" }, 1_000],
    [{ step: 2.0 }, 2],
    [{ step: "-4.00" }, -4],
  ])("%j is a whole number", async (given, step) => {
    const id = await newRun(experiment);
    expect((await post("runs/log-metric", { ...metric(given), run_id: id })).status).toBe(200);
    expect((await get(`runs/get?run_id=${id}`)).json.run.data.metrics).toMatchObject([{ step }]);
  });

  test.each([
    [3, "FINISHED"],
    ["5", "KILLED"],
    ["finished", "RUNNING"],
    ["UNKNOWN", "RUNNING"],
  ])("the status %j makes a run %s", async (status, expected) => {
    const id = await newRun(experiment);
    const { json } = await post("runs/update", { run_id: id, status });
    expect(json.run_info.status).toBe(expected);
  });

  test("a deleted experiment takes its runs along, is neither deleted again nor renamed, and comes back", async () => {
    const of = await newExperiment();
    const id = await newRun(of);
    const body = { experiment_id: of };
    expect((await post("experiments/delete", body)).status).toBe(200);
    expect((await get(`runs/get?run_id=${id}`)).json.run.info.lifecycle_stage).toBe("deleted");
    expect((await post("runs/log-metric", { ...metric({}), run_id: id })).json.error_code).toBe(
      "INVALID_PARAMETER_VALUE",
    );
    expect((await post("experiments/delete", body)).status).toBe(404);
    expect((await post("experiments/update", { ...body, new_name: "other" })).status).toBe(400);
    expect((await post("experiments/restore", body)).status).toBe(200);
    expect((await post("experiments/restore", body)).status).toBe(404);
    expect((await get(`runs/get?run_id=${id}`)).json.run.info.lifecycle_stage).toBe("active");
  });

  test("fields that MLflow does not have are passed over", async () => {
    expect((await post("runs/log-metric", metric({ extra: { a: [1] } }))).status).toBe(200);
  });
});

test("a token is shown as Bearer or as the password of Basic, and nothing else opens a project", async () => {
  const tokenSha256 = createHash("sha256").update("secret").digest("hex");
  const authenticate = requireToken([{ actor: "scientist", role: Role.EDITOR, tokenSha256 }]);
  const closed = await gatewayForTests({ authenticate });
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;
  const asked = async (authorization?: string): Promise<Answer> =>
    closed.send({
      path: `${API}/experiments/get?experiment_id=0`,
      ...(authorization && { headers: { authorization } }),
    });
  for (const open of ["Bearer secret", basic("anybody:secret"), basic(":secret")])
    expect([open, (await asked(open)).status]).toEqual([open, 200]);
  for (const shut of [
    undefined,
    "Bearer guess",
    "secret",
    basic("secret:guess"),
    basic("secret"),
    "Basic !",
    basic("a:secret:"),
    basic("a:secret\r\nx: y"),
  ]) {
    const answer = await asked(shut);
    expect([shut, answer.status, answer.json.error_code]).toEqual([shut, 401, "UNAUTHENTICATED"]);
  }
  const upload = { method: "PUT", path: "/api/2.0/mlflow-artifacts/artifacts/a.txt", body: "x" };
  expect((await closed.send(upload)).json.error_code).toBe("UNAUTHENTICATED");
});

test("nothing of all this was a bug", () => expect(gateway.bugs).toEqual([]));
