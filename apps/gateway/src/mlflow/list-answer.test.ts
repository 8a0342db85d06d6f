import { expect, test } from "vitest";
import { type Answer, gatewayForTests } from "../testing-gateway.ts";

const gateway = await gatewayForTests();
const API = "/api/2.0/mlflow";
const post = (path: string, body: unknown): Promise<Answer> => gateway.call("POST", `${API}/${path}`, body);
const get = (path: string, values: Readonly<Record<string, string>>): Promise<Answer> =>
  gateway.call("GET", `${API}/${path}?${new URLSearchParams(values)}`);

/** More than fits into a message of a service, as tags of this length. */
const RUNS = 260;
const { experiment_id: experiment } = (await post("experiments/create", { name: "large runs" })).json;
const tags = ["a", "b"].map((key) => ({ key, value: "x".repeat(7_900) }));
for (let i = 0; i < RUNS; i++) await post("runs/create", { experiment_id: experiment, start_time: i, tags });

const found = async (asked: object = {}): Promise<Answer["json"]> =>
  (await post("runs/search", { experiment_ids: [experiment], order_by: ["start_time"], ...asked })).json;
const starts = (json: Answer["json"]): readonly number[] =>
  json.runs.map((it: { info: { start_time: number } }) => it.info.start_time);
const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

test("a search gives all runs that were asked for, however large they are", async () => {
  const all = await found();
  expect([starts(all), all.next_page_token]).toEqual([upTo(RUNS), undefined]);
});

test("a search goes on where the number that was asked for was reached, behind a message or within one", async () => {
  for (const max_results of [1, RUNS - 10]) {
    const first = await found({ max_results });
    expect(starts(first)).toEqual(upTo(max_results));
    const rest = await found({ page_token: first.next_page_token });
    expect([...starts(first), ...starts(rest)]).toEqual(upTo(RUNS));
  }
});

test("a search of registered models gives all of them, however long their descriptions are", async () => {
  const description = "d".repeat(60_000);
  for (let i = 0; i < 70; i++) await post("registered-models/create", { name: `model ${i}`, description });
  const { json } = await get("registered-models/search", {});
  expect([json.registered_models.length, json.next_page_token]).toEqual([70, undefined]);
});

test("a search of versions gives more than the service does at a time", async () => {
  await post("registered-models/create", { name: "often" });
  const { run_id, artifact_uri } = (await post("runs/create", { experiment_id: experiment })).json.run.info;
  const folder = artifact_uri.slice("mlflow-artifacts:/".length);
  await gateway.send({ method: "PUT", path: `${API}-artifacts/artifacts/${folder}/model/MLmodel`, body: "{}" });
  const version = { name: "often", source: `${artifact_uri}/model`, run_id };
  for (let i = 0; i < 1_010; i++) await post("model-versions/create", version);
  const { json } = await get("model-versions/search", { filter: "name = 'often'" });
  expect([json.model_versions.length, json.next_page_token]).toEqual([1_010, undefined]);
  const some = (await get("model-versions/search", { filter: "name = 'often'", max_results: "1005" })).json;
  expect([some.model_versions.length, some.next_page_token === undefined]).toEqual([1_005, false]);
});

test("nothing of all this was a bug", () => expect(gateway.bugs).toEqual([]));
