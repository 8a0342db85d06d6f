import type { Model } from "@throughline/contracts/throughline/registry/v1/model_pb";
import { RegistryService } from "@throughline/contracts/throughline/registry/v1/registry_service_pb";
import { invalidField } from "@throughline/kernel";
import { count, type Fields, objects, requiredText, text, texts } from "../json-fields.ts";
import { callService, type Endpoint, type MlflowCall, NOTHING, some } from "./endpoint.ts";
import { answerList } from "./list-answer.ts";
import { makeModel, modelAsked, readVersion, versionAsked } from "./model-lookup.ts";
import { registryFilter, registryTag, stageOf } from "./registry-fields.ts";
import { pairsJson } from "./run-json.ts";
import { msOf } from "./time.ts";
import { versionJson } from "./version-json.ts";

const service = RegistryService.method;

const PAGE = { most: 1_000, fallback: 100 } as const;

/** Registered models. */
export const MODELS: readonly Endpoint[] = [
  { verbs: ["POST"], path: "registered-models/create", answer: createModel },
  { verbs: ["POST"], path: "registered-models/rename", answer: (call) => change(call, "display_name") },
  { verbs: ["PATCH"], path: "registered-models/update", answer: (call) => change(call, "description") },
  {
    verbs: ["DELETE"],
    path: "registered-models/delete",
    async answer(call) {
      await callService(call, service.deleteModel, { name: (await modelAsked(call)).name });
      return NOTHING;
    },
  },
  {
    verbs: ["GET"],
    path: "registered-models/get",
    answer: async (call) => ({ registered_model: await modelJson(call, await modelAsked(call)) }),
  },
  { verbs: ["GET"], path: "registered-models/search", answer: findModels },
  { verbs: ["POST", "GET"], path: "registered-models/get-latest-versions", answer: readLatest },
  {
    verbs: ["POST"],
    path: "registered-models/set-tag",
    answer: async (call) => changeTags(call, { tags: Object.fromEntries([registryTag(call.fields)]) }),
  },
  {
    verbs: ["DELETE"],
    path: "registered-models/delete-tag",
    answer: (call) => changeTags(call, { removedKeys: [requiredText(call.fields, "key")] }),
  },
  { verbs: ["POST"], path: "registered-models/alias", answer: setAlias },
  { verbs: ["DELETE"], path: "registered-models/alias", answer: removeAlias },
  { verbs: ["GET"], path: "registered-models/alias", answer: readByAlias },
];

async function createModel(call: MlflowCall): Promise<unknown> {
  const { fields } = call;
  const model = await makeModel(call, {
    displayName: title(fields, "name"),
    description: text(fields, "description"),
    tags: Object.fromEntries(objects(fields, "tags").map(registryTag)),
  });
  return { registered_model: await modelJson(call, model) };
}

/** MLflow takes none that as the path of a folder would be another one. */
function title(fields: Fields, key: string): string {
  const given = requiredText(fields, key);
  if (given === "." || given.startsWith(".."))
    throw invalidField(key, "Names may be treated as files in certain cases, and this one would lead elsewhere");
  return given;
}

async function change(call: MlflowCall, field: "display_name" | "description"): Promise<unknown> {
  const { name, etag } = await modelAsked(call);
  const value = field === "display_name" ? title(call.fields, "new_name") : text(call.fields, "description");
  const { model } = await callService(call, service.updateModel, {
    model: { name, etag, ...(field === "display_name" ? { displayName: value } : { description: value }) },
    updateMask: { paths: [field] },
  });
  return { registered_model: model && (await modelJson(call, model)) };
}

async function changeTags(
  call: MlflowCall,
  change: { readonly tags?: Record<string, string>; readonly removedKeys?: string[] },
): Promise<typeof NOTHING> {
  await callService(call, service.setModelTags, { name: (await modelAsked(call)).name, ...change });
  return NOTHING;
}

async function findModels(call: MlflowCall): Promise<unknown> {
  const { fields, project } = call;
  const asked = { parent: project, filter: registryFilter(fields), orderBy: [...texts(fields, "order_by")] };
  const list = { field: "registered_models", most: count(fields, "max_results", PAGE), pageMost: PAGE.most };
  return answerList(call, { ...list, pageToken: text(fields, "page_token") }, async (page) => {
    const { models, nextPageToken } = await callService(call, service.searchModels, { ...asked, ...page });
    return { items: await Promise.all(models.map((it) => modelJson(call, it))), nextPageToken };
  });
}

async function readLatest(call: MlflowCall): Promise<unknown> {
  const stages = texts(call.fields, "stages").map((it) => stageOf(it, "stages"));
  return { model_versions: some(await latestVersions(call, await modelAsked(call), stages)) };
}

async function latestVersions(
  call: MlflowCall,
  model: Model,
  stages: readonly string[] = [],
): Promise<readonly unknown[]> {
  const latest = Object.entries(model.latestByStage).filter(([it]) => stages.length === 0 || stages.includes(it));
  const read = latest.map(([, number]) => readVersion(call, model, String(number)));
  return (await Promise.all(read)).map((it) => versionJson(it, model.displayName));
}

async function modelJson(call: MlflowCall, model: Model): Promise<unknown> {
  return {
    name: model.displayName,
    creation_timestamp: msOf(model.createTime),
    last_updated_timestamp: msOf(model.updateTime ?? model.createTime),
    description: model.description || undefined,
    latest_versions: some(await latestVersions(call, model)),
    tags: some(pairsJson(model.tags)),
    aliases: some(Object.entries(model.aliases).map(([alias, number]) => ({ alias, version: String(number) }))),
  };
}

function aliasOf({ fields }: MlflowCall): string {
  const alias = requiredText(fields, "alias");
  if (!/^[\p{L}\p{N}_-]{1,255}$/u.test(alias))
    throw invalidField("alias", "expected at most 255 letters, digits, underscores and dashes");
  return alias;
}

async function setAlias(call: MlflowCall): Promise<unknown> {
  const alias = aliasOf(call);
  if (/^(latest|v\d+)$/i.test(alias)) throw invalidField("alias", `'${alias}' is reserved`);
  const version = versionAsked(call.fields);
  const model = await modelAsked(call);
  await callService(call, service.setModelAlias, { model: model.name, alias, version: BigInt(version) });
  return NOTHING;
}

async function removeAlias(call: MlflowCall): Promise<unknown> {
  const alias = aliasOf(call);
  const model = await modelAsked(call);
  if (!Object.hasOwn(model.aliases, alias)) return NOTHING;
  await callService(call, service.setModelAlias, { model: model.name, alias, version: 0n });
  return NOTHING;
}

async function readByAlias(call: MlflowCall): Promise<unknown> {
  if (/^latest$/i.test(requiredText(call.fields, "alias"))) return readNewest(call);
  const alias = aliasOf(call);
  const model = await modelAsked(call);
  const number = Object.hasOwn(model.aliases, alias) ? model.aliases[alias] : undefined;
  // MLflow's code for it, which its clients expect.
  if (number === undefined) throw invalidField("alias", `Registered model alias ${alias} not found`);
  return { model_version: versionJson(await readVersion(call, model, String(number)), model.displayName) };
}

/** What every model has an alias for, though nobody has set it. */
async function readNewest(call: MlflowCall): Promise<unknown> {
  const model = await modelAsked(call);
  return { model_version: versionJson(await readVersion(call, model, "latest"), model.displayName) };
}
