import type { Store } from "@throughline/store";
import type { Evidence, EvidenceStore } from "../domain/evidence.ts";
import { upTo } from "./page.ts";

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
    async list(modelVersion, limit, asOfMs) {
      const where = upTo<Evidence>({ field: "modelVersion", eq: modelVersion }, "createTimeMs", asOfMs);
      const found = await evidence.find({ where, orderBy: [{ field: "createTimeMs", descending: true }], limit });
      return found.documents.map((it) => it.value);
    },
  };
}
