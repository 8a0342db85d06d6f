import { type Position, type Store, type Versioned, versionedCollection } from "@throughline/store";
import type { AliasChange, AliasRecord, AliasStore } from "../domain/model-store.ts";

const PAGE = 1_000;

/** Aliases, one document each; one that was removed stays and names version 0, so that its past can be found. */
export function aliasStore(store: Store): AliasStore {
  const aliases = versionedCollection<AliasRecord>(store, {
    name: "registry_aliases",
    indexes: [{ name: "by_model", fields: ["model"] }],
  });
  const idOf = (model: string, alias: string): string => `${model}/aliases/${alias}`;

  const present = async (models: readonly string[]): Promise<readonly AliasRecord[]> => {
    const records: AliasRecord[] = [];
    for (let after: Position | undefined, first = true; first || after !== undefined; first = false) {
      const where = { field: "model", in: models } as const;
      const page = await aliases.find({ where, limit: PAGE, ...(after !== undefined && { after }) });
      records.push(...page.versions.map((it) => it.value));
      after = page.next;
    }
    return records;
  };

  return {
    async get(model, alias, asOfMs) {
      const found = await aliases.get(idOf(model, alias), asOfMs);
      return found && aliasChange(found);
    },
    async set(record, current, change) {
      const id = idOf(record.model, record.alias);
      if (current === undefined) return aliases.writes.insert(id, record, change);
      return aliases.writes.replace(id, current.change.revision, record, change);
    },
    async all(models, asOfMs) {
      const now = await present(models);
      if (asOfMs === undefined) return now;
      const then = await Promise.all(now.map((it) => aliases.get(idOf(it.model, it.alias), asOfMs)));
      return then.flatMap((it) => (it ? [it.value] : []));
    },
    async history(model, alias, limit) {
      return (await aliases.history(idOf(model, alias), { limit })).versions.map(aliasChange);
    },
  };
}

const aliasChange = ({ revision, change, value }: Versioned<AliasRecord>): AliasChange => ({
  change: { revision, ...change },
  version: value?.version ?? 0,
});
