import { invalidField, notFound } from "@throughline/kernel";
import type { Call } from "./call.ts";
import { changeTime } from "./change.ts";
import { aliasesExhausted, aliasMoved } from "./errors.ts";
import type { Model } from "./model.ts";
import { ALIASES_MAX, type AliasChange } from "./model-store.ts";
import { getModel, type ModelDeps, storedModel } from "./models.ts";
import { versionName } from "./names.ts";

/** Most changes of an alias that are listed: the newest. */
export const ALIAS_CHANGES_MAX = 1_000;

/** What an alias is to name from now on. */
export interface AliasMove {
  readonly model: string;
  readonly alias: string;
  /** 0 removes the alias. */
  readonly version: number;
  /** What it must name now; 0: nothing. Left out: not checked. */
  readonly expectedVersion?: number;
  readonly reason: string;
}

/**
 * Lets an alias name a version, or removes it. Naming what it names already changes nothing, so that the history has
 * changes only. Fails with ALIAS_MOVED, ALIAS_RESERVED, ALIASES_EXHAUSTED, and NOT_FOUND for the model or the version.
 */
export async function setAlias(deps: ModelDeps, call: Call, move: AliasMove): Promise<Model> {
  const { model, alias, version, expectedVersion } = move;
  checkAlias(alias);
  return deps.run(call, async () => {
    const before = await getModel(deps, model);
    const current = await deps.aliases.get(model, alias);
    const named = current?.version ?? 0;
    if (expectedVersion !== undefined && expectedVersion !== named) throw aliasMoved(alias, expectedVersion, named);
    if (version > 0 && !(await deps.versions.get(model, version))) throw notFound(versionName(model, version));
    if (version === named) return { writes: [], response: before };
    if (!current && (await deps.aliases.all([model])).length >= ALIASES_MAX) throw aliasesExhausted(model, ALIASES_MAX);
    const timeMs = changeTime(deps.clock.now(), current?.change.timeMs);
    const change = { actor: call.actor, reason: move.reason, timeMs };
    const writes = await deps.aliases.set({ model, alias, version }, current, change);
    return { writes, response: { ...before, aliases: withAlias(before.aliases, alias, version) } };
  });
}

function withAlias(aliases: Model["aliases"], alias: string, version: number): Model["aliases"] {
  const { [alias]: _, ...others } = aliases;
  return version === 0 ? others : { ...others, [alias]: version };
}

/** Every change of an alias, newest first; none if it never was. Fails with NOT_FOUND for the model. */
export async function listAliasChanges(deps: ModelDeps, model: string, alias: string): Promise<readonly AliasChange[]> {
  await storedModel(deps, model);
  return deps.aliases.history(model, alias, ALIAS_CHANGES_MAX);
}

/** Refuses names that stand for something else in the place of a version. */
function checkAlias(alias: string): void {
  if (/^(latest|v?\d+|__proto__)$/i.test(alias))
    throw invalidField("alias", `"${alias}" is reserved: it reads as a version. Choose another name`, "ALIAS_RESERVED");
}
