import { alreadyExists, type Clock, notFound, revisionConflict } from "@throughline/kernel";
import type { Outcome } from "@throughline/store";
import type { Call, RunCall } from "./call.ts";
import { type Change, changeTime, type ListPage, type PageRequest } from "./change.ts";
import type { RegistryEvents } from "./events.ts";
import type { Model } from "./model.ts";
import { displayNameTaken } from "./model-errors.ts";
import { emptyHead, latestVersion } from "./model-head.ts";
import type {
  AliasStore,
  HeadStore,
  ModelRecord,
  ModelStore,
  StoredHead,
  StoredModel,
  VersionStore,
} from "./model-store.ts";
import { projectOf } from "./names.ts";
import { changedTags, type TagChange } from "./tags.ts";
import type { Turns } from "./turns.ts";

export interface ModelDeps {
  readonly models: ModelStore;
  readonly heads: HeadStore;
  readonly versions: VersionStore;
  readonly aliases: AliasStore;
  readonly events: RegistryEvents;
  /** By model: for changes that replace its head. */
  readonly turns: Turns;
  readonly clock: Clock;
  readonly run: RunCall;
}

/** What a user says of a model. */
export interface ModelText {
  readonly displayName: string;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** A model to be created. */
export interface NewModel extends ModelText {
  readonly name: string;
  /** Numbers of versions that went with a deleted model are not to be counted on from. */
  readonly unusedId: boolean;
}

/** Fails with ALREADY_EXISTS and DISPLAY_NAME_TAKEN. */
export const createModel = (deps: ModelDeps, call: Call, { name, unusedId, ...text }: NewModel): Promise<Model> =>
  deps.run(call, async () => {
    const project = projectOf(name);
    if (await deps.models.get(name)) throw alreadyExists(name);
    await checkFree(deps, project, text.displayName);
    const head = await deps.heads.get(name);
    if (unusedId && (head?.record.newest ?? 0) > 0) throw alreadyExists(name);
    const createTimeMs = changeTime(deps.clock.now(), head?.change.timeMs);
    const record = { project, ...text, createTimeMs };
    const change = { actor: call.actor, reason: "", timeMs: createTimeMs };
    const { displayName, tags, description } = text;
    const data = { name: displayName, tags, description: description || null };
    const event = { event: "registered_model.created", data } as const;
    const writes = [...(await deps.models.insert(name, record, change)), ...(await deps.events(project, [event]))];
    return { writes, response: modelOf({ name, revision: 1, change, record }, head) };
  });

/** A change of some texts of a model. An empty etag is not checked. */
export interface ModelUpdate extends Partial<ModelText> {
  readonly name: string;
  readonly etag: string;
  readonly reason: string;
}

/** Fails with NOT_FOUND, REVISION_CONFLICT and DISPLAY_NAME_TAKEN. */
export const updateModel = (deps: ModelDeps, call: Call, update: ModelUpdate): Promise<Model> =>
  changed(deps, call, { ...update, change: (record) => withTexts(record, update) });

function withTexts(record: ModelRecord, { displayName, description, tags }: Partial<ModelText>): ModelRecord {
  return {
    ...record,
    ...(displayName !== undefined && { displayName }),
    ...(description !== undefined && { description }),
    ...(tags !== undefined && { tags }),
  };
}

/** Sets and removes tags. Fails with NOT_FOUND, REVISION_CONFLICT and TAGS_EXHAUSTED. */
export const setModelTags = (deps: ModelDeps, call: Call, wanted: TagChange): Promise<Model> =>
  changed(deps, call, { ...wanted, change: (record) => ({ ...record, tags: changedTags(record.tags, wanted) }) });

interface Changing {
  readonly name: string;
  readonly etag: string;
  readonly reason: string;
  readonly change: (record: ModelRecord) => ModelRecord;
}

const changed = (deps: ModelDeps, call: Call, wanted: Changing): Promise<Model> =>
  deps.run(call, async () => {
    const stored = await storedModel(deps, wanted.name);
    const revision = String(stored.revision);
    if (wanted.etag !== "" && wanted.etag !== revision) throw revisionConflict(wanted.name, wanted.etag, revision);
    const record = wanted.change(stored.record);
    if (record.displayName !== stored.record.displayName) await checkFree(deps, record.project, record.displayName);
    const timeMs = changeTime(deps.clock.now(), stored.change.timeMs);
    const change = { actor: call.actor, reason: wanted.reason, timeMs };
    const head = await deps.heads.get(wanted.name);
    const response = modelOf({ ...stored, revision: stored.revision + 1, change, record }, head);
    return { writes: deps.models.replace(stored, record, change), response };
  });

async function checkFree({ models }: ModelDeps, project: string, displayName: string): Promise<void> {
  const holder = await models.named(project, displayName);
  if (holder !== undefined) throw displayNameTaken(displayName, holder);
}

/** The model, its newest versions and its aliases, now or as they were at an instant. Fails with NOT_FOUND. */
export async function getModel(deps: Reading, name: string, asOfMs?: number): Promise<Model> {
  const [stored, head] = await Promise.all([storedModel(deps, name, asOfMs), deps.heads.get(name, asOfMs)]);
  return modelOf(stored, head);
}

/** What reading models takes. */
export type Reading = Pick<ModelDeps, "models" | "heads">;

/** Which models, and when. */
export interface ModelList {
  readonly project: string;
  /** Only the model that has it. */
  readonly displayName?: string;
  /** As they were at this instant. Left out: now. */
  readonly asOfMs?: number;
}

/** Models by name. */
export async function listModels(
  deps: Reading,
  { project, displayName, asOfMs }: ModelList,
  page: PageRequest,
): Promise<ListPage<Model>> {
  if (displayName !== undefined) {
    const stored = await titled(deps, { project, displayName, ...(asOfMs !== undefined && { asOfMs }) });
    return { items: stored ? await withHeads(deps, [stored], asOfMs) : [] };
  }
  const found = await (asOfMs === undefined
    ? deps.models.list(project, page)
    : modelsThen(deps, { project, asOfMs }, page));
  return { ...found, items: await withHeads(deps, found.items, asOfMs) };
}

/** The models of a project as they were at an instant, by name. */
export const modelsThen = (
  { models }: Pick<Reading, "models">,
  { project, asOfMs }: { readonly project: string; readonly asOfMs: number },
  page: PageRequest,
) => models.listAsOf(`${project}/models/`, asOfMs, page);

/** Titles move between models, and only today's are kept by themselves: those of before are looked for. */
async function titled(
  deps: Reading,
  { project, displayName, asOfMs }: Required<Pick<ModelList, "project" | "displayName">> & ModelList,
): Promise<StoredModel | undefined> {
  if (asOfMs === undefined) {
    const name = await deps.models.named(project, displayName);
    return name === undefined ? undefined : deps.models.get(name);
  }
  for (let after: string | undefined, isMore = true; isMore; isMore = after !== undefined) {
    const page = { limit: PAST_MODELS_MAX, ...(after !== undefined && { after }) };
    const { items, next } = await modelsThen(deps, { project, asOfMs }, page);
    const found = items.find((it) => it.record.displayName === displayName);
    if (found) return found;
    after = next;
  }
  return undefined;
}

/** Models of the past that are read at a time. */
const PAST_MODELS_MAX = 1_000;

/** These models with what is known, or was known at an instant, of their versions. At most 1,000. */
export async function withHeads(
  { heads }: Pick<Reading, "heads">,
  stored: readonly StoredModel[],
  asOfMs?: number,
): Promise<Model[]> {
  const names = stored.map((it) => it.name);
  const known = await heads.getMany(names, asOfMs);
  return stored.map((it, i) => modelOf(it, known[i]));
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
export function modelOf(
  { name, revision, change, record }: StoredModel,
  stored: Pick<StoredHead, "change" | "record"> | undefined,
): Model {
  const head = stored?.record ?? emptyHead(record.project);
  return {
    name,
    ...record,
    updateTimeMs: Math.max(change.timeMs, stored?.change.timeMs ?? 0),
    latestVersion: latestVersion(head),
    latestByStage: head.latestByStage,
    aliases: head.aliases,
    revision,
  };
}

/** Applies a change of a model's head, after those of this process that came before it. */
export const runInTurn = <R extends object>(
  { turns, run }: Pick<ModelDeps, "turns" | "run">,
  call: Call,
  { model, plan }: { readonly model: string; readonly plan: () => Promise<Outcome<R>> },
): Promise<R> =>
  turns(model, (begin) =>
    run(call, async () => {
      await begin();
      return plan();
    }),
  );

/** Who changes a model's head, why and when: not before its last change. */
export const headChange = (
  { clock }: Pick<ModelDeps, "clock">,
  { actor, reason }: { readonly actor: string; readonly reason: string },
  before: StoredHead | undefined,
): Change => ({ actor, reason, timeMs: changeTime(clock.now(), before?.change.timeMs) });
