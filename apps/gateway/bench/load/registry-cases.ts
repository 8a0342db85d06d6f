import { type Case, endless, expectThat } from "./cases.ts";
import type { Job } from "./closed-loop.ts";
import { type MlflowApi, send, sendOnly, unique } from "./mlflow-api.ts";

const VERSIONS = 50;

/** A model of a run. */
interface Model {
  readonly name: string;
  readonly source: { readonly source: string; readonly run_id: string };
}

async function newModel(api: MlflowApi): Promise<Model> {
  const name = unique("model");
  await api.request("POST", "/registered-models/create", { name });
  const body = { experiment_id: await api.newExperiment(unique("registry")), start_time: Date.now() };
  const { info } = (await api.request("POST", "/runs/create", body)).run;
  return { name, source: { source: `${info.artifact_uri}/model`, run_id: info.run_id } };
}

async function modelWithVersions(api: MlflowApi): Promise<string> {
  const { name, source } = await newModel(api);
  for (let i = 0; i < VERSIONS; i++) await api.request("POST", "/model-versions/create", { name, ...source });
  return name;
}

const registryCase = (name: string, ratio: number | undefined, prepare: Case["prepare"]): Case => ({
  name,
  unit: "calls",
  callers: 1,
  unitsPerJob: 1,
  ...(ratio !== undefined && { asked: { ratio, of: "rate" } as const }),
  prepare,
});

/** Versions, of which nothing is asked, and the alias of a model with 50 of them. */
export const registryCases: readonly Case[] = [
  registryCase("create a model version", undefined, async (api) => {
    const { name, source } = await newModel(api);
    const job: Job = (call) => sendOnly(call, "/model-versions/create", { name, ...source });
    return { jobs: () => endless(() => job) };
  }),
  registryCase("move an alias", 10, async (api) => {
    const name = await modelWithVersions(api);
    const job = (i: number): Job => {
      const version = String((i % VERSIONS) + 1);
      return (call) => sendOnly(call, "/registered-models/alias", { name, alias: "champion", version });
    };
    return { jobs: () => endless(job) };
  }),
  registryCase("get a version by its alias", 10, async (api) => {
    const name = await modelWithVersions(api);
    await api.request("POST", "/registered-models/alias", { name, alias: "champion", version: String(VERSIONS) });
    const job: Job = async (call) => {
      const found = await send(call, "GET", `/registered-models/alias?name=${name}&alias=champion`);
      expectThat(found.model_version.version === String(VERSIONS), `version ${VERSIONS}`);
    };
    return { jobs: () => endless(() => job) };
  }),
];
