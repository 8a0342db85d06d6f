import { expect, test } from "vitest";
import { type Answer, gatewayForTests } from "../testing-gateway.ts";

const gateway = await gatewayForTests();
const API = "/ajax-api/2.0/mlflow";
const post = (path: string, body: unknown): Promise<Answer> => gateway.call("POST", `${API}/${path}`, body);

const { experiment_id: experiment } = (await post("experiments/create", { name: "files" })).json;
const { run_id: run } = (await post("runs/create", { experiment_id: experiment })).json.run.info;
const upload = (query: string, body: string): Promise<Answer> =>
  gateway.send({
    method: "POST",
    path: `${API}/upload-artifact?${query}`,
    body,
    headers: { "content-type": "application/octet-stream", "content-length": String(Buffer.byteLength(body)) },
  });

test("a file is uploaded to a run, and read as MLflow's pages do", async () => {
  const answer = await upload(`run_uuid=${run}&path=notes/a%20b.txt`, "what was seen");
  expect([answer.status, answer.text]).toEqual([200, "{}"]);
  for (const path of [
    `/get-artifact?run_uuid=${run}&path=notes/a%20b.txt`,
    `/projects/default/get-artifact?run_id=${run}&path=notes/a%20b.txt`,
  ])
    expect(await gateway.send({ path })).toMatchObject({ status: 200, text: "what was seen" });
});

test("a file of a logged model is read by its path", async () => {
  const { info } = (await post("logged-models", { experiment_id: experiment, name: "m", source_run_id: run })).json
    .model;
  const uri = info.artifact_uri.slice("mlflow-artifacts:/".length);
  const path = `/ajax-api/2.0/mlflow-artifacts/artifacts/${uri}/data/x.json`;
  await gateway.send({ method: "PUT", path, body: "{}" });
  const files = `${API}/logged-models/${info.model_id}/artifacts/files`;
  const read = await gateway.send({ path: `${files}?artifact_file_path=data/x.json` });
  expect([read.status, read.text]).toEqual([200, "{}"]);
  expect((await gateway.send({ path: files })).json.error_code).toBe("INVALID_PARAMETER_VALUE");
  expect((await gateway.send({ path: `${files}?artifact_file_path=none` })).status).toBe(404);
});

test("a file of a model version is read by its path", async () => {
  const name = "with files";
  await post("registered-models/create", { name });
  await upload(`run_uuid=${run}&path=model/MLmodel`, "flavors: {}");
  await post("model-versions/create", { name, source: `runs:/${run}/model`, run_id: run });
  const read = (base: string, asked: object) =>
    gateway.send({ path: `${base}/model-versions/get-artifact?${new URLSearchParams({ name, ...asked })}` });
  for (const base of ["", "/projects/default"])
    expect(await read(base, { version: "1", path: "MLmodel" })).toMatchObject({ status: 200, text: "flavors: {}" });
  for (const asked of [
    { version: "1", path: "none" },
    { version: "2", path: "MLmodel" },
  ])
    expect((await read("", asked)).json.error_code).toBe("RESOURCE_DOES_NOT_EXIST");
});

test.each([
  ["no run", "path=x"],
  ["no path", `run_uuid=${run}`],
  ["a place above the run", `run_uuid=${run}&path=../x`],
])("an upload is refused with %s", async (_what, query) => {
  const answer = await upload(query, "bytes");
  expect([answer.status, answer.json.error_code]).toEqual([400, "INVALID_PARAMETER_VALUE"]);
});

test("an upload is refused without bytes, and with too many", async () => {
  expect((await upload(`run_uuid=${run}&path=x`, "")).status).toBe(400);
  expect((await upload(`run_uuid=${run}&path=x`, "x".repeat(10 * 1024 * 1024 + 1))).status).toBe(413);
  expect((await gateway.send({ path: `/get-artifact?run_uuid=${run}&path=x` })).json.error_code).toBe(
    "RESOURCE_DOES_NOT_EXIST",
  );
});

test("nothing of all this was a bug", () => expect(gateway.bugs).toEqual([]));
