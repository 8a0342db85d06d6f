import { expect, test } from "vitest";
import { type Answer, gatewayForTests } from "../testing-gateway.ts";

const gateway = await gatewayForTests();

const post = (path: string, body: unknown): Promise<Answer> => gateway.call("POST", `/api/2.0/mlflow/${path}`, body);
const make = async (collection: string, body: unknown): Promise<string> => {
  const { json } = await gateway.call("POST", `/v1/projects/default/${collection}`, body);
  return Object.values<{ name: string }>(json)[0]?.name ?? "";
};
const idOf = (name: string): string => name.split("/").at(-1) ?? "";

const experiment = await make("experiments", { experiment: { displayName: "native" } });
const run = (more: object): Promise<string> => make("runs", { run: { experiment, ...more } });

const parent = await run({ displayName: "parent" });
const child = await run({ displayName: "child", parentRun: parent });
await run({ displayName: "tagged", tags: { "mlflow.parentRunId": idOf(parent) } });
const adopted = await run({ displayName: "adopted", parentRun: parent, tags: { "mlflow.parentRunId": idOf(child) } });

const tagsOf = async (name: string): Promise<Readonly<Record<string, string>>> => {
  const { json } = await gateway.call("GET", `/api/2.0/mlflow/runs/get?run_id=${idOf(name)}`);
  const tags: readonly { readonly key: string; readonly value: string }[] = json.run.data.tags ?? [];
  return Object.fromEntries(tags.map(({ key, value }) => [key, value]));
};
const found = async (filter: string): Promise<readonly string[]> => {
  const { json } = await post("runs/search", { experiment_ids: [idOf(experiment)], filter, order_by: ["run_name"] });
  return (json.runs ?? []).map((it: { info: { run_name: string } }) => it.info.run_name);
};

test("a run that was made without MLflow has the title and the parent that MLflow's clients look for", async () => {
  expect(await tagsOf(parent)).toEqual({ "mlflow.runName": "parent" });
  expect(await tagsOf(child)).toEqual({ "mlflow.runName": "child", "mlflow.parentRunId": idOf(parent) });
  // The run says which one it is part of, whatever it was tagged with.
  expect((await tagsOf(adopted))["mlflow.parentRunId"]).toBe(idOf(parent));
});

test("a title that is changed is changed as a tag", async () => {
  const renamed = await run({ displayName: "before", tags: { "mlflow.runName": "before" } });
  const asked = { run: { name: renamed, displayName: "after" }, updateMask: "displayName" };
  expect((await gateway.call("PATCH", `/v1/${renamed}`, asked)).status).toBe(200);
  expect(await tagsOf(renamed)).toEqual({ "mlflow.runName": "after" });
  expect(await found("tags.`mlflow.runName` = 'after'")).toEqual(["after"]);
  expect(await found("tags.mlflow.runName = 'before'")).toEqual([]);
  await post("runs/delete", { run_id: idOf(renamed) });
});

test("a run without a title has the title that it was tagged with, or none", async () => {
  const tagged = await run({ tags: { "mlflow.runName": "by tag" } });
  const bare = await run({});
  expect([await tagsOf(tagged), await tagsOf(bare)]).toEqual([{ "mlflow.runName": "by tag" }, {}]);
  const ids = async (filter: string): Promise<readonly string[]> => {
    const { json } = await post("runs/search", { experiment_ids: [idOf(experiment)], filter });
    return (json.runs ?? []).map((it: { info: { run_id: string } }) => it.info.run_id);
  };
  expect(await ids("tags.mlflow.runName = 'by tag'")).toEqual([idOf(tagged)]);
  expect(await ids("tags.mlflow.runName LIKE 'by%'")).toEqual([idOf(tagged)]);
  expect(await ids("tags.mlflow.runName IS NULL")).toEqual([idOf(bare)]);
  expect(await ids("tags.mlflow.runName != 'by tag'")).not.toContain(idOf(bare));
  for (const name of [tagged, bare]) await post("runs/delete", { run_id: idOf(name) });
});

test("a run that is moved without MLflow is found below its new parent alone", async () => {
  const [one, other] = [await run({}), await run({})];
  const { json } = await post("runs/create", {
    experiment_id: idOf(experiment),
    run_name: "moved",
    tags: [{ key: "mlflow.parentRunId", value: idOf(one) }],
  });
  const moved = `projects/default/runs/${json.run.info.run_id}`;
  const move = (parentRun: string) =>
    gateway.call("PATCH", `/v1/${moved}`, { run: { name: moved, parentRun }, updateMask: "parentRun" });
  const below = (name: string) => found(`tags.mlflow.parentRunId = '${idOf(name)}'`);
  expect([await below(one), await below(other)]).toEqual([["moved"], []]);
  for (const [to, from] of [
    [other, one],
    [one, other],
  ] as const) {
    expect((await move(to)).status).toBe(200);
    expect((await tagsOf(moved))["mlflow.parentRunId"]).toBe(idOf(to));
    expect([await below(to), await below(from)]).toEqual([["moved"], []]);
  }
  // A tag that was set beside the field does not win either.
  const tags = { run: moved, tags: { "mlflow.parentRunId": idOf(other) } };
  expect((await gateway.call("POST", `/v1/${moved}:logBatch`, tags)).status).toBe(200);
  expect((await tagsOf(moved))["mlflow.parentRunId"]).toBe(idOf(one));
  expect([await below(one), await below(other)]).toEqual([["moved"], []]);
  for (const name of [one, other, moved]) await post("runs/delete", { run_id: idOf(name) });
});

test("a run that leaves its parent without MLflow has no parent there either", async () => {
  const one = await run({});
  const { json } = await post("runs/create", {
    experiment_id: idOf(experiment),
    tags: [{ key: "mlflow.parentRunId", value: idOf(one) }],
  });
  const left = `projects/default/runs/${json.run.info.run_id}`;
  expect((await tagsOf(left))["mlflow.parentRunId"]).toBe(idOf(one));
  const asked = { run: { name: left, parentRun: "" }, updateMask: "parentRun" };
  expect((await gateway.call("PATCH", `/v1/${left}`, asked)).status).toBe(200);
  expect((await tagsOf(left))["mlflow.parentRunId"]).toBeUndefined();
  expect(await found(`tags.mlflow.parentRunId = '${idOf(one)}'`)).toEqual([]);
  for (const name of [one, left]) await post("runs/delete", { run_id: idOf(name) });
});

test("nested runs are found by the parent's id, whichever way it was said", async () => {
  expect(await found(`tags.mlflow.parentRunId = '${idOf(parent)}'`)).toEqual(["adopted", "child", "tagged"]);
  expect(await found(`tags.\`mlflow.parentRunId\` = '${idOf(child)}'`)).toEqual([]);
  expect(await found(`tags.mlflow.parentRunId LIKE '${idOf(parent)}%'`)).toEqual(["adopted", "child", "tagged"]);
  expect(await found(`tags.mlflow.parentRunId != '${idOf(child)}'`)).toEqual(["adopted", "child", "tagged"]);
  expect(await found("tags.mlflow.parentRunId IS NULL")).toEqual(["parent"]);
  expect(await found("tags.mlflow.parentRunId IS NOT NULL")).toEqual(["adopted", "child", "tagged"]);
  expect(await found("NOT tags.mlflow.runName = 'child' AND tags.mlflow.runName LIKE '%ed'")).toEqual([
    "adopted",
    "tagged",
  ]);
});

test("a run follows the tag that says which run it is part of, as it is set, changed and removed", async () => {
  const [one, other, moved] = [await run({}), await run({}), await run({ parentRun: parent })];
  const parentOf = async (): Promise<string> => (await gateway.call("GET", `/v1/${moved}`)).json.run.parentRun ?? "";
  const tag = (value: string) => post("runs/set-tag", { run_id: idOf(moved), key: "mlflow.parentRunId", value });
  const remove = () => post("runs/delete-tag", { run_id: idOf(moved), key: "mlflow.parentRunId" });
  // It was made with a parent, and shows the tag without having it.
  expect((await remove()).status).toBe(200);
  expect([await parentOf(), await tagsOf(moved)]).toEqual(["", {}]);
  expect((await remove()).status).toBe(404);
  await tag(idOf(one));
  expect(await parentOf()).toBe(one);
  const tags = [{ key: "mlflow.parentRunId", value: idOf(other) }];
  await post("runs/log-batch", { run_id: idOf(moved), tags });
  expect(await parentOf()).toBe(other);
  expect(await tagsOf(moved)).toEqual({ "mlflow.parentRunId": idOf(other) });
  // The tag may name what does not exist, or lead in a circle: it is kept, and the run is part of none.
  for (const lost of ["none", idOf(moved)]) {
    await tag(idOf(other));
    expect((await tag(lost)).status).toBe(200);
    expect([await parentOf(), (await tagsOf(moved))["mlflow.parentRunId"]]).toEqual(["", lost]);
  }
  await tag(idOf(one));
  expect((await remove()).status).toBe(200);
  expect([await parentOf(), await tagsOf(moved)]).toEqual(["", {}]);
  for (const name of [one, other, moved]) await post("runs/delete", { run_id: idOf(name) });
});

test("the default experiment is listed also where another one was made first", async () => {
  const { json } = await post("experiments/search", { max_results: 10 });
  expect(json.experiments.map((it: { name: string }) => it.name).toSorted()).toEqual(["Default", "native"]);
});
