import { notFound, type PageTokens } from "@throughline/kernel";
import type { CollectionDefinition, Store, Write } from "@throughline/store";
import { dataForgotten, type Forgetting, type Forgettings, type ForgottenFile } from "../domain/forget/forgetting.ts";
import { forgettingName } from "../domain/names.ts";
import { definitionKey } from "./catalog-store.ts";
import { dataCollections, every } from "./data-collections.ts";
import { paged } from "./paged.ts";

const FORGETTINGS: CollectionDefinition<Forgetting> = {
  name: "feature_store_forgettings",
  indexes: [
    { name: "by_time", fields: ["project", "createTimeMs"] },
    { name: "by_subject", fields: ["project", "entity", "subject"] },
  ],
};

const FILES: CollectionDefinition<ForgottenFile> = {
  name: "feature_store_forgotten_files",
  indexes: [
    { name: "by_forgetting", fields: ["project", "forgetting"] },
    { name: "by_digest", fields: ["project", "digest"] },
    { name: "by_tombstones", fields: ["tombstones"] },
  ],
};

/** Changes with every commit of a forgetting in a project, so that others can tell that there was none. */
const HEADS: CollectionDefinition<{ readonly commits: number }> = {
  name: "feature_store_forget_heads",
  indexes: [],
};

/** Digests that one question names. */
const DIGESTS_AT_ONCE = 500;

/** Forgettings, on the document port. */
export function forgettingStore(store: Store, tokens: PageTokens): Forgettings {
  const forgettings = store.collection(FORGETTINGS);
  const files = store.collection(FILES);
  const heads = store.collection(HEADS);
  const fileId = ({ project, forgetting, digest }: ForgottenFile): string => `${project}/${forgetting}/${digest}`;
  return {
    get: async (project, id) => (await forgettings.get(definitionKey(project, id)))?.value,
    list: (project, page) =>
      paged(
        forgettings,
        { where: { field: "project", eq: project }, orderBy: [{ field: "createTimeMs", descending: true }] },
        { tokens, query: project, page },
      ),
    async running(project, entity, subjects) {
      const where = {
        and: [
          { field: "project", eq: project },
          { field: "entity", eq: entity },
          { field: "subject", in: subjects },
          { field: "state", eq: "running" },
        ],
      } as const;
      return (await forgettings.find({ where, limit: 1 })).documents[0]?.value;
    },
    beginning: (it) => [forgettings.writes.insert(definitionKey(it.project, it.id), it)],
    async changing({ project, id }, change) {
      const found = await forgettings.get(definitionKey(project, id));
      if (!found) throw notFound(forgettingName.format({ project, forgetting: id }));
      const forgetting = change(found.value);
      return { forgetting, writes: [forgettings.writes.replace(found.id, found.revision, forgetting)] };
    },
    async forgetting(project, forgotten) {
      const head = await heads.get(project);
      const moved = head
        ? heads.writes.replace(project, head.revision, { commits: head.value.commits + 1 })
        : heads.writes.insert(project, { commits: 1 });
      return [moved, ...forgotten.map((it) => files.writes.put(fileId(it), it))];
    },
    files: (project, id) =>
      every(files, {
        where: {
          and: [
            { field: "project", eq: project },
            { field: "forgetting", eq: id },
          ],
        },
      }),
    settle: async (file) => void (await files.put(fileId(file), { ...file, isSettled: true })),
    isReferred: async (digest) =>
      (await files.find({ where: { field: "tombstones", eq: digest }, limit: 1 })).documents.length > 0,
    async unforgotten(project, digests): Promise<readonly Write[]> {
      const head = await heads.get(project);
      // The first one makes the head, so that the first forgetting of the project is seen too.
      if (!head) return [heads.writes.insert(project, { commits: 0 })];
      if (head.value.commits > 0) {
        for (let start = 0; start < digests.length; start += DIGESTS_AT_ONCE) {
          const where = {
            and: [
              { field: "project", eq: project },
              { field: "digest", in: digests.slice(start, start + DIGESTS_AT_ONCE) },
            ],
          } as const;
          // The same bytes may have been loaded again since, and are new rows then.
          for await (const { digest } of every(files, { where }))
            if (!(await isRead(store, project, digest))) throw dataForgotten(digest);
        }
      }
      return [heads.writes.check(project, head.revision)];
    },
  };
}

/** True if some data version of the project reads the file. */
async function isRead(store: Store, project: string, digest: string): Promise<boolean> {
  const { segments, compacted } = dataCollections(store);
  const where = {
    and: [
      { field: "digest", eq: digest },
      { field: "project", eq: project },
    ],
  } as const;
  const found = await Promise.all([segments.find({ where, limit: 1 }), compacted.find({ where, limit: 1 })]);
  return found.some((it) => it.documents.length > 0);
}
