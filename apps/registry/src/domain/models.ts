import { alreadyExists, type Clock, notFound, revisionConflict } from "@throughline/kernel";
import type { Call, RunCall } from "./call.ts";
import { changeTime, type ListPage, type PageRequest } from "./change.ts";
import type { Model } from "./model.ts";
import type { AliasRecord, AliasStore, ModelStore, StoredModel, VersionStore } from "./model-store.ts";
import { projectOf } from "./names.ts";

export interface ModelDeps {
  readonly models: ModelStore;
  readonly versions: VersionStore;
  readonly aliases: AliasStore;
  readonly clock: Clock;
  readonly run: RunCall;
}

/** What a user says of a model. */
export interface ModelText {
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Fails with ALREADY_EXISTS. */
export const createModel = (
  deps: ModelDeps,
  call: Call,
  { name, ...text }: ModelText & { name: string },
): Promise<Model> =>
  deps.run(call, async () => {
    if (await deps.models.get(name)) throw alreadyExists(name);
    const createTimeMs = deps.clock.now();
    const record = { project: projectOf(name), ...text, createTimeMs };
    const change = { actor: call.actor, reason: "", timeMs: createTimeMs };
    const writes = await deps.models.insert(name, record, change);
    return { writes, response: assemble({ name, revision: 1, change, record }, 0, []) };
  });

/** A change of some texts of a model. An empty etag is not checked. */
export interface ModelUpdate extends Partial<ModelText> {
  readonly name: string;
  readonly etag: string;
  readonly reason: string;
}

/** Fails with NOT_FOUND and REVISION_CONFLICT. */
export const updateModel = (deps: ModelDeps, call: Call, update: ModelUpdate): Promise<Model> =>
  deps.run(call, async () => {
    const stored = await storedModel(deps, update.name);
    const revision = String(stored.revision);
    if (update.etag !== "" && update.etag !== revision) throw revisionConflict(update.name, update.etag, revision);
    const record = {
      ...stored.record,
      ...(update.description !== undefined && { description: update.description }),
      ...(update.tags !== undefined && { tags: update.tags }),
    };
    const timeMs = changeTime(deps.clock.now(), stored.change.timeMs);
    const change = { actor: call.actor, reason: update.reason, timeMs };
    const [newest] = await deps.versions.newestOf([update.name]);
    const aliases = await deps.aliases.all([update.name]);
    const changed = { ...stored, revision: stored.revision + 1, change, record };
    return { writes: deps.models.replace(stored, record, change), response: assemble(changed, newest ?? 0, aliases) };
  });

/** The model, its newest version and its aliases, now or as they were at an instant. Fails with NOT_FOUND. */
export async function getModel(deps: ModelDeps, name: string, asOfMs?: number): Promise<Model> {
  const stored = await storedModel(deps, name, asOfMs);
  const [newest, aliases] = await Promise.all([deps.versions.newest(name, asOfMs), deps.aliases.all([name], asOfMs)]);
  return assemble(stored, newest.version, aliases);
}

/** Models by name. */
export async function listModels(deps: ModelDeps, project: string, page: PageRequest): Promise<ListPage<Model>> {
  const found = await deps.models.list(project, page);
  const names = found.items.map((it) => it.name);
  const [newest, aliases] = await Promise.all([deps.versions.newestOf(names), deps.aliases.all(names)]);
  const byModel = Map.groupBy(aliases, (it) => it.model);
  return { ...found, items: found.items.map((it, i) => assemble(it, newest[i] ?? 0, byModel.get(it.name) ?? [])) };
}

/** Fails with NOT_FOUND. */
export async function storedModel(
  { models }: Pick<ModelDeps, "models">,
  name: string,
  asOfMs?: number,
): Promise<StoredModel> {
  const stored = await models.get(name, asOfMs);
  if (!stored) throw notFound(name);
  return stored;
}

/** The model as callers see it. */
function assemble(stored: StoredModel, latestVersion: number, aliases: readonly AliasRecord[]): Model {
  const named = aliases.filter((it) => it.version > 0).map((it) => [it.alias, it.version] as const);
  return {
    name: stored.name,
    ...stored.record,
    latestVersion,
    aliases: Object.fromEntries(named.sort(([a], [b]) => (a < b ? -1 : 1))),
    revision: stored.revision,
  };
}
