import { Code } from "@connectrpc/connect";
import type { Model, ModelVersion } from "@throughline/contracts/throughline/registry/v1/model_pb";
import { RegistryService } from "@throughline/contracts/throughline/registry/v1/registry_service_pb";
import { LoggedModelService } from "@throughline/contracts/throughline/tracking/v1/logged_model_service_pb";
import { invalidField } from "@throughline/kernel";
import { count, flag, objects, requiredText, text, texts } from "../json-fields.ts";
import { callService, type Endpoint, type MlflowCall, NOTHING } from "./endpoint.ts";
import { isCode } from "./errors.ts";
import { answerList } from "./list-answer.ts";
import { sourceOf, versionUri } from "./locations.ts";
import { modelAsked, modelTitled, versionAsked, versionAskedOf } from "./model-lookup.ts";
import { registryFilter, registryTag, stageOf } from "./registry-fields.ts";
import { versionJson } from "./version-json.ts";

const service = RegistryService.method;

const PAGE = { most: 200_000, fallback: 200_000 } as const;
/** Versions that the service gives at a time. */
const PAGE_MOST = 1_000;

/** Versions of registered models. */
export const MODEL_VERSIONS: readonly Endpoint[] = [
  { verbs: ["POST"], path: "model-versions/create", answer: makeVersion },
  {
    verbs: ["GET"],
    path: "model-versions/get",
    async answer(call) {
      const { model, version } = await versionAskedOf(call);
      return { model_version: versionJson(version, model.displayName) };
    },
  },
  { verbs: ["PATCH"], path: "model-versions/update", answer: changeDescription },
  {
    verbs: ["DELETE"],
    path: "model-versions/delete",
    async answer(call) {
      await callService(call, service.deleteModelVersion, { name: (await versionAskedOf(call)).version.name });
      return NOTHING;
    },
  },
  { verbs: ["GET"], path: "model-versions/search", answer: findVersions },
  {
    verbs: ["GET"],
    path: "model-versions/get-download-uri",
    answer: async (call) => ({ artifact_uri: versionUri((await versionAskedOf(call)).version.name) }),
  },
  { verbs: ["POST"], path: "model-versions/transition-stage", answer: moveToStage },
  {
    verbs: ["POST"],
    path: "model-versions/set-tag",
    answer: (call) => changeTags(call, { tags: Object.fromEntries([registryTag(call.fields)]) }),
  },
  {
    verbs: ["DELETE"],
    path: "model-versions/delete-tag",
    answer: (call) => changeTags(call, { removedKeys: [requiredText(call.fields, "key")] }),
  },
];

async function makeVersion(call: MlflowCall): Promise<unknown> {
  const { fields } = call;
  const sourceUri = requiredText(fields, "source");
  const from = await sourceNamed(call, sourceUri);
  const model = await modelAsked(call);
  const { version } = await callService(call, service.createModelVersion, {
    parent: model.name,
    version: {
      source: { parent: from.parent, path: from.path },
      sourceUri,
      run: from.run,
      description: text(fields, "description"),
      tags: Object.fromEntries(objects(fields, "tags").map(registryTag)),
      runLink: text(fields, "run_link"),
    },
  });
  return { model_version: version && versionJson(version, model.displayName) };
}

interface NamedSource {
  readonly parent: string;
  readonly path: string;
  /** The run that made the model; empty if none did. */
  readonly run: string;
}

/** Whose files a version is to be made of. The ids beside the source must be those in it. */
async function sourceNamed(call: MlflowCall, uri: string): Promise<NamedSource> {
  const { fields, project } = call;
  const source = sourceOf(project, uri);
  const runId = text(fields, "run_id");
  const run = runId === "" ? "" : `${project}/runs/${runId}`;
  if (source.kind !== "files") {
    const model = await modelTitled(call, source.model);
    const number = source.kind === "version" ? source.version : String(model?.aliases[source.alias] ?? "");
    if (!model || number === "") throw invalidField("source", "there is no such model version");
    return { parent: `${model.name}/versions/${number}`, path: "", run };
  }
  const { parent, path } = source.location;
  const modelId = text(fields, "model_id");
  if (
    modelId !== "" &&
    parent !== `${project}/loggedModels/${modelId}` &&
    parent.startsWith(`${project}/loggedModels/`)
  )
    throw invalidField("model_id", "it must be the logged model that the source names");
  if (run !== "" && parent.startsWith(`${project}/runs/`) && parent !== run)
    throw invalidField("run_id", "it must be the run that the source names");
  if (parent.startsWith(`${project}/runs/`)) return { parent, path, run: parent };
  if (run !== "" || !parent.startsWith(`${project}/loggedModels/`)) return { parent, path, run };
  const { loggedModel } = await callService(call, LoggedModelService.method.getLoggedModel, { name: parent });
  return { parent, path, run: loggedModel?.sourceRun ?? "" };
}

async function changeDescription(call: MlflowCall): Promise<unknown> {
  const { model, version } = await versionAskedOf(call);
  const changed = await callService(call, service.updateModelVersion, {
    version: { name: version.name, etag: version.etag, description: text(call.fields, "description") },
    updateMask: { paths: ["description"] },
  });
  return { model_version: changed.version && versionJson(changed.version, model.displayName) };
}

async function moveToStage(call: MlflowCall): Promise<unknown> {
  const stage = stageOf(requiredText(call.fields, "stage"), "stage");
  const archiveExistingVersions = flag(call.fields, "archive_existing_versions");
  if (archiveExistingVersions && stage !== "Staging" && stage !== "Production")
    throw invalidField("archive_existing_versions", "only versions of Staging and Production can be archived so");
  const number = versionAsked(call.fields);
  const model = await modelAsked(call);
  const name = `${model.name}/versions/${number}`;
  const moved = await callService(call, service.transitionModelVersion, { name, stage, archiveExistingVersions });
  return { model_version: moved.version && versionJson(moved.version, model.displayName) };
}

async function changeTags(
  call: MlflowCall,
  change: { readonly tags?: Record<string, string>; readonly removedKeys?: string[] },
): Promise<typeof NOTHING> {
  const number = versionAsked(call.fields);
  const model = await modelAsked(call);
  await callService(call, service.setModelVersionTags, { name: `${model.name}/versions/${number}`, ...change });
  return NOTHING;
}

async function findVersions(call: MlflowCall): Promise<unknown> {
  const { fields, project } = call;
  const asked = { parent: project, filter: registryFilter(fields), orderBy: [...texts(fields, "order_by")] };
  const list = { field: "model_versions", most: count(fields, "max_results", PAGE), pageMost: PAGE_MOST };
  return answerList(call, { ...list, pageToken: text(fields, "page_token") }, async (page) => {
    const { versions, nextPageToken } = await callService(call, service.searchModelVersions, { ...asked, ...page });
    const titles = await titlesOf(call, versions);
    const items = versions.flatMap((it) => {
      const title = titles.get(modelOf(it));
      return title === undefined ? [] : [versionJson(it, title)];
    });
    return { items, nextPageToken };
  });
}

const modelOf = ({ name }: ModelVersion): string => name.slice(0, name.lastIndexOf("/versions/"));

/** The titles of the versions' models, by name. A model that was removed meanwhile has none. */
async function titlesOf(call: MlflowCall, versions: readonly ModelVersion[]): Promise<ReadonlyMap<string, string>> {
  const names = [...new Set(versions.map(modelOf))];
  const read = async (name: string): Promise<Model | undefined> => {
    try {
      return (await callService(call, service.getModel, { name })).model;
    } catch (error) {
      if (isCode(error, Code.NotFound)) return undefined;
      throw error;
    }
  };
  const models = await Promise.all(names.map(read));
  return new Map(models.flatMap((it) => (it ? [[it.name, it.displayName] as const] : [])));
}
