import { type Store, versionedCollection } from "@throughline/store";
import type { ModelHead } from "../domain/model-head.ts";
import type { HeadStore } from "../domain/model-store.ts";
import { versionedReads } from "./versioned-records.ts";

/** Heads of models in a collection that keeps every change. */
export function headStore(store: Store): HeadStore {
  const heads = versionedCollection<ModelHead>(store, { name: "registry_model_heads", indexes: [] });
  return {
    ...versionedReads(heads),
    set: async (name, head, { current, change }) =>
      current === undefined
        ? heads.writes.insert(name, head, change)
        : heads.writes.replace(name, current.revision, head, change),
  };
}
