import type { Store } from "@throughline/store";
import type { Evidence, EvidenceStore } from "../domain/evidence.ts";

/** Evidence under its name. */
export function evidenceStore(store: Store): EvidenceStore {
  const evidence = store.collection<Evidence>({
    name: "registry_evidence",
    indexes: [{ name: "by_version", fields: ["modelVersion", "createTimeMs"] }],
  });
  return {
    insert: (it) => [evidence.writes.insert(it.name, it)],
    async get(name) {
      return (await evidence.get(name))?.value;
    },
    async list(modelVersion, limit) {
      const where = { field: "modelVersion", eq: modelVersion } as const;
      const found = await evidence.find({ where, orderBy: [{ field: "createTimeMs", descending: true }], limit });
      return found.documents.map((it) => it.value);
    },
  };
}
