import { invalidField, notFound } from "@throughline/kernel";
import type { Call } from "./call.ts";
import type { ListPage, PageRequest } from "./change.ts";
import type { CheckGates } from "./check-gates.ts";
import { aliasesExhausted, aliasMoved } from "./errors.ts";
import type { RegistryEvent } from "./events.ts";
import type { Model } from "./model.ts";
import { emptyHead, versionOfAlias, withAlias } from "./model-head.ts";
import { ALIASES_MAX, type AliasChange } from "./model-store.ts";
import { headChange, type ModelDeps, modelOf, runInTurn, storedModel } from "./models.ts";
import { projectOf, versionName } from "./names.ts";

export interface AliasDeps extends ModelDeps {
  readonly checkGates: CheckGates;
}

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
 * changes only. Fails with ALIAS_MOVED, ALIAS_RESERVED, ALIASES_EXHAUSTED, GATES_UNMET, and NOT_FOUND for the model or the
 * version.
 */
export async function setAlias(deps: AliasDeps, call: Call, move: AliasMove): Promise<Model> {
  const { model, alias, version, expectedVersion } = move;
  checkAlias(alias);
  const name = versionName(model, version);
  const plan = async () => {
    const [stored, head, current, target] = await Promise.all([
      storedModel(deps, model),
      deps.heads.get(model),
      deps.aliases.get(model, alias),
      version > 0 ? deps.versions.get(name) : undefined,
    ]);
    const before = head?.record ?? emptyHead(projectOf(model));
    const named = versionOfAlias(before, alias);
    if (expectedVersion !== undefined && expectedVersion !== named) throw aliasMoved(alias, expectedVersion, named);
    if (version > 0 && (!target || version < before.first)) throw notFound(name);
    if (version === named) return { writes: [], response: modelOf(stored, head) };
    if (!current && (await deps.aliases.count(model)) >= ALIASES_MAX) throw aliasesExhausted(model, ALIASES_MAX);
    const change = headChange(deps, { actor: call.actor, reason: move.reason }, head);
    const record = withAlias(before, alias, version);
    const decision = version > 0 ? await deps.checkGates({ subject: name, target: `aliases/${alias}`, ...change }) : [];
    const writes = [
      ...decision,
      ...(await deps.aliases.set({ model, alias, version }, current, change)),
      ...(await deps.heads.set(model, record, { ...(head && { current: head }), change })),
      ...(await deps.events(before.project, [aliasEvent(stored.record.displayName, alias, version)])),
    ];
    return { writes, response: modelOf(stored, { record, change }) };
  };
  return runInTurn(deps, call, { model, plan });
}

/** What other programs are told of an alias that names a version; 0: none any more. */
export const aliasEvent = (name: string, alias: string, version: number): RegistryEvent =>
  version === 0
    ? { event: "model_version_alias.deleted", data: { name, alias } }
    : { event: "model_version_alias.created", data: { name, alias, version: String(version) } };

/** Every change of an alias, newest first; none if it never was. Fails with NOT_FOUND for the model. */
export async function listAliasChanges(
  deps: ModelDeps,
  { model, alias }: { readonly model: string; readonly alias: string },
  page: PageRequest,
): Promise<ListPage<AliasChange>> {
  await storedModel(deps, model);
  return deps.aliases.history(model, alias, page);
}

/**
 * Refuses names that stand for something else in the place of a version, and a second spelling of one name. A number is taken,
 * as by MLflow, whose `models:/m@1` and `models:/m/1` are two things: it is never read as an alias in the place of a version.
 */
function checkAlias(alias: string): void {
  if (alias !== alias.normalize("NFC"))
    throw invalidField("alias", "it is not in Unicode's normal form C, in which a name has one spelling");
  if (/^(latest|v\d+|__proto__)$/i.test(alias))
    throw invalidField("alias", `"${alias}" is reserved: it reads as a version. Choose another name`, "ALIAS_RESERVED");
}
