import { type Digest, DomainError, digestOfJson } from "@throughline/kernel";
import type { Change, RequestIdentity, Write } from "@throughline/store";
import { type Version, type Versions, versionIn } from "./catalog.ts";
import type { DefineDeps } from "./define.ts";
import type { Entity, EntityDefinition } from "./entity.ts";
import { planChanged } from "./errors.ts";
import { type FeatureService, withRequestSources } from "./feature-service.ts";
import type { FeatureView } from "./feature-view.ts";
import type { OnDemandView } from "./on-demand/on-demand-view.ts";
import { planOnDemandView, type WantedOnDemandView } from "./on-demand/plan-on-demand.ts";
import { untilWon } from "./once.ts";
import { planEntity, planService, planView, type ServiceDefinition, type ViewDefinition } from "./plan-definition.ts";
import { planSource } from "./plan-source.ts";
import type { DefinitionChange, Planned } from "./plan-version.ts";
import { moveProblems, type Place, type Problems, problems } from "./problems.ts";
import type { Source, WantedSource } from "./source.ts";

/** A definition by the id that it is to have. */
export interface Named<T> {
  readonly id: string;
  readonly definition: T;
}

/** Definitions that are applied together. They may refer to each other in any order. */
export interface Definitions {
  readonly entities: readonly Named<EntityDefinition>[];
  readonly sources: readonly Named<WantedSource>[];
  readonly views: readonly Named<ViewDefinition>[];
  readonly onDemandViews: readonly Named<WantedOnDemandView>[];
  readonly services: readonly Named<ServiceDefinition>[];
}

/** What is asked for. */
export interface ApplyRequest {
  readonly project: string;
  readonly definitions: Definitions;
  /** True: nothing is changed. */
  readonly isDryRun: boolean;
  /** Digest of the plan that was looked at; undefined: any plan is right. */
  readonly expectedDigest: Digest | undefined;
  readonly actor: string;
  readonly reason: string;
  readonly identity: RequestIdentity;
}

/** What the definitions change, and what was made of the feature services among them. */
export interface AppliedPlan {
  readonly changes: readonly DefinitionChange[];
  readonly digest: Digest;
  readonly services: readonly FeatureService[];
}

/**
 * Plans what definitions change, and changes it in one commit: all or nothing. What is not named stays as it is. Fails with
 * INVALID_FIELD and everything that is wrong, and with PLAN_CHANGED.
 */
export async function applyDefinitions(deps: DefineDeps, request: ApplyRequest): Promise<AppliedPlan> {
  const { project, identity, isDryRun, expectedDigest } = request;
  const work = async () => {
    const { writes, ...plan } = await planAll(deps, request);
    if (expectedDigest !== undefined && plan.digest !== expectedDigest) throw planChanged(expectedDigest, plan.digest);
    return { writes, response: plan };
  };
  if (isDryRun) return (await untilWon(work)).response;
  return deps.once({ identity, subject: `${project}/definitions`, work });
}

async function planAll(deps: DefineDeps, request: ApplyRequest): Promise<AppliedPlan & { writes: readonly Write[] }> {
  const { project, definitions, actor, reason } = request;
  const planning: Planning = {
    deps,
    project,
    change: { actor, reason, timeMs: deps.clock.now() },
    wrong: problems(),
    planned: [],
    sources: new Map(),
    views: new Map(),
    onDemandViews: new Map(),
  };
  const entities = new Map<string, Entity>();
  for (const [i, it] of unique(planning, definitions, "entities"))
    await plan(planning, { to: `definitions.entities[${i}]`, from: "entity" }, async () => {
      const planned = await planEntity(deps, { project, change: planning.change, ...it });
      entities.set(it.id, planned.value);
      return planned;
    });
  for (const [i, it] of unique(planning, definitions, "sources"))
    await plan(planning, { to: `definitions.sources[${i}]`, from: "source" }, async () => {
      const planned = await planSource(deps, { project, change: planning.change, ...it });
      planning.sources.set(it.id, planned.value);
      return planned;
    });
  for (const [i, it] of unique(planning, definitions, "views"))
    await plan(planning, { to: `definitions.feature_views[${i}]`, from: "feature_view" }, async () => {
      const { entity, source } = it.definition;
      const parts = {
        entity: entities.get(entity) ?? (await deps.catalog.entities.get(project, entity)),
        source: await sourceOf(planning, source),
      };
      const planned = await planView(deps, { project, change: planning.change, ...it }, parts);
      planning.views.set(it.id, planned.value);
      return planned;
    });
  for (const [i, it] of unique(planning, definitions, "onDemandViews"))
    await plan(planning, { to: `definitions.on_demand_views[${i}]`, from: "on_demand_view" }, async () => {
      const planned = await planOnDemand(planning, it);
      planning.onDemandViews.set(it.id, planned.value);
      return planned;
    });
  const services: FeatureService[] = [];
  for (const [i, it] of unique(planning, definitions, "services"))
    await plan(planning, { to: `definitions.feature_services[${i}]`, from: "feature_service" }, async () => {
      const planned = await planOneService(planning, it);
      services.push(planned.value);
      return planned;
    });
  return finished(planning, services);
}

interface Planning {
  readonly deps: DefineDeps;
  readonly project: string;
  readonly change: Change;
  readonly wrong: Problems;
  readonly planned: Planned<unknown>[];
  /** What is planned already, by id. */
  readonly sources: Map<string, Source>;
  readonly views: Map<string, FeatureView>;
  readonly onDemandViews: Map<string, OnDemandView>;
}

const sourceOf = async ({ deps, project, sources }: Planning, id: string): Promise<Source | undefined> =>
  sources.get(id) ?? (await deps.catalog.sources.get(project, id));

async function planOnDemand(planning: Planning, { id, definition }: Named<WantedOnDemandView>) {
  const { deps, project, change, views } = planning;
  const requestSources = (definition.requestSources ?? []).map((it) => sourceOf(planning, it));
  return planOnDemandView(
    deps,
    { project, id, definition, change },
    {
      views: await versionsOf(project, viewsOf(planning), definition.views),
      requestSources: await Promise.all(requestSources),
      sameId: views.get(id) ?? (await deps.catalog.views.current(project, id)),
    },
  );
}

async function planOneService(planning: Planning, { id, definition: wanted }: Named<ServiceDefinition>) {
  const { deps, project, change } = planning;
  const found = await Promise.all((wanted.requestSources ?? []).map((it) => sourceOf(planning, it)));
  const definition = withRequestSources(wanted, found);
  return planService(
    deps,
    { project, id, definition, change },
    {
      views: await versionsOf(project, viewsOf(planning), definition.views),
      onDemandViews: await versionsOf(project, onDemandOf(planning), definition.onDemandViews ?? []),
    },
  );
}

/** The definitions of one kind with their places; an id that is there twice is a problem. */
function unique<K extends keyof Definitions>(
  { wrong }: Planning,
  definitions: Definitions,
  kind: K,
): readonly (readonly [number, Definitions[K][number]])[] {
  const field = {
    entities: "entities",
    sources: "sources",
    views: "feature_views",
    onDemandViews: "on_demand_views",
    services: "feature_services",
  }[kind];
  const of = definitions[kind];
  return [...of.entries()].filter(([i, it]) => {
    const isFirst = of.findIndex((other) => other.id === it.id) === i;
    if (!isFirst) wrong.add(`definitions.${field}[${i}].name`, `${it.id} is there twice`);
    return isFirst;
  });
}

/** Keeps a plan, or the problems of it under the path at which the definition stands. */
async function plan({ wrong, planned }: Planning, place: Place, work: () => Promise<Planned<unknown>>): Promise<void> {
  try {
    planned.push(await work());
  } catch (error) {
    moveProblems(wrong, place, error);
  }
}

/** Versions of one kind: those that are planned, by id, and those that are kept. */
interface KindOf<T extends Version> {
  readonly planned: ReadonlyMap<string, T>;
  readonly kept: Versions<T>;
}

const viewsOf = ({ deps, views }: Planning): KindOf<FeatureView> => ({ planned: views, kept: deps.catalog.views });

const onDemandOf = ({ deps, onDemandViews }: Planning): KindOf<OnDemandView> => ({
  planned: onDemandViews,
  kept: deps.catalog.onDemandViews,
});

/** The versions that selections name, which may be planned, in their order. */
const versionsOf = <T extends Version>(
  project: string,
  { planned, kept }: KindOf<T>,
  selections: readonly { readonly view: string; readonly version: number }[],
): Promise<readonly (T | undefined)[]> =>
  Promise.all(
    selections.map(async ({ view: id, version }) => {
      const found = planned.get(id);
      const isAsked = version === 0 || found?.version === version;
      return (isAsked ? found : undefined) ?? versionIn(kept, project, { id, version });
    }),
  );

/** Most writes of one commit, with room for what remembers the request. */
const WRITES_MAX = 950;

function finished({ wrong, planned }: Planning, services: readonly FeatureService[]) {
  wrong.throwIfAny();
  const writes = planned.flatMap((it) => it.writes);
  if (writes.length > WRITES_MAX)
    throw new DomainError(
      "exhausted",
      "DEFINITIONS_TOO_MANY",
      `The definitions change ${planned.length} things at once, which is more than one commit holds. Apply them in parts.`,
      { metadata: { count: String(planned.length) } },
    );
  const changes = planned.map((it) => it.change);
  const digest = digestOfJson(changes.map((it) => ({ ...it, fields: [...it.fields] })));
  return { changes, digest, services, writes };
}
