import type { Store } from "@throughline/store";
import type { ImportedRelease, ImportStore } from "../domain/import-store.ts";

/** Imported releases under the names of the releases. */
export function importStore(store: Store): ImportStore {
  const imports = store.collection<ImportedRelease>({ name: "registry_imports", indexes: [] });
  return {
    insert: (it) => [imports.writes.insert(it.release, it)],
    async get(release) {
      return (await imports.get(release))?.value;
    },
  };
}
