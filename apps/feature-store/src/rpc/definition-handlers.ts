import type { ServiceImpl } from "@connectrpc/connect";
import {
  ApplyFeatureServiceRequestSchema,
  ApplyFeatureViewRequestSchema,
  CreateEntityRequestSchema,
  CreateSourceRequestSchema,
  type FeatureStoreService,
} from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { callerOf } from "@throughline/rpc";
import type { FeatureStore } from "../domain/feature-store.ts";
import { entityName, projectName, serviceName, sourceName, viewName } from "../domain/names.ts";
import {
  entityFromProto,
  entityToProto,
  sourceFromProto,
  sourceToProto,
  viewFromProto,
  viewToProto,
} from "./convert-definitions.ts";
import { policyToProto } from "./convert-privacy.ts";
import { serviceFromProto, serviceToProto } from "./convert-services.ts";
import { requestIdentity } from "./request-identity.ts";

/** The methods about definitions. */
export type DefinitionMethods =
  | "createEntity"
  | "getEntity"
  | "listEntities"
  | "createSource"
  | "getSource"
  | "listSources"
  | "applyFeatureView"
  | "getFeatureView"
  | "listFeatureViews"
  | "applyFeatureService"
  | "getFeatureService"
  | "listFeatureServices";

/** Convert, call, convert. */
export function definitionHandlers(
  store: FeatureStore,
): Pick<ServiceImpl<typeof FeatureStoreService>, DefinitionMethods> {
  return { ...entityHandlers(store), ...sourceHandlers(store), ...viewHandlers(store), ...serviceHandlers(store) };
}

const projectOf = (parent: string): string => projectName.parse(parent, "parent").project;

const pageOf = ({ pageSize, pageToken }: { readonly pageSize: number; readonly pageToken: string }) => ({
  size: pageSize,
  token: pageToken,
});

const entityHandlers = ({ define, catalog }: FeatureStore) =>
  ({
    async createEntity(request, context) {
      const project = projectOf(request.parent);
      const entity = await define.createEntity({
        project,
        id: request.entityId,
        definition: entityFromProto(request.entity as NonNullable<typeof request.entity>),
        identity: requestIdentity(CreateEntityRequestSchema, request, { project, context }),
        actor: callerOf(context).actor,
      });
      return { entity: entityToProto(entity) };
    },
    async getEntity({ name }) {
      const { project, entity } = entityName.parse(name);
      return { entity: entityToProto(await define.entity(project, entity)) };
    },
    async listEntities(request) {
      const { items, nextPageToken } = await catalog.entities.list(projectOf(request.parent), pageOf(request));
      return { entities: items.map(entityToProto), nextPageToken };
    },
  }) satisfies Partial<ServiceImpl<typeof FeatureStoreService>>;

const sourceHandlers = ({ define, catalog, segments, privacyPolicies }: FeatureStore) =>
  ({
    async createSource(request, context) {
      const project = projectOf(request.parent);
      const source = await define.createSource({
        project,
        id: request.sourceId,
        definition: sourceFromProto(request.source as NonNullable<typeof request.source>),
        identity: requestIdentity(CreateSourceRequestSchema, request, { project, context }),
        actor: callerOf(context).actor,
      });
      return { source: sourceToProto(source, await segments.newest(source)) };
    },
    async getSource({ name }) {
      const parts = sourceName.parse(name);
      const source = await define.source(parts.project, parts.source);
      const [newest, policy] = await Promise.all([segments.newest(source), privacyPolicies.get(parts)]);
      const message = sourceToProto(source, newest);
      return { source: policy ? { ...message, privacyPolicy: policyToProto(policy) } : message };
    },
    async listSources(request) {
      const { items, nextPageToken } = await catalog.sources.list(projectOf(request.parent), pageOf(request));
      return { sources: items.map((it) => sourceToProto(it, [])), nextPageToken };
    },
  }) satisfies Partial<ServiceImpl<typeof FeatureStoreService>>;

const viewHandlers = ({ define, catalog }: FeatureStore) =>
  ({
    async applyFeatureView(request, context) {
      const project = projectOf(request.parent);
      const id = request.featureViewId;
      const view = await define.applyView({
        project,
        id,
        definition: viewFromProto(request.featureView as NonNullable<typeof request.featureView>, project, id),
        identity: requestIdentity(ApplyFeatureViewRequestSchema, request, { project, context }),
        actor: callerOf(context).actor,
      });
      return { featureView: viewToProto(view) };
    },
    async getFeatureView({ name, version }) {
      const { project, view } = viewName.parse(name);
      const found = await define.view(project, view, Number(version));
      return { featureView: viewToProto(await define.describedView(found)) };
    },
    async listFeatureViews(request) {
      const { items, nextPageToken } = await catalog.views.list(projectOf(request.parent), pageOf(request));
      const views = await Promise.all(items.map((it) => define.describedView(it)));
      return { featureViews: views.map(viewToProto), nextPageToken };
    },
  }) satisfies Partial<ServiceImpl<typeof FeatureStoreService>>;

const serviceHandlers = ({ define, catalog, plans, layouts, generations }: FeatureStore) =>
  ({
    async applyFeatureService(request, context) {
      const project = projectOf(request.parent);
      const id = request.featureServiceId;
      const service = await define.applyService({
        project,
        id,
        definition: serviceFromProto(request.featureService as NonNullable<typeof request.featureService>, project),
        identity: requestIdentity(ApplyFeatureServiceRequestSchema, request, { project, context }),
        actor: callerOf(context).actor,
      });
      const bound = await define.bound(service);
      await generations.know(bound);
      layouts.add(bound);
      plans.changed(project, id);
      return { featureService: serviceToProto(service) };
    },
    async getFeatureService({ name, version }) {
      const { project, service } = serviceName.parse(name);
      const found = await define.service(project, service, Number(version));
      return { featureService: serviceToProto(await define.describedService(found)) };
    },
    async listFeatureServices(request) {
      const { items, nextPageToken } = await catalog.services.list(projectOf(request.parent), pageOf(request));
      const services = await Promise.all(items.map((it) => define.describedService(it)));
      return { featureServices: services.map(serviceToProto), nextPageToken };
    },
  }) satisfies Partial<ServiceImpl<typeof FeatureStoreService>>;
