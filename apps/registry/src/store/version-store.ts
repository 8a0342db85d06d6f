import { type Store, versionedCollection } from "@throughline/store";
import type { VersionContent } from "../domain/model.ts";
import type { VersionRecord, VersionStore } from "../domain/model-store.ts";
import { storedPage, versionedReads } from "./versioned-records.ts";

const NEWEST_FIRST = [{ field: "version", descending: true }] as const;

/** The content of versions, which never changes, and beside it what is said of them, with every change. */
export function versionStore(store: Store): VersionStore {
  const contents = store.collection<VersionContent>({ name: "registry_version_contents", indexes: [] });
  const records = versionedCollection<VersionRecord>(store, {
    name: "registry_versions",
    indexes: [
      // With the stage, so that looking for the newest of one reads no documents: an index more is a page more for each version.
      { name: "by_number", fields: ["model", "version", "stage"] },
      { name: "by_update", fields: ["project", "updateTimeMs"] },
      { name: "by_run", fields: ["project", "run", "updateTimeMs"] },
      { name: "by_model", fields: ["project", "model", "updateTimeMs"] },
    ],
  });
  return {
    ...versionedReads(records),
    async insert(content, record, change) {
      return [
        contents.writes.insert(content.name, content),
        ...(await records.writes.insert(content.name, record, change)),
      ];
    },
    replace: ({ name, revision }, record, change) => records.writes.replace(name, revision, record, change),
    remove: ({ name, revision }, change) => records.writes.remove(name, revision, change),
    async content(name) {
      return (await contents.get(name))?.value;
    },
    async contents(names) {
      if (names.length === 0) return [];
      return (await contents.getMany(names)).map((it) => it?.value);
    },
    async list(model, from, page) {
      const where = {
        and: [
          { field: "model", eq: model },
          { field: "version", gte: from },
        ],
      } as const;
      return storedPage(await records.find({ where, orderBy: NEWEST_FIRST, ...page }));
    },
    async scan(project, where, page) {
      const filter = { and: [{ field: "project", eq: project } as const, where] };
      const orderBy = [{ field: "updateTimeMs", descending: true }] as const;
      return storedPage(await records.find({ where: filter, orderBy, ...page }));
    },
    async inStage(model, stage, { from, limit }) {
      const where = {
        and: [
          { field: "model", eq: model },
          { field: "stage", eq: stage },
          { field: "version", gte: from },
        ],
      } as const;
      return storedPage(await records.find({ where, orderBy: NEWEST_FIRST, limit })).items;
    },
  };
}
