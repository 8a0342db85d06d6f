import { digestOfBytes } from "@throughline/kernel";
import { ID, type Store, versionedCollection } from "@throughline/store";
import type { ModelRecord, ModelStore } from "../domain/model-store.ts";
import { storedPage, versionedReads } from "./versioned-records.ts";

/** Says which model a display name belongs to. */
interface Title {
  readonly model: string;
}

/** Longer titles are known by their digest: ids are no longer than that. A title has no colon. */
const TITLE_BYTES_MAX = 500;

const titleId = ({ project, displayName }: Pick<ModelRecord, "project" | "displayName">): string =>
  Buffer.byteLength(displayName) <= TITLE_BYTES_MAX
    ? `${project}:${displayName}`
    : `${project}:${digestOfBytes(displayName)}`;

/** A title is never changed, only taken and given back. */
const TITLE_REVISION = 1;

/**
 * Models in a collection that keeps every change. A display name is claimed by a document of its own: a unique index over
 * a field that changes is kept by some databases for longer than the value is there.
 */
export function modelStore(store: Store): ModelStore {
  const models = versionedCollection<ModelRecord>(store, {
    name: "registry_models",
    indexes: [
      { name: "by_project", fields: ["project"] },
      { name: "by_display_name", fields: ["project", "displayName"] },
    ],
  });
  const titles = store.collection<Title>({ name: "registry_model_titles", indexes: [] });
  return {
    ...versionedReads(models),
    async insert(name, record, change) {
      return [
        titles.writes.insert(titleId(record), { model: name }),
        ...(await models.writes.insert(name, record, change)),
      ];
    },
    replace({ name, revision, record: before }, record, change) {
      const replaced = models.writes.replace(name, revision, record, change);
      if (titleId(before) === titleId(record)) return replaced;
      return [
        titles.writes.remove(titleId(before), TITLE_REVISION),
        titles.writes.insert(titleId(record), { model: name }),
        ...replaced,
      ];
    },
    remove: ({ name, revision, record }, change) => [
      titles.writes.remove(titleId(record), TITLE_REVISION),
      ...models.writes.remove(name, revision, change),
    ],
    async named(project, displayName) {
      return (await titles.get(titleId({ project, displayName })))?.value.model;
    },
    async scan(project, where, page) {
      const filter = { and: [{ field: "project", eq: project } as const, where] };
      return storedPage(await models.find({ where: filter, orderBy: [{ field: "displayName" }], ...page }));
    },
    async list(project, page) {
      return storedPage(
        await models.find({ where: { field: "project", eq: project }, orderBy: [{ field: ID }], ...page }),
      );
    },
  };
}
