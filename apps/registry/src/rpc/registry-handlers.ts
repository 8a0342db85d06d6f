import type { ServiceImpl } from "@connectrpc/connect";
import {
  ApproveModelVersionRequestSchema,
  CreateModelRequestSchema,
  CreateModelVersionRequestSchema,
  DeleteModelRequestSchema,
  DeleteModelVersionRequestSchema,
  type RegistryService,
  SetModelAliasRequestSchema,
  SetModelTagsRequestSchema,
  SetModelVersionTagsRequestSchema,
  TransitionModelVersionRequestSchema,
  UpdateModelRequestSchema,
  UpdateModelVersionRequestSchema,
} from "@throughline/contracts/throughline/registry/v1/registry_service_pb";
import { invalidField, type PageTokens } from "@throughline/kernel";
import { toMs } from "@throughline/rpc";
import { listAliasChanges, setAlias } from "../domain/aliases.ts";
import { deleteModel, deleteVersion } from "../domain/deletions.ts";
import { displayNameOf } from "../domain/display-name.ts";
import { listModelChanges, listVersionChanges } from "../domain/model-changes.ts";
import { getVersion, listVersions } from "../domain/model-versions.ts";
import { createModel, getModel, listModels, setModelTags, updateModel } from "../domain/models.ts";
import { MODEL, PROJECT } from "../domain/names.ts";
import { registerVersion } from "../domain/register-version.ts";
import type { RegistrationDeps } from "../domain/registration.ts";
import { searchModels } from "../domain/search-models.ts";
import { searchVersions } from "../domain/search-versions.ts";
import { type TransitionDeps, transitionVersion } from "../domain/transitions.ts";
import { approveVersion, describeVersion, setVersionTags } from "../domain/version-changes.ts";
import { attachHandler } from "./attach-handler.ts";
import { callOf, pageOf, thenOf } from "./call.ts";
import { aliasChangeToProto, fieldChangeToProto, modelToProto, versionToProto } from "./convert-model.ts";
import {
  moveFromProto,
  registrationFromProto,
  tagChangeFromProto,
  updateFromProto,
  versionUpdateFromProto,
} from "./convert-registry-request.ts";

/** What the edge of RegistryService needs. */
export interface RegistryEdge extends RegistrationDeps, TransitionDeps {
  readonly pageTokens: PageTokens;
}

/** The edge of RegistryService: convert, call, convert. */
export const registryHandlers = (deps: RegistryEdge): ServiceImpl<typeof RegistryService> => ({
  ...modelHandlers(deps),
  ...aliasHandlers(deps),
  ...versionHandlers(deps),
  ...versionReads(deps),
  ...attachHandler(deps),
  ...searchHandlers(deps),
});

const modelHandlers = (deps: RegistryEdge) =>
  ({
    async createModel(request, context) {
      const { project } = PROJECT.parse(request.parent, "parent");
      const name = MODEL.format({ project, model: request.modelId });
      const call = callOf(CreateModelRequestSchema, request, { resource: name, context });
      const { description = "", tags = {}, displayName: said = "" } = request.model ?? {};
      const displayName = displayNameOf(said === "" ? request.modelId : said, "model.display_name");
      const { unusedId } = request;
      const model = { name, displayName, description, tags: { ...tags }, unusedId };
      return { model: modelToProto(await createModel(deps, call, model)) };
    },

    async getModel({ name, asOf }) {
      MODEL.parse(name);
      return { model: modelToProto(await getModel(deps, name, asOf && toMs(asOf))) };
    },

    async listModels(request) {
      const { parent: project, displayName } = request;
      PROJECT.parse(project, "parent");
      const named = displayName === "" ? {} : { displayName: displayNameOf(displayName, "display_name") };
      const then = thenOf(request);
      const query = ["models", project, displayName, then];
      const page = await pageOf(deps.pageTokens, { query, request }, (it) =>
        listModels(deps, { project, ...named, ...then }, it),
      );
      return { models: page.items.map(modelToProto), nextPageToken: page.nextPageToken };
    },

    async updateModel(request, context) {
      const update = updateFromProto(request);
      const call = callOf(UpdateModelRequestSchema, request, { resource: update.name, context });
      return { model: modelToProto(await updateModel(deps, call, update)) };
    },

    async setModelTags(request, context) {
      MODEL.parse(request.name);
      const call = callOf(SetModelTagsRequestSchema, request, { resource: request.name, context });
      return { model: modelToProto(await setModelTags(deps, call, tagChangeFromProto(request))) };
    },

    async deleteModel(request, context) {
      MODEL.parse(request.name);
      await deleteModel(deps, callOf(DeleteModelRequestSchema, request, { resource: request.name, context }), request);
      return {};
    },
  }) satisfies Partial<ServiceImpl<typeof RegistryService>>;

const aliasHandlers = (deps: RegistryEdge) =>
  ({
    async listModelChanges(request) {
      MODEL.parse(request.name);
      const query = ["model changes", request.name];
      const page = await pageOf(deps.pageTokens, { query, request }, (it) => listModelChanges(deps, request.name, it));
      return { changes: page.items.map(fieldChangeToProto), nextPageToken: page.nextPageToken };
    },

    async setModelAlias(request, context) {
      const move = moveFromProto(request);
      const call = callOf(SetModelAliasRequestSchema, request, { resource: move.model, context });
      return { model: modelToProto(await setAlias(deps, call, move)) };
    },

    async listAliasChanges(request) {
      const { model, alias } = request;
      MODEL.parse(model, "model");
      const query = ["alias changes", model, alias];
      const page = await pageOf(deps.pageTokens, { query, request, usual: 1_000 }, (it) =>
        listAliasChanges(deps, { model, alias }, it),
      );
      return { changes: page.items.map(aliasChangeToProto), nextPageToken: page.nextPageToken };
    },
  }) satisfies Partial<ServiceImpl<typeof RegistryService>>;

const versionHandlers = (deps: RegistryEdge) =>
  ({
    async createModelVersion(request, context) {
      MODEL.parse(request.parent, "parent");
      const call = callOf(CreateModelVersionRequestSchema, request, { resource: request.parent, context });
      if (!request.version) throw invalidField("version", "it is missing");
      const version = await registerVersion(deps, call, registrationFromProto(request.parent, request.version));
      return { version: versionToProto(version) };
    },

    async updateModelVersion(request, context) {
      const update = versionUpdateFromProto(request);
      const call = callOf(UpdateModelVersionRequestSchema, request, { resource: update.name, context });
      return { version: versionToProto(await describeVersion(deps, call, update)) };
    },

    async setModelVersionTags(request, context) {
      const call = callOf(SetModelVersionTagsRequestSchema, request, { resource: request.name, context });
      return { version: versionToProto(await setVersionTags(deps, call, tagChangeFromProto(request))) };
    },

    async transitionModelVersion(request, context) {
      const call = callOf(TransitionModelVersionRequestSchema, request, { resource: request.name, context });
      const wanted = { ...request, archiveExisting: request.archiveExistingVersions };
      return { version: versionToProto(await transitionVersion(deps, call, wanted)) };
    },

    async approveModelVersion(request, context) {
      const call = callOf(ApproveModelVersionRequestSchema, request, { resource: request.name, context });
      return { version: versionToProto(await approveVersion(deps, call, request)) };
    },

    async deleteModelVersion(request, context) {
      const call = callOf(DeleteModelVersionRequestSchema, request, { resource: request.name, context });
      await deleteVersion(deps, call, request);
      return {};
    },
  }) satisfies Partial<ServiceImpl<typeof RegistryService>>;

const versionReads = (deps: RegistryEdge) =>
  ({
    async getModelVersion({ name, asOf }) {
      const version = await getVersion(deps, name, { path: "name", ...(asOf && { asOfMs: toMs(asOf) }) });
      return { version: versionToProto(version) };
    },

    async listModelVersions(request) {
      const { parent: model } = request;
      MODEL.parse(model, "parent");
      const then = thenOf(request);
      const query = ["versions", model, then];
      const page = await pageOf(deps.pageTokens, { query, request }, (it) =>
        listVersions(deps, { model, ...then }, it),
      );
      return { versions: page.items.map(versionToProto), nextPageToken: page.nextPageToken };
    },

    async listModelVersionChanges(request) {
      const query = ["version changes", request.name];
      const page = await pageOf(deps.pageTokens, { query, request }, (it) =>
        listVersionChanges(deps, request.name, it),
      );
      return { changes: page.items.map(fieldChangeToProto), nextPageToken: page.nextPageToken };
    },
  }) satisfies Partial<ServiceImpl<typeof RegistryService>>;

const searchHandlers = (deps: RegistryEdge) =>
  ({
    async searchModels(request) {
      const { parent: project, filter, orderBy } = request;
      PROJECT.parse(project, "parent");
      const then = thenOf(request);
      const query = ["search models", project, filter, ...orderBy, then];
      const page = await pageOf(deps.pageTokens, { query, request }, (it) =>
        searchModels(deps, { project, filter, orderBy, ...then }, it),
      );
      return { models: page.items.map(modelToProto), nextPageToken: page.nextPageToken };
    },

    async searchModelVersions(request) {
      const { parent: project, filter, orderBy } = request;
      PROJECT.parse(project, "parent");
      const then = thenOf(request);
      const query = ["search versions", project, filter, ...orderBy, then];
      const page = await pageOf(deps.pageTokens, { query, request }, (it) =>
        searchVersions(deps, { project, filter, orderBy, ...then }, it),
      );
      return { versions: page.items.map(versionToProto), nextPageToken: page.nextPageToken };
    },
  }) satisfies Partial<ServiceImpl<typeof RegistryService>>;
