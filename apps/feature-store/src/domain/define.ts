import { type Clock, notFound } from "@throughline/kernel";
import type { RequestIdentity } from "@throughline/store";
import { type Catalog, type Version, type Versions, versionIn } from "./catalog.ts";
import { type Described, type Descriptions, described } from "./description.ts";
import { checkEntity, type Entity, type EntityDefinition, entityDigest } from "./entity.ts";
import { otherDefinition } from "./errors.ts";
import { type BoundService, bindService, type FeatureService, withRequestSources } from "./feature-service.ts";
import type { FeatureView } from "./feature-view.ts";
import { entityName, onDemandViewName, serviceName, sourceName, viewName } from "./names.ts";
import type { OnDemandView } from "./on-demand/on-demand-view.ts";
import type { Once } from "./once.ts";
import {
  type FoundViews,
  planService,
  planView,
  type ServiceDefinition,
  type ViewDefinition,
} from "./plan-definition.ts";
import { type PrivacyPolicies, planSourcePolicy } from "./privacy/privacy-policy.ts";
import { checkSource, type Source, sourceDigest, type WantedSource } from "./source.ts";

/** A definition as somebody asks for it. */
export interface Defining<T> {
  readonly project: string;
  readonly id: string;
  readonly definition: T;
  readonly identity: RequestIdentity;
  readonly actor: string;
}

/** Makes and finds definitions. */
export interface Define {
  createEntity(request: Defining<EntityDefinition>): Promise<Entity>;
  createSource(request: Defining<WantedSource>): Promise<Source>;
  applyView(request: Defining<ViewDefinition>): Promise<Described<FeatureView>>;
  applyService(request: Defining<ServiceDefinition>): Promise<Described<FeatureService>>;
  /** Each fails with NOT_FOUND. Version 0 is the current one: what was applied last. */
  entity(project: string, id: string): Promise<Entity>;
  source(project: string, id: string): Promise<Source>;
  view(project: string, id: string, version: number): Promise<FeatureView>;
  onDemandView(project: string, id: string, version: number): Promise<OnDemandView>;
  service(project: string, id: string, version: number): Promise<FeatureService>;
  /** With what is said of them now. */
  describedView(view: FeatureView): Promise<Described<FeatureView>>;
  describedOnDemandView(view: OnDemandView): Promise<Described<OnDemandView>>;
  describedService(service: FeatureService): Promise<Described<FeatureService>>;
  /** A feature service with its views. */
  bound(service: FeatureService): Promise<BoundService>;
}

/** What definitions need. */
export interface DefineDeps {
  readonly catalog: Catalog;
  readonly descriptions: Descriptions;
  readonly privacyPolicies: PrivacyPolicies;
  readonly clock: Clock;
  readonly once: Once;
}

export function define(deps: DefineDeps): Define {
  const { entities, sources, views, onDemandViews, services } = deps.catalog;
  const view: Define["view"] = async (project, id, version) => {
    const found = await versionIn(views, project, { id, version });
    return found ?? absent(viewName.format({ project, view: id }), version);
  };
  const onDemandView: Define["onDemandView"] = async (project, id, version) => {
    const found = await versionIn(onDemandViews, project, { id, version });
    return found ?? absent(onDemandViewName.format({ project, view: id }), version);
  };
  return {
    createEntity: (request) => createEntity(deps, request),
    createSource: (request) => createSource(deps, request),
    applyView: (request) => applyView(deps, request),
    applyService: (request) => applyService(deps, request),
    view,
    onDemandView,
    async entity(project, id) {
      return (await entities.get(project, id)) ?? absent(entityName.format({ project, entity: id }), 0);
    },
    async source(project, id) {
      return (await sources.get(project, id)) ?? absent(sourceName.format({ project, source: id }), 0);
    },
    async service(project, id, version) {
      const found = await versionIn(services, project, { id, version });
      return found ?? absent(serviceName.format({ project, service: id }), version);
    },
    async describedView(it) {
      return described(it, await deps.descriptions.get({ kind: "views", project: it.project, id: it.id }));
    },
    async describedOnDemandView(it) {
      return described(it, await deps.descriptions.get({ kind: "onDemandViews", project: it.project, id: it.id }));
    },
    async describedService(it) {
      return described(it, await deps.descriptions.get({ kind: "services", project: it.project, id: it.id }));
    },
    async bound(service) {
      const { project, views: selections, onDemandViews: onDemand = [] } = service;
      return bindService(
        service,
        await Promise.all(selections.map((it) => view(project, it.view, it.version))),
        await Promise.all(onDemand.map((it) => onDemandView(project, it.view, it.version))),
      );
    },
  };
}

function absent(name: string, version: number): never {
  throw notFound(version === 0 ? name : `${name} version ${version}`);
}

async function createEntity(
  { catalog, clock, once }: DefineDeps,
  request: Defining<EntityDefinition>,
): Promise<Entity> {
  const { project, id, definition, identity } = request;
  checkEntity(definition);
  const digest = entityDigest(definition);
  const work = async () => {
    const there = await catalog.entities.get(project, id);
    if (there && there.digest !== digest) throw otherDefinition(entityName.format({ project, entity: id }));
    const entity: Entity = there ?? { ...definition, project, id, digest, createTimeMs: clock.now() };
    return { writes: there ? [] : catalog.entities.adding(entity), response: entity };
  };
  return once({ identity, subject: `${project}/entities/${id}`, work });
}

async function createSource(deps: DefineDeps, request: Defining<WantedSource>): Promise<Source> {
  const { catalog, clock, once } = deps;
  const { project, id, identity, actor } = request;
  const { privacyPolicy, ...definition } = request.definition;
  checkSource(definition);
  const digest = sourceDigest(definition);
  const work = async () => {
    const there = await catalog.sources.get(project, id);
    if (there && there.digest !== digest) throw otherDefinition(sourceName.format({ project, source: id }));
    const empty = { digest, createTimeMs: clock.now(), rowCount: 0, dataVersion: 0 };
    const source: Source = there ?? { ...definition, project, id, ...empty };
    const change = { actor, reason: "", timeMs: clock.now() };
    const subject = { project, source: id };
    const { columns } = definition;
    const wanted = privacyPolicy && { subject, policy: privacyPolicy, change, columns };
    const policy = wanted && (await planSourcePolicy(deps.privacyPolicies, wanted));
    const writes = [...(there ? [] : catalog.sources.adding(source)), ...(policy?.writes ?? [])];
    return { writes, response: source };
  };
  return once({ identity, subject: `${project}/sources/${id}`, work });
}

async function applyView(deps: DefineDeps, request: Defining<ViewDefinition>): Promise<Described<FeatureView>> {
  const { catalog, clock, once } = deps;
  const { project, id, definition, identity, actor } = request;
  const work = async () => {
    const [entity, source] = await Promise.all([
      catalog.entities.get(project, definition.entity),
      catalog.sources.get(project, definition.source),
    ]);
    const change = { actor, reason: "", timeMs: clock.now() };
    const { value, writes } = await planView(deps, { project, id, definition, change }, { entity, source });
    return { writes, response: value };
  };
  return once({ identity, subject: `${project}/views/${id}`, work });
}

async function applyService(
  deps: DefineDeps,
  request: Defining<ServiceDefinition>,
): Promise<Described<FeatureService>> {
  const { catalog, clock, once } = deps;
  const { project, id, identity, actor } = request;
  const work = async () => {
    const sources = (request.definition.requestSources ?? []).map((it) => catalog.sources.get(project, it));
    const definition = withRequestSources(request.definition, await Promise.all(sources));
    const found = await selectedViews(catalog, project, definition);
    const change = { actor, reason: "", timeMs: clock.now() };
    const { value, writes } = await planService(deps, { project, id, definition, change }, found);
    return { writes, response: value };
  };
  return once({ identity, subject: `${project}/services/${id}`, work });
}

/** The views of a feature service's selections, in their order. */
async function selectedViews(
  { views, onDemandViews }: Catalog,
  project: string,
  definition: Pick<ServiceDefinition, "views" | "onDemandViews">,
): Promise<FoundViews> {
  const found = <T extends Version>(of: Versions<T>, { view: id, version }: { view: string; version: number }) =>
    versionIn(of, project, { id, version });
  return {
    views: await Promise.all(definition.views.map((it) => found(views, it))),
    onDemandViews: await Promise.all((definition.onDemandViews ?? []).map((it) => found(onDemandViews, it))),
  };
}
