import { expect, test } from "vitest";
import { type Answer, gatewayForTests } from "../testing-gateway.ts";

const gateway = await gatewayForTests();
const API = "/api/2.0/mlflow";
const post = (path: string, body: unknown): Promise<Answer> => gateway.call("POST", `${API}/${path}`, body);
const get = (path: string): Promise<Answer> => gateway.call("GET", `${API}/${path}`);
const { experiment_id } = (await post("experiments/create", { name: "small print" })).json;
const newRun = (about: object = {}): Promise<Answer> => post("runs/create", { experiment_id, ...about });
const idOf = ({ json }: Answer): string => json.run.info.run_id;

const TITLE = "mlflow.runName";
const titled = (value: string) => ({ tags: [{ key: TITLE, value }] });

test("a run is not given two names", async () => {
  const { status, json } = await newRun({ run_name: "a", ...titled("b") });
  expect([status, json.error_code]).toEqual([400, "INVALID_PARAMETER_VALUE"]);
  for (const about of [{ run_name: "a" }, titled("a"), { run_name: "a", ...titled("a") }])
    expect((await newRun(about)).json.run.info.run_name).toBe("a");
});

test("an empty title changes nothing, and another one does", async () => {
  const run_id = idOf(await newRun({ run_name: "kept" }));
  const title = async () => {
    const { info, data } = (await get(`runs/get?run_id=${run_id}`)).json.run;
    return [info.run_name, data.tags.find((it: { key: string }) => it.key === TITLE)?.value];
  };
  expect((await post("runs/set-tag", { run_id, key: TITLE, value: "" })).json).toEqual({});
  expect((await post("runs/log-batch", { run_id, ...titled("") })).json).toEqual({});
  expect(await title()).toEqual(["kept", "kept"]);
  await post("runs/log-batch", { run_id, ...titled("new") });
  expect(await title()).toEqual(["new", "new"]);
});

test("a run may begin and end before 1970", async () => {
  const run = await newRun({ start_time: -86_400_001 });
  expect(run.json.run.info.start_time).toBe(-86_400_001);
  const ended = await post("runs/update", { run_id: idOf(run), status: "FINISHED", end_time: -1 });
  expect(ended.json.run_info).toMatchObject({ start_time: -86_400_001, end_time: -1 });
  for (const start_time of [-62_135_596_800_001, 1_700_000_000_000_000])
    expect((await newRun({ start_time })).json.error_code).toBe("INVALID_PARAMETER_VALUE");
});

test("a run that does not exist has no points, and others beside it have theirs", async () => {
  const known = idOf(await newRun());
  const unknown = "0".repeat(32);
  await post("runs/log-metric", { run_id: known, key: "m", value: 1, timestamp: 1 });
  for (const page of ["", "&max_results=5"])
    expect(await get(`metrics/get-history?run_id=${unknown}&metric_key=m${page}`)).toMatchObject({
      status: 200,
      json: {},
    });
  for (const [path, key] of [
    ["get-history-bulk", "run_id"],
    ["get-history-bulk-interval", "run_ids"],
  ]) {
    const { json } = await get(`metrics/${path}?${key}=${unknown}&${key}=${known}&metric_key=m`);
    expect(json.metrics.map((it: { run_id: string }) => it.run_id)).toEqual([known]);
  }
});

test("a batch with one param twice is refused, and so with nothing logged", async () => {
  const run_id = idOf(await newRun());
  const params = ["d", "e", "d"].map((key) => ({ key, value: "1" }));
  const { json } = await post("runs/log-batch", { run_id, params });
  expect([json.error_code, json.message]).toEqual(["INVALID_PARAMETER_VALUE", expect.stringContaining("Duplicate")]);
  expect((await get(`runs/get?run_id=${run_id}`)).json.run.data.params).toBeUndefined();
});

test("a run reads a thousand data sets in one call, whose kind and place may be unknown", async () => {
  const run_id = idOf(await newRun());
  const about = { source_type: "", source: "", schema: "s".repeat(1_500) };
  const datasets = Array.from({ length: 1_000 }, (_, i) => ({ dataset: { ...about, name: `d${i}`, digest: `${i}` } }));
  expect((await post("runs/log-inputs", { run_id, datasets })).json).toEqual({});
  expect((await get(`runs/get?run_id=${run_id}`)).json.run.inputs.dataset_inputs).toHaveLength(1_000);
});

test("nothing of all this was a bug", () => expect(gateway.bugs).toEqual([]));
