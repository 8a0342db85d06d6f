import { type Current, ID, type Store, versionedCollection } from "@throughline/store";
import type { ModelRecord, ModelStore, StoredModel } from "../domain/model-store.ts";
import { pageOf } from "./page.ts";

/** Models in a collection that keeps every change. */
export function modelStore(store: Store): ModelStore {
  const models = versionedCollection<ModelRecord>(store, {
    name: "registry_models",
    indexes: [{ name: "by_project", fields: ["project"] }],
  });
  return {
    insert: (name, record, change) => models.writes.insert(name, record, change),
    replace: ({ name, revision }, record, change) => models.writes.replace(name, revision, record, change),
    async get(name, asOfMs) {
      const found = await models.get(name, asOfMs);
      return found && storedModel(found);
    },
    async list(project, page) {
      const found = await models.find({ where: { field: "project", eq: project }, orderBy: [{ field: ID }], ...page });
      return pageOf(found.versions.map(storedModel), found.next);
    },
  };
}

const storedModel = ({ id, revision, change, value }: Current<ModelRecord>): StoredModel => ({
  name: id,
  revision,
  change,
  record: value,
});
