import { type PageTokens, pageSize } from "@throughline/kernel";
import { type Store, type Versioned, type VersionedPage, versionedCollection } from "@throughline/store";
import type { DataTag, DataTags } from "../domain/data-tags.ts";
import { definitionKey } from "./catalog-store.ts";

type Stored = Pick<DataTag, "project" | "tag" | "dataVersion">;

/** Most tags that are looked at to tell those of some data versions. */
const NAMING_MAX = 1_000;

/** Tags, one document each. One that was removed stays and names 0, so that its past can be found. */
export function dataTagStore(store: Store, tokens: PageTokens): DataTags {
  const tags = versionedCollection<Stored>(store, {
    name: "feature_store_data_tags",
    indexes: [
      { name: "by_tag", fields: ["project", "tag"], unique: true },
      { name: "by_version", fields: ["project", "dataVersion"] },
    ],
  });
  const page = <V extends Versioned<Stored>>(
    found: VersionedPage<V>,
    list: string[],
  ): { items: readonly DataTag[]; nextPageToken: string } => ({
    items: found.versions.map(tagOf),
    nextPageToken: found.next === undefined ? "" : tokens.encode(list, found.next),
  });
  return {
    async get(project, tag, asOfMs) {
      const found = await tags.get(definitionKey(project, tag), asOfMs);
      return found && tagOf(found);
    },
    async list(project, { size, token }) {
      const list = ["data-tags", project];
      const after = tokens.decode(list, token) as string | undefined;
      const where = {
        and: [
          { field: "project", eq: project },
          { field: "dataVersion", gt: 0 },
        ],
      } as const;
      const limit = pageSize(size);
      return page(await tags.find({ where, orderBy: [{ field: "tag" }], limit, ...(after && { after }) }), list);
    },
    async changes(project, tag, { size, token }) {
      const list = ["data-tag-changes", project, tag];
      const after = tokens.decode(list, token) as string | undefined;
      const limit = pageSize(size);
      return page(await tags.history(definitionKey(project, tag), { limit, ...(after && { after }) }), list);
    },
    async naming(project, dataVersions) {
      const where = {
        and: [
          { field: "project", eq: project },
          { field: "dataVersion", in: dataVersions.slice(0, NAMING_MAX) },
        ],
      } as const;
      if (dataVersions.length === 0) return new Map();
      const { versions } = await tags.find({ where, limit: NAMING_MAX });
      const named = Map.groupBy(versions, (it) => it.value.dataVersion);
      return new Map([...named].map(([version, of]) => [version, of.map((it) => it.value.tag).sort()]));
    },
    async setting({ change, ...stored }, current) {
      const id = definitionKey(stored.project, stored.tag);
      return current
        ? tags.writes.replace(id, current.revision, stored, change)
        : tags.writes.insert(id, stored, change);
    },
  };
}

const tagOf = ({ value, change, revision }: Versioned<Stored>): DataTag => ({
  project: value?.project ?? "",
  tag: value?.tag ?? "",
  dataVersion: value?.dataVersion ?? 0,
  change,
  revision,
});
