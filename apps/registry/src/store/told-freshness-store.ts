import { isDomainError } from "@throughline/kernel";
import type { Store } from "@throughline/store";
import type { ToldFreshness, ToldFreshnessStore } from "../domain/tell-freshness.ts";
import { everyDocument } from "./page.ts";

/** One document for each project, under its name. */
export function toldFreshnessStore(store: Store): ToldFreshnessStore {
  const told = store.collection<ToldFreshness>({ name: "registry_told_freshness", indexes: [] });
  return {
    async get(project) {
      const found = await told.get(project);
      return found && { revision: found.revision, told: found.value };
    },
    all: async () => (await Array.fromAsync(everyDocument(told))).map((it) => it.value),
    keeping: (value, revision) => [
      revision === undefined
        ? told.writes.insert(value.project, value)
        : told.writes.replace(value.project, revision, value),
    ],
    async forget(project) {
      const found = await told.get(project);
      if (!found) return;
      try {
        await told.remove(project, found.revision);
      } catch (error) {
        // Another process was first, or tells the project again: the next look decides anew.
        if (!isDomainError(error, "NOT_FOUND") && !isDomainError(error, "REVISION_CONFLICT")) throw error;
      }
    },
  };
}
