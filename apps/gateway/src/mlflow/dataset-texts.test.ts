import { digestOfBytes } from "@throughline/kernel";
import { expect, test } from "vitest";
import { type Answer, gatewayForTests } from "../testing-gateway.ts";

const gateway = await gatewayForTests();
const API = "/api/2.0/mlflow";
const post = (path: string, body: unknown): Promise<Answer> => gateway.call("POST", `${API}/${path}`, body);
const { experiment_id: experiment } = (await post("experiments/create", { name: "data" })).json;

const newRun = async (): Promise<string> =>
  (await post("runs/create", { experiment_id: experiment })).json.run.info.run_id;
const about = { name: "d", source_type: "local", source: "here" };
const log = (run_id: string, digest: string, texts: object): Promise<Answer> =>
  post("runs/log-inputs", { run_id, datasets: [{ dataset: { ...about, digest, ...texts } }] });
const textsIn = (run: Answer["json"]): readonly unknown[] =>
  run.inputs.dataset_inputs.map((it: Answer["json"]) => [it.dataset.schema?.length, it.dataset.profile?.length]);

const MEGABYTE = 1_000_000;
const schema = JSON.stringify({ columns: "é".repeat(MEGABYTE / 4) });
const profile = JSON.stringify({ rows: "x".repeat(15 * MEGABYTE) });

test("schemas and profiles as long as MLflow takes them come back as they were, from a run and from a search", async () => {
  const run = await newRun();
  expect(await log(run, "long", { schema, profile })).toMatchObject({ status: 200, text: "{}" });
  const { json } = await gateway.call("GET", `${API}/runs/get?run_id=${run}`);
  const [{ dataset }] = json.run.inputs.dataset_inputs;
  expect(dataset).toEqual({ ...about, digest: "long", schema, profile });
  const found = (await post("runs/search", { experiment_ids: [experiment] })).json.runs;
  expect(found).toHaveLength(1);
  expect(found[0].inputs.dataset_inputs[0].dataset).toEqual(dataset);
});

test("a run takes more of them than one message could hold, and a search shows short and long ones alike", async () => {
  const { experiment_id: other } = (await post("experiments/create", { name: "wide tables" })).json;
  const runs: string[] = [];
  for (const start_time of [1, 2, 3])
    runs.push((await post("runs/create", { experiment_id: other, start_time })).json.run.info.run_id);
  const [wide = "", narrow = "", none = ""] = runs;
  for (let i = 0; i < 6; i++) await log(wide, `w${i}`, { schema: `${i}${"s".repeat(800_000)}` });
  await log(narrow, "n", { schema: "[]" });
  const { json } = await post("runs/search", { experiment_ids: [other], order_by: ["start_time"] });
  expect(json.next_page_token).toBeUndefined();
  expect(json.runs.map((it: Answer["json"]) => it.info.run_id)).toEqual([wide, narrow, none]);
  expect(textsIn(json.runs[0])).toEqual(Array.from({ length: 6 }, () => [800_001, undefined]));
  expect(textsIn(json.runs[1])).toEqual([[2, undefined]]);
});

test.each([
  ["schema", 1_048_575],
  ["profile", 16_777_215],
])("a %s beyond MLflow's own limit is refused with its words", async (field, most) => {
  const run = await newRun();
  expect((await log(run, "x", { [field]: "x".repeat(most) })).status).toBe(200);
  const refused = await log(run, "y", { [field]: "x".repeat(most + 1) });
  expect(refused.status).toBe(400);
  expect(refused.json.error_code).toBe("INVALID_PARAMETER_VALUE");
  expect(refused.json.message).toContain(`exceeds the maximum length of ${most} characters`);
});

test.each([
  ["numbers", `[9007199254740993${",1".repeat(9 * MEGABYTE)}]`, "commas"],
  ["lists", `[${"[],".repeat(7 * MEGABYTE)}[]]`, "brackets"],
  ["keys", `{${Array.from({ length: 250_000 }, (_, i) => `"${i}":1`).join(",")}}`, "colons"],
  ["levels", "[".repeat(20 * MEGABYTE), "100 levels"],
])("a body of many %s is refused before they are read", async (_, values, saying) => {
  const body = `{"run_id":"${await newRun()}","datasets":${values}}`;
  const headers = { "content-type": "application/json" };
  const { status, json } = await gateway.send({ method: "POST", path: `${API}/runs/log-inputs`, body, headers });
  expect([status, json.error_code]).toEqual([400, "BAD_REQUEST"]);
  expect(json.message).toContain(saying);
});

test("nothing is stored for a run that is not there, or is deleted", async () => {
  const deleted = await newRun();
  await post("runs/delete", { run_id: deleted });
  const runs = { [await newRun()]: [200, 200], ["0".repeat(32)]: [404, 404], [deleted]: [400, 404] };
  for (const [run, statuses] of Object.entries(runs)) {
    const schema = `${run}${"x".repeat(5_000)}`;
    const { status } = await log(run, "d", { schema });
    const stored = await gateway.call("GET", `/v1/projects/default/artifacts/${digestOfBytes(schema)}`);
    expect([status, stored.status]).toEqual(statuses);
  }
});

test("nothing of all this was a bug", () => expect(gateway.bugs).toEqual([]));
