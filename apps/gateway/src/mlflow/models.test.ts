import { describe, expect, test } from "vitest";
import { type Answer, gatewayForTests } from "../testing-gateway.ts";

const gateway = await gatewayForTests();
const API = "/api/2.0/mlflow";
const FILES = "/api/2.0/mlflow-artifacts/artifacts";

const call = (verb: string, path: string, json: unknown): Promise<Answer> => {
  const body = JSON.stringify(json);
  // MLflow's clients send a body with DELETE too, which Node's own leaves without its length.
  const headers = { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) };
  return gateway.send({ method: verb, path: `${API}/${path}`, headers, body });
};
const post = (path: string, body: unknown): Promise<Answer> => call("POST", path, body);
const query = (values: Readonly<Record<string, string>>): string => new URLSearchParams(values).toString();
const get = (path: string, values: Readonly<Record<string, string>>): Promise<Answer> =>
  gateway.call("GET", `${API}/${path}?${query(values)}`);

const { experiment_id: experiment } = (await post("experiments/create", { name: "models" })).json;
const { run_id: run } = (await post("runs/create", { experiment_id: experiment })).json.run.info;
const logged = (await post("logged-models", { experiment_id: experiment, name: "linear", source_run_id: run })).json
  .model.info;

const put = (uri: string, path: string, body: string): Promise<Answer> =>
  gateway.send({ method: "PUT", path: `${FILES}/${uri.slice("mlflow-artifacts:/".length)}/${path}`, body });
const read = (uri: string, path: string): Promise<Answer> =>
  gateway.send({ path: `${FILES}/${uri.slice("mlflow-artifacts:/".length)}/${path}` });

await put(logged.artifact_uri, "MLmodel", "flavors:\n  python_function:\n    env: {}\n");
await put(logged.artifact_uri, "data/model.pkl", "first");
await call("PATCH", `logged-models/${logged.model_id}`, { status: "LOGGED_MODEL_READY" });

let made = 0;
async function newModel(): Promise<string> {
  const name = `Model ${made++} ü`;
  expect((await post("registered-models/create", { name })).status).toBe(200);
  return name;
}
const register = (name: string, more: object = {}): Promise<Answer> =>
  post("model-versions/create", { name, source: `models:/${logged.model_id}`, model_id: logged.model_id, ...more });

describe("versions", () => {
  test("are numbered, know their run, and keep the files that they were made of", async () => {
    const name = await newModel();
    const first = (await register(name, { description: "d", tags: [{ key: "k", value: "v" }], run_link: "page" })).json
      .model_version;
    expect(first).toMatchObject({
      name,
      version: "1",
      run_id: run,
      status: "READY",
      current_stage: "None",
      source: `models:/${logged.model_id}`,
      description: "d",
      run_link: "page",
      tags: [{ key: "k", value: "v" }],
    });
    expect((await register(name)).json.model_version.version).toBe("2");
    const { artifact_uri } = (await get("model-versions/get-download-uri", { name, version: "1" })).json;
    expect((await read(artifact_uri, "data/model.pkl")).text).toBe("first");
    const folder = artifact_uri.slice("mlflow-artifacts:/".length);
    expect((await gateway.call("GET", `${FILES}?path=${folder}`)).json.files).toEqual([
      { path: "MLmodel", is_dir: false, file_size: 40 },
      { path: "data", is_dir: true },
    ]);
    await put(logged.artifact_uri, "data/model.pkl", "second");
    expect((await read(artifact_uri, "data/model.pkl")).text).toBe("first");
    expect((await put(artifact_uri, "data/model.pkl", "x")).json.error_code).toBe("INVALID_PARAMETER_VALUE");
    expect((await read(artifact_uri, "../model.pkl")).status).toBe(404);
  });

  test("are copied by number and by alias", async () => {
    const [from, to] = [await newModel(), await newModel()];
    await register(from);
    await post("registered-models/alias", { name: from, alias: "best", version: "1" });
    for (const source of [`models:/${from}/1`, `models:/${from}@best`]) {
      const { json } = await post("model-versions/create", { name: to, source });
      expect(json.model_version).toMatchObject({ name: to, source });
    }
    const answer = await post("model-versions/create", { name: to, source: `models:/${from}/9` });
    expect([answer.status, answer.json.error_code]).toEqual([404, "RESOURCE_DOES_NOT_EXIST"]);
  });

  test.each([
    ["another model's id", { model_id: "m-other" }, /model_id/],
    ["another run's id", { source: `runs:/${run}/model`, model_id: "", run_id: "other" }, /run_id/],
    ["a place on the server", { source: "/etc" }, /source/],
    ["a place elsewhere", { source: "http://169.254.169.254/" }, /source/],
  ])("are not made of %s", async (_what, more, message) => {
    const answer = await register(await newModel(), more);
    expect([answer.status, answer.json.error_code]).toEqual([400, "INVALID_PARAMETER_VALUE"]);
    expect(answer.json.message).toMatch(message);
  });

  test("move between stages, and the newest of each is told", async () => {
    const name = await newModel();
    for (let i = 0; i < 3; i++) await register(name);
    const move = (version: string, stage: string, archive_existing_versions = false) =>
      post("model-versions/transition-stage", { name, version, stage, archive_existing_versions });
    expect((await move("1", "production")).json.model_version.current_stage).toBe("Production");
    await move("2", "Production", true);
    const { model_versions } = (await post("registered-models/get-latest-versions", { name })).json;
    const latest = model_versions.map((it: { current_stage: string; version: string }) => [
      it.current_stage,
      it.version,
    ]);
    expect(latest.toSorted()).toEqual([
      ["Archived", "1"],
      ["None", "3"],
      ["Production", "2"],
    ]);
    expect((await move("3", "Archived", true)).status).toBe(400);
    const { model_versions: some } = (
      await post("registered-models/get-latest-versions", { name, stages: ["production"] })
    ).json;
    expect(some).toHaveLength(1);
  });
});

describe("aliases", () => {
  test("name one version, move, and go", async () => {
    const name = await newModel();
    await register(name);
    await register(name);
    const set = (version: string) => post("registered-models/alias", { name, alias: "champion", version });
    await set("1");
    await set("2");
    expect((await get("registered-models/alias", { name, alias: "champion" })).json.model_version).toMatchObject({
      version: "2",
      aliases: ["champion"],
    });
    expect((await get("registered-models/get", { name })).json.registered_model.aliases).toEqual([
      { alias: "champion", version: "2" },
    ]);
    expect((await set("7")).json.error_code).toBe("RESOURCE_DOES_NOT_EXIST");
    for (let i = 0; i < 2; i++)
      expect((await call("DELETE", "registered-models/alias", { name, alias: "champion" })).json).toEqual({});
    expect((await get("registered-models/alias", { name, alias: "champion" })).json.error_code).toBe(
      "INVALID_PARAMETER_VALUE",
    );
  });
});

describe("models", () => {
  test("have the newest version under the alias latest, and aliases of letters, digits and dashes of any kind", async () => {
    const name = await newModel();
    const read = (alias: string) => get("registered-models/alias", { name, alias });
    expect((await read("latest")).json.error_code).toBe("RESOURCE_DOES_NOT_EXIST");
    await register(name);
    await register(name);
    for (const alias of ["2024-q1", "-x", "1", "prod_é"]) {
      expect((await post("registered-models/alias", { name, alias, version: "1" })).json).toEqual({});
      expect((await read(alias)).json.model_version).toMatchObject({ version: "1" });
    }
    for (const alias of ["latest", "Latest"])
      expect((await read(alias)).json.model_version).toMatchObject({ version: "2" });
  });

  test.each([".", "..", "..a"])("are not called %s, which as a folder would be another one", async (name) => {
    const other = await newModel();
    for (const [path, body] of [
      ["create", { name }],
      ["rename", { name: other, new_name: name }],
    ] as const)
      expect((await post(`registered-models/${path}`, body)).json.error_code).toBe("INVALID_PARAMETER_VALUE");
  });

  test("two titles that make the same id are two models", async () => {
    for (const name of ["same id", "same/id".replace("/", "+"), "same-id"])
      expect((await post("registered-models/create", { name })).json.registered_model.name).toBe(name);
    expect((await post("registered-models/create", { name: "same id" })).json.error_code).toBe(
      "RESOURCE_ALREADY_EXISTS",
    );
  });

  test("a title becomes free by renaming and by removing", async () => {
    const name = await newModel();
    const renamed = `${name} renamed`;
    await call("POST", "registered-models/rename", { name, new_name: renamed });
    expect((await get("registered-models/get", { name })).status).toBe(404);
    expect((await post("registered-models/create", { name })).status).toBe(200);
    await call("DELETE", "registered-models/delete", { name: renamed });
    expect((await get("registered-models/get", { name: renamed })).json.error_code).toBe("RESOURCE_DOES_NOT_EXIST");
  });

  test("one that is made again begins with version 1, and what the first one was called stays its own", async () => {
    const name = await newModel();
    const uri = async (): Promise<string> => {
      expect((await register(name)).json.model_version.version).toBe("1");
      return (await get("model-versions/get-download-uri", { name, version: "1" })).json.artifact_uri;
    };
    const first = await uri();
    await call("DELETE", "registered-models/delete", { name });
    await post("registered-models/create", { name });
    const second = await uri();
    expect(second).not.toBe(first);
    expect((await read(second, "data/model.pkl")).status).toBe(200);
  });

  test("are found, without what clients add to leave prompts out", async () => {
    const name = await newModel();
    await post("registered-models/set-tag", { name, key: "team", value: "flowers" });
    const added = "tag.`mlflow.prompt.is_prompt` != 'true'";
    for (const filter of [`name = '${name}' AND ${added}`, `tags.team = 'flowers' AND name = '${name}'`]) {
      const { json } = await get("registered-models/search", { filter });
      expect(json.registered_models.map((it: { name: string }) => it.name)).toEqual([name]);
    }
    const all = (await get("registered-models/search", { filter: added, max_results: "1" })).json;
    expect([all.registered_models.length, typeof all.next_page_token]).toEqual([1, "string"]);
  });
});

test("nothing of all this was a bug", () => expect(gateway.bugs).toEqual([]));
