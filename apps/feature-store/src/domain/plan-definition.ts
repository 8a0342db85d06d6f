import type { Clock } from "@throughline/kernel";
import type { Change } from "@throughline/store";
import type { Catalog, Definitions } from "./catalog.ts";
import type { Described, Descriptions } from "./description.ts";
import { differingFields } from "./differing-fields.ts";
import { checkEntity, type Entity, type EntityDefinition, entityDigest } from "./entity.ts";
import { type FeatureService, type FeatureServiceDefinition, resolveService } from "./feature-service.ts";
import { type FeatureView, type FeatureViewDefinition, resolveView } from "./feature-view.ts";
import { entityName, serviceName, viewName } from "./names.ts";
import type { OnDemandView } from "./on-demand/on-demand-view.ts";
import { type DefinitionChange, divided, type Planned, planVersion } from "./plan-version.ts";
import type { PrivacyPolicies } from "./privacy/privacy-policy.ts";
import { problems } from "./problems.ts";
import type { Source } from "./source.ts";

/** What planning needs. */
export interface PlanDeps {
  readonly catalog: Catalog;
  readonly descriptions: Descriptions;
  readonly privacyPolicies: PrivacyPolicies;
  readonly clock: Clock;
}

/** A definition of a project by its id. */
export interface Wanted<T> {
  readonly project: string;
  readonly id: string;
  readonly definition: T;
  /** Who wants it, and why. */
  readonly change: Change;
}

/** Fails with INVALID_FIELD, also for an entity whose keys differ from those that are there. */
export async function planEntity(
  { catalog, clock }: PlanDeps,
  { project, id, definition }: Wanted<EntityDefinition>,
): Promise<Planned<Entity>> {
  checkEntity(definition);
  const there = await catalog.entities.get(project, id);
  const digest = entityDigest(definition);
  const name = entityName.format({ project, entity: id });
  if (!there) {
    const value: Entity = { ...definition, project, id, digest, createTimeMs: clock.now() };
    return { value, change: added(name, 0, digest), writes: catalog.entities.adding(value) };
  }
  if (typesOf(there.keys) !== typesOf(definition.keys)) refuse("entity.keys", "the keys of an entity never change");
  return updated(catalog.entities, { name, there, change: { ...definition, digest } });
}

/** Names and types alone: what is said of a column may be said otherwise. */
const typesOf = (columns: EntityDefinition["keys"]): string =>
  JSON.stringify(columns.map(({ name, type }) => [name, type]));

function refuse(path: string, description: string): void {
  const found = problems();
  found.add(path, description);
  found.throwIfAny();
}

/** What becomes of something new. */
export const added = (name: string, version: number, digest: string): DefinitionChange => ({
  name,
  action: "add",
  versionBefore: 0,
  version,
  fields: [],
  digest,
});

/** Something that is there, and what is wanted of it. */
export interface Updating<T> {
  readonly name: string;
  readonly there: T;
  readonly change: Partial<T> & { readonly digest: string };
}

/** Changes in place what may change so. */
export async function updated<T extends { readonly project: string; readonly id: string; readonly digest: string }>(
  definitions: Pick<Definitions<T>, "changing">,
  { name, there, change }: Updating<T>,
): Promise<Planned<T>> {
  const value: T = { ...there, ...change };
  const fields = differingFields({ ...there, digest: "" }, { ...value, digest: "" });
  const action = fields.length > 0 ? "update" : "unchanged";
  const told: DefinitionChange = { name, action, versionBefore: 0, version: 0, fields, digest: value.digest };
  if (action === "unchanged") return { value: there, change: told, writes: [] };
  return { value, change: told, writes: await definitions.changing(there, change) };
}

/** What the author of a view says: its definition, and what is said of it. */
export type ViewDefinition = Described<FeatureViewDefinition>;

/** What a view refers to, there already or planned beside it; undefined where there is none. */
export interface ViewParts {
  readonly entity: Entity | undefined;
  readonly source: Source | undefined;
}

/** Fails with INVALID_FIELD and everything that is wrong. */
export async function planView(
  deps: PlanDeps,
  wanted: Wanted<ViewDefinition>,
  { entity, source }: ViewParts,
): Promise<Planned<Described<FeatureView>>> {
  const { project, id, definition } = wanted;
  const wrong = problems();
  if (!entity) wrong.add("feature_view.entity", `there is no entity ${definition.entity}`);
  if (!source) wrong.add("feature_view.source", `there is no source ${definition.source}`);
  if (source?.kind === "request")
    wrong.add(
      "feature_view.source",
      "its values come with each request: name it in a feature service's request_sources",
    );
  if (await deps.catalog.onDemandViews.current(project, id)) wrong.add("feature_view.name", isOnDemandView(id));
  wrong.throwIfAny();
  const [said, bare] = divided(definition);
  const resolve = (it: FeatureViewDefinition) => resolveView(it, entity as Entity, source as Source);
  const whole = (it: FeatureViewDefinition) => ({ ...it, ...resolve(it), project, createTimeMs: deps.clock.now() });
  const current = await deps.catalog.views.current(project, id);
  // A version of before descriptions stood apart has what was said in its digest, and is still the same definition.
  const older = { ...bare, description: current?.description ?? "", owner: current?.owner ?? "" };
  const view = current && current.digest === resolve(older).digest ? whole(older) : whole(bare);
  const name = viewName.format({ project, view: id });
  return planVersion(deps, deps.catalog.views, {
    name,
    subject: { kind: "views", project, id },
    wanted: view,
    current,
    said,
    change: wanted.change,
  });
}

const isOnDemandView = (id: string): string => `${id} is an on-demand view: features of both would have the same names`;

/** What the author of a feature service says. */
export type ServiceDefinition = Described<FeatureServiceDefinition>;

/** The view of each selection, in their order; undefined where there is none. */
export interface FoundViews {
  readonly views: readonly (FeatureView | undefined)[];
  readonly onDemandViews: readonly (OnDemandView | undefined)[];
}

/** Fails with INVALID_FIELD and everything that is wrong. */
export async function planService(
  deps: PlanDeps,
  wanted: Wanted<ServiceDefinition>,
  found: FoundViews,
): Promise<Planned<Described<FeatureService>>> {
  const { project, id, definition } = wanted;
  const [said, bare] = divided(definition);
  const resolve = (it: FeatureServiceDefinition) => resolveService(it, found.views, found.onDemandViews);
  const whole = ({ onDemandViews, ...it }: FeatureServiceDefinition) => ({
    ...it,
    ...resolve({ ...it, ...(onDemandViews && { onDemandViews }) }),
    project,
    id,
    createTimeMs: deps.clock.now(),
  });
  const current = await deps.catalog.services.current(project, id);
  const older = { ...bare, description: current?.description ?? "" };
  const service = current && current.digest === resolve(older).digest ? whole(older) : whole(bare);
  const name = serviceName.format({ project, service: id });
  return planVersion(deps, deps.catalog.services, {
    name,
    subject: { kind: "services", project, id },
    wanted: service,
    current,
    said,
    change: wanted.change,
  });
}
