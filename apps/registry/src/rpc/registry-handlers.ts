import type { ServiceImpl } from "@connectrpc/connect";
import {
  CreateModelRequestSchema,
  CreateModelVersionRequestSchema,
  type RegistryService,
  type SetModelAliasRequest,
  SetModelAliasRequestSchema,
  type UpdateModelRequest,
  UpdateModelRequestSchema,
} from "@throughline/contracts/throughline/registry/v1/registry_service_pb";
import { invalidField, type PageTokens } from "@throughline/kernel";
import { toMs } from "@throughline/rpc";
import { type AliasMove, listAliasChanges, setAlias } from "../domain/aliases.ts";
import { getVersion, listVersions, registerVersion, type VersionDeps } from "../domain/model-versions.ts";
import { createModel, getModel, listModels, type ModelUpdate, updateModel } from "../domain/models.ts";
import { MODEL, PROJECT } from "../domain/names.ts";
import { callOf, pageOf } from "./call.ts";
import {
  aliasChangeToProto,
  modelToProto,
  registrationFromProto,
  safeNumber,
  versionToProto,
} from "./convert-model.ts";

/** The edge of RegistryService: convert, call, convert. */
export const registryHandlers = (
  deps: VersionDeps & { readonly pageTokens: PageTokens },
): ServiceImpl<typeof RegistryService> => ({
  async createModel(request, context) {
    const { project } = PROJECT.parse(request.parent, "parent");
    const name = MODEL.format({ project, model: request.modelId });
    const call = callOf(CreateModelRequestSchema, request, { resource: name, context });
    const { description = "", tags = {} } = request.model ?? {};
    return { model: modelToProto(await createModel(deps, call, { name, description, tags: { ...tags } })) };
  },

  async getModel({ name, asOf }) {
    MODEL.parse(name);
    return { model: modelToProto(await getModel(deps, name, asOf && toMs(asOf))) };
  },

  async listModels(request) {
    PROJECT.parse(request.parent, "parent");
    const query = ["models", request.parent];
    const page = await pageOf(deps.pageTokens, { query, request }, (it) => listModels(deps, request.parent, it));
    return { models: page.items.map(modelToProto), nextPageToken: page.nextPageToken };
  },

  async updateModel(request, context) {
    const update = updateFromProto(request);
    const call = callOf(UpdateModelRequestSchema, request, { resource: update.name, context });
    return { model: modelToProto(await updateModel(deps, call, update)) };
  },

  async createModelVersion(request, context) {
    MODEL.parse(request.parent, "parent");
    const call = callOf(CreateModelVersionRequestSchema, request, { resource: request.parent, context });
    if (!request.version) throw invalidField("version", "it is missing");
    const version = await registerVersion(deps, call, registrationFromProto(request.parent, request.version));
    return { version: versionToProto(version) };
  },

  async getModelVersion({ name, asOf }) {
    const version = await getVersion(deps, name, { path: "name", ...(asOf && { asOfMs: toMs(asOf) }) });
    return { version: versionToProto(version) };
  },

  async listModelVersions(request) {
    MODEL.parse(request.parent, "parent");
    const query = ["versions", request.parent];
    const page = await pageOf(deps.pageTokens, { query, request }, (it) => listVersions(deps, request.parent, it));
    return { versions: page.items.map(versionToProto), nextPageToken: page.nextPageToken };
  },

  async setModelAlias(request, context) {
    const move = moveFromProto(request);
    const call = callOf(SetModelAliasRequestSchema, request, { resource: move.model, context });
    return { model: modelToProto(await setAlias(deps, call, move)) };
  },

  async listAliasChanges({ model, alias }) {
    MODEL.parse(model, "model");
    return { changes: (await listAliasChanges(deps, model, alias)).map(aliasChangeToProto) };
  },
});

/** The masked fields; without a mask those that are not empty. Fails with INVALID_FIELD. */
function updateFromProto({ model, updateMask, reason }: UpdateModelRequest): ModelUpdate {
  const { name = "", description = "", tags = {}, etag = "" } = model ?? {};
  MODEL.parse(name, "model.name");
  const paths = new Set(updateMask?.paths ?? []);
  for (const path of paths)
    if (path !== "description" && path !== "tags")
      throw invalidField("update_mask", `${path} cannot be changed: only description and tags can`);
  const changes = (path: string, given: boolean): boolean => (paths.size > 0 ? paths.has(path) : given);
  return {
    name,
    etag,
    reason,
    ...(changes("description", description !== "") && { description }),
    ...(changes("tags", Object.keys(tags).length > 0) && { tags: { ...tags } }),
  };
}

/** Fails with BAD_NAME and INVALID_FIELD. */
function moveFromProto({ model, alias, version, expectedVersion, reason }: SetModelAliasRequest): AliasMove {
  MODEL.parse(model, "model");
  const move = { model, alias, version: safeNumber(version, "version"), reason };
  if (expectedVersion === undefined) return move;
  return { ...move, expectedVersion: safeNumber(expectedVersion, "expected_version") };
}
