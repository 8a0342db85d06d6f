import type { Clock } from "@throughline/kernel";
import type { Change, Write } from "@throughline/store";
import type { Catalog, Definitions, Version, Versions } from "./catalog.ts";
import { type Described, type Description, type Descriptions, described, type Subject } from "./description.ts";
import { differingFields } from "./differing-fields.ts";
import { checkEntity, type Entity, type EntityDefinition, entityDigest } from "./entity.ts";
import { type FeatureService, type FeatureServiceDefinition, resolveService } from "./feature-service.ts";
import { type FeatureView, type FeatureViewDefinition, resolveView } from "./feature-view.ts";
import { entityName, serviceName, viewName } from "./names.ts";
import type { PrivacyPolicies } from "./privacy/privacy-policy.ts";
import { problems } from "./problems.ts";
import type { Source } from "./source.ts";

/** What becomes of a definition. */
export type ChangeAction = "add" | "newVersion" | "update" | "unchanged";

/** What becomes of one definition. */
export interface DefinitionChange {
  readonly name: string;
  readonly action: ChangeAction;
  /** 0 for entities, and for what is new. */
  readonly versionBefore: number;
  readonly version: number;
  readonly fields: readonly string[];
  readonly digest: string;
}

/** A definition that is thought through, but not made. */
export interface Planned<T> {
  readonly value: T;
  readonly change: DefinitionChange;
  readonly writes: readonly Write[];
}

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

/** What the author of a feature service says. */
export type ServiceDefinition = Described<FeatureServiceDefinition>;

/** The view of each selection; undefined where there is none. */
export type FoundViews = readonly (FeatureView | undefined)[];

/** Fails with INVALID_FIELD and everything that is wrong. */
export async function planService(
  deps: PlanDeps,
  wanted: Wanted<ServiceDefinition>,
  found: FoundViews,
): Promise<Planned<Described<FeatureService>>> {
  const { project, id, definition } = wanted;
  const [said, bare] = divided(definition);
  const resolve = (it: FeatureServiceDefinition) => resolveService(it, found);
  const whole = (it: FeatureServiceDefinition) => ({
    ...it,
    ...resolve(it),
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

/** What is said of something, and the rest without it. */
function divided<T extends Description>(definition: T): readonly [Description, T] {
  const { description, owner, tags, freshnessTargetNs, costNote } = definition;
  const said = { description, owner, tags, costNote, ...(freshnessTargetNs !== undefined && { freshnessTargetNs }) };
  const { tags: _, freshnessTargetNs: __, costNote: ___, ...rest } = definition;
  return [said, { ...rest, description: "", owner: "" } as unknown as T];
}

interface PlannedVersion<T extends Version> {
  readonly name: string;
  readonly subject: Subject;
  readonly wanted: Omit<T, "version">;
  readonly current: T | undefined;
  readonly said: Description;
  readonly change: Change;
}

async function planVersion<T extends Version & { readonly description: string; readonly owner?: string }>(
  { descriptions }: PlanDeps,
  versions: Versions<T>,
  { name, subject, wanted, current, said, change }: PlannedVersion<T>,
): Promise<Planned<Described<T>>> {
  const kept = await descriptions.get(subject);
  const { applied, writes } = await versions.applying(wanted);
  const before = current && described(current, kept);
  const value: Described<T> = { ...applied, ...said };
  const isSaidAnew = differingFields(before && onlySaid(before), said).length > 0;
  const more = !before || isSaidAnew ? await descriptions.setting(subject, said, { current: kept, change }) : [];
  const action = !before ? "add" : writes.length > 0 ? "newVersion" : isSaidAnew ? "update" : "unchanged";
  const fields = before ? differingFields(comparable(before), comparable({ ...wanted, ...said })) : [];
  return {
    value,
    writes: [...writes, ...more],
    change: {
      name,
      action,
      versionBefore: current?.version ?? 0,
      version: applied.version,
      fields,
      digest: applied.digest,
    },
  };
}

const onlySaid = ({ description, owner, tags, freshnessTargetNs, costNote }: Description): Description => ({
  description,
  owner,
  tags,
  costNote,
  ...(freshnessTargetNs !== undefined && { freshnessTargetNs }),
});

/** Without what follows from the rest, or differs by itself. */
function comparable(it: object): object {
  const { version: _, digest: __, createTimeMs: ___, keys: ____, ...rest } = it as Readonly<Record<string, unknown>>;
  return rest;
}
