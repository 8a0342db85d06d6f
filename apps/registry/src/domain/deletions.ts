import type { Write } from "@throughline/store";
import { aliasEvent } from "./aliases.ts";
import type { Call } from "./call.ts";
import { type Change, changeTime } from "./change.ts";
import { inRelease, tooManyAliases } from "./model-errors.ts";
import { emptyHead, type ModelHead, withoutAliasesOf } from "./model-head.ts";
import { headChange, type ModelDeps, runInTurn, storedModel } from "./models.ts";
import { parseVersionName, versionName } from "./names.ts";
import { headAfter } from "./transitions.ts";
import { presentVersion } from "./version-changes.ts";

/** Most aliases, and most versions, that one commit removes: each takes two of its writes. */
const REMOVED_MAX = 200;

/** What is to go, and why. */
export interface Deletion {
  readonly name: string;
  readonly reason: string;
}

/** Removes a version and its aliases. Fails with NOT_FOUND, IN_RELEASE and TOO_MANY_ALIASES. */
export const deleteVersion = async (deps: ModelDeps, call: Call, { name, reason }: Deletion): Promise<void> => {
  const plan = async () => {
    const { model, head, stored } = await presentVersion(deps, name);
    const { version } = stored.record;
    if (head.record.released.includes(version)) throw inRelease(name);
    const change = headChange(deps, { actor: call.actor, reason }, head);
    const timeMs = changeTime(change.timeMs, stored.change.timeMs);
    const record = withoutAliasesOf(await headAfter(deps, head.record, [{ it: stored }]), version);
    const gone = aliasesOf(head.record, (it) => it === version);
    const events = gone.map((it) => aliasEvent(model.record.displayName, it, 0));
    const writes = [
      ...deps.versions.remove(stored, { ...change, timeMs }),
      ...(await withoutAliases(deps, model.name, { aliases: gone, change })),
      ...(await deps.heads.set(model.name, record, { current: head, change })),
      ...(await deps.events(record.project, events)),
    ];
    return { writes, response: {} };
  };
  await runInTurn(deps, call, { model: parseVersionName(name, "name").model, plan });
};

/**
 * Removes a model with its versions and aliases. Its names are free again; numbers of versions go on if a model of the name
 * is made again. Fails with NOT_FOUND, IN_RELEASE and TOO_MANY_ALIASES.
 */
export const deleteModel = async (deps: ModelDeps, call: Call, { name, reason }: Deletion): Promise<void> => {
  const plan = async () => {
    const stored = await storedModel(deps, name);
    const head = await deps.heads.get(name);
    const [released] = head?.record.released ?? [];
    if (released !== undefined) throw inRelease(versionName(name, released));
    const change = headChange(deps, { actor: call.actor, reason }, head);
    const timeMs = changeTime(change.timeMs, stored.change.timeMs);
    const { newest } = head?.record ?? emptyHead(stored.record.project);
    const record: ModelHead = { ...emptyHead(stored.record.project), newest, first: newest + 1 };
    const gone = head ? aliasesOf(head.record, () => true) : [];
    const writes = [
      ...deps.models.remove(stored, { ...change, timeMs }),
      ...(await withoutAliases(deps, name, { aliases: gone, change })),
      ...(await deps.heads.set(name, record, { ...(head && { current: head }), change: { ...change, timeMs } })),
    ];
    return { writes, response: {} };
  };
  await runInTurn(deps, call, { model: name, plan });
  await removeVersions(deps, call, { name, reason });
};

/**
 * Removes what is said of the versions of a deleted model, which nobody sees any more: they are below the model's first.
 * An end in between leaves some behind, which takes space and nothing else.
 */
async function removeVersions(deps: ModelDeps, call: Call, { name, reason }: Deletion): Promise<void> {
  const first = (await deps.heads.get(name))?.record.first ?? 1;
  for (;;) {
    const { items } = await deps.versions.list(name, 1, { limit: REMOVED_MAX });
    const dead = items.filter((it) => it.record.version < first);
    if (dead.length === 0) return;
    await deps.run({ ...call, requestId: "" }, async () => {
      const present = (await deps.versions.getMany(dead.map((it) => it.name))).filter((it) => it !== undefined);
      const writes = present.flatMap((it) => {
        const timeMs = changeTime(deps.clock.now(), it.change.timeMs);
        return deps.versions.remove(it, { actor: call.actor, reason, timeMs });
      });
      return { writes, response: {} };
    });
  }
}

const aliasesOf = ({ aliases }: ModelHead, isGone: (version: number) => boolean): readonly string[] =>
  Object.entries(aliases).flatMap(([alias, version]) => (isGone(version) ? [alias] : []));

async function withoutAliases(
  deps: ModelDeps,
  model: string,
  { aliases, change }: { readonly aliases: readonly string[]; readonly change: Change },
): Promise<readonly Write[]> {
  if (aliases.length > REMOVED_MAX) throw tooManyAliases(model, REMOVED_MAX);
  const writes: Write[] = [];
  for (const alias of aliases) {
    const current = await deps.aliases.get(model, alias);
    const timeMs = changeTime(change.timeMs, current?.change.timeMs);
    writes.push(...(await deps.aliases.set({ model, alias, version: 0 }, current, { ...change, timeMs })));
  }
  return writes;
}
