import { notFound, revisionConflict } from "@throughline/kernel";
import type { Call } from "./call.ts";
import { changeTime } from "./change.ts";
import type { RegistryEvent } from "./events.ts";
import type { Approval, ModelVersion, VersionText } from "./model.ts";
import { approvalsExhausted, ownVersion } from "./model-errors.ts";
import { aliasesByVersion } from "./model-head.ts";
import type { StoredHead, StoredModel, StoredVersion, VersionRecord } from "./model-store.ts";
import { versionOf } from "./model-versions.ts";
import { type ModelDeps, storedModel } from "./models.ts";
import { parseVersionName, versionNumber } from "./names.ts";
import { changedTags, type TagChange } from "./tags.ts";

/** Most people whose word about a version is kept. */
const APPROVALS_MAX = 100;

/** A version that is there, with its model. */
export interface PresentVersion {
  readonly model: StoredModel;
  readonly head: StoredHead;
  readonly stored: StoredVersion;
}

/** The version of a name that ends with its number, now. Fails with NOT_FOUND and BAD_NAME. */
export async function presentVersion(deps: ModelDeps, name: string): Promise<PresentVersion> {
  const { model, selector } = parseVersionName(name, "name");
  const number = versionNumber(selector);
  if (number === undefined) throw notFound(name);
  const [of, head, stored] = await Promise.all([
    storedModel(deps, model),
    deps.heads.get(model),
    deps.versions.get(name),
  ]);
  if (!head || !stored || number < head.record.first) throw notFound(name);
  return { model: of, head, stored };
}

/** A new description. An empty etag is not checked. */
export interface Redescription {
  readonly name: string;
  readonly description: string;
  readonly etag: string;
  readonly reason: string;
}

/** Fails with NOT_FOUND and REVISION_CONFLICT. */
export const describeVersion = (deps: ModelDeps, call: Call, wanted: Redescription): Promise<ModelVersion> =>
  changed(deps, call, { ...wanted, change: () => ({ description: wanted.description }), events: () => [] });

/** Sets and removes tags. Fails with NOT_FOUND, REVISION_CONFLICT and TAGS_EXHAUSTED. */
export const setVersionTags = (deps: ModelDeps, call: Call, wanted: TagChange): Promise<ModelVersion> =>
  changed(deps, call, {
    ...wanted,
    change: ({ tags }) => ({ tags: changedTags(tags, wanted) }),
    events: ({ model, stored }) => tagEvents(wanted, { name: model.record.displayName, stored }),
  });

/** MLflow tells of each tag by itself. */
function tagEvents(
  { tags, removedKeys }: TagChange,
  { name, stored }: { readonly name: string; readonly stored: StoredVersion },
): readonly RegistryEvent[] {
  const version = String(stored.record.version);
  const there = stored.record.tags;
  return [
    ...removedKeys
      .filter((key) => Object.hasOwn(there, key) && !Object.hasOwn(tags, key))
      .map((key) => ({ event: "model_version_tag.deleted", data: { name, version, key } }) as const),
    ...Object.entries(tags).map(
      ([key, value]) => ({ event: "model_version_tag.set", data: { name, version, key, value } }) as const,
    ),
  ];
}

/** Somebody's word about a version. */
export interface Vote {
  readonly name: string;
  readonly approved: boolean;
  readonly reason: string;
}

/**
 * Keeps somebody's word for a version or against it, in place of an earlier one. Fails with NOT_FOUND, with OWN_VERSION
 * if they registered it themselves and approve, and with APPROVALS_EXHAUSTED.
 */
export const approveVersion = (deps: ModelDeps, call: Call, { name, approved, reason }: Vote): Promise<ModelVersion> =>
  changed(deps, call, {
    name,
    reason,
    etag: "",
    events: () => [],
    change: async ({ approvals }, timeMs) => {
      const content = await deps.versions.content(name);
      if (approved && content?.actor === call.actor) throw ownVersion(name, call.actor);
      const others = approvals.filter((it) => it.actor !== call.actor);
      if (others.length >= APPROVALS_MAX) throw approvalsExhausted(name, APPROVALS_MAX);
      const word: Approval = { actor: call.actor, approved, reason, timeMs };
      return { approvals: [...others, word] };
    },
  });

interface Changing {
  readonly name: string;
  readonly etag: string;
  readonly reason: string;
  readonly change: (record: VersionRecord, timeMs: number) => Partial<VersionText> | Promise<Partial<VersionText>>;
  readonly events: (before: PresentVersion) => readonly RegistryEvent[];
}

const changed = (deps: ModelDeps, call: Call, wanted: Changing): Promise<ModelVersion> =>
  deps.run(call, async () => {
    const present = await presentVersion(deps, wanted.name);
    const { stored, head } = present;
    const revision = String(stored.revision);
    if (wanted.etag !== "" && wanted.etag !== revision) throw revisionConflict(wanted.name, wanted.etag, revision);
    const timeMs = changeTime(deps.clock.now(), stored.change.timeMs);
    const text = await wanted.change(stored.record, timeMs);
    const record: VersionRecord = { ...stored.record, ...text, updateTimeMs: timeMs };
    const change = { actor: call.actor, reason: wanted.reason, timeMs };
    const writes = [
      ...deps.versions.replace(stored, record, change),
      ...(await deps.events(record.project, wanted.events(present))),
    ];
    const next = { revision: stored.revision + 1, change, record };
    return { writes, response: await changedVersion(deps, wanted.name, { head, next }) };
  });

/** The version as a change leaves it. */
export async function changedVersion(
  { versions }: Pick<ModelDeps, "versions">,
  name: string,
  { head, next }: { readonly head: Pick<StoredHead, "record">; readonly next: Omit<StoredVersion, "name"> },
): Promise<ModelVersion> {
  const content = await versions.content(name);
  if (!content) throw notFound(name);
  return versionOf(content, next, aliasesByVersion(head.record).get(next.record.version) ?? []);
}
