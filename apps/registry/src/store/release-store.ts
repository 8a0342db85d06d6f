import type { Store } from "@throughline/store";
import type { Release } from "../domain/release.ts";
import type { ReleaseStore } from "../domain/release-store.ts";
import { pageOf, upTo } from "./page.ts";

/** Releases under their names. */
export function releaseStore(store: Store): ReleaseStore {
  const releases = store.collection<Release>({
    name: "registry_releases",
    indexes: [{ name: "by_time", fields: ["project", "createTimeMs"] }],
  });
  return {
    insert: (release) => [releases.writes.insert(release.name, release)],
    async get(name) {
      return (await releases.get(name))?.value;
    },
    async getMany(names) {
      return (await releases.getMany(names)).map((it) => it?.value);
    },
    async list(project, page, asOfMs) {
      const orderBy = [{ field: "createTimeMs", descending: true }] as const;
      const where = upTo<Release>({ field: "project", eq: project }, "createTimeMs", asOfMs);
      const found = await releases.find({ where, orderBy, ...page });
      return pageOf(
        found.documents.map((it) => it.value),
        found.next,
      );
    },
  };
}
