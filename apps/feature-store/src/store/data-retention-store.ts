import { type Store, versionedCollection } from "@throughline/store";
import type { DataRetention, DataRetentions } from "../domain/retention/data-retention.ts";

type Stored = Omit<DataRetention, "revision" | "change">;

/** The rules of data retention with their history, on the document port. */
export function dataRetentionStore(store: Store): DataRetentions {
  const rules = versionedCollection<Stored>(store, { name: "feature_store_data_retentions", indexes: [] });
  return {
    async get(project, asOfMs) {
      const found = await rules.get(project, asOfMs);
      return found && { ...found.value, keepMs: found.value.keepMs, revision: found.revision, change: found.change };
    },
    setting: async ({ change, ...stored }, current) =>
      current
        ? rules.writes.replace(stored.project, current.revision, stored, change)
        : rules.writes.insert(stored.project, stored, change),
  };
}
