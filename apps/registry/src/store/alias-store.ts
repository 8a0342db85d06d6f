import { type Store, type Versioned, versionedCollection } from "@throughline/store";
import type { AliasChange, AliasRecord, AliasStore } from "../domain/model-store.ts";
import { pageOf } from "./page.ts";

/** Most aliases that are counted at a time. */
const PAGE = 1_000;

/** Aliases, one document each; one that was removed stays and names version 0, so that its past can be found. */
export function aliasStore(store: Store): AliasStore {
  const aliases = versionedCollection<AliasRecord>(store, {
    name: "registry_aliases",
    indexes: [{ name: "by_model", fields: ["model"] }],
  });
  const idOf = (model: string, alias: string): string => `${model}/aliases/${alias}`;
  return {
    async get(model, alias) {
      const found = await aliases.get(idOf(model, alias));
      return found && aliasChange(found);
    },
    async set(record, current, change) {
      const id = idOf(record.model, record.alias);
      if (current === undefined) return aliases.writes.insert(id, record, change);
      return aliases.writes.replace(id, current.change.revision, record, change);
    },
    async count(model) {
      return (await aliases.find({ where: { field: "model", eq: model }, limit: PAGE })).versions.length;
    },
    async history(model, alias, page) {
      const found = await aliases.history(idOf(model, alias), page);
      return pageOf(found.versions.map(aliasChange), found.next);
    },
  };
}

const aliasChange = ({ revision, change, value }: Versioned<AliasRecord>): AliasChange => ({
  change: { revision, ...change },
  version: value?.version ?? 0,
});
