import type { Digest, Page, PageTokens } from "@throughline/kernel";
import type { Collection, Write } from "@throughline/store";
import type { PageRequest } from "../domain/catalog.ts";
import { definitionKey } from "./catalog-store.ts";
import { paged } from "./paged.ts";

/** What is made once, kept under an id, and has an artifact by digest: reports, transform fits. */
export interface KeptDocument {
  readonly project: string;
  readonly id: string;
  readonly digest: Digest;
  readonly createTimeMs: number;
}

/** What is kept of one kind. */
export interface Kept<T> {
  get(project: string, id: string): Promise<T | undefined>;
  /** Newest first; with an instant, what had been made by then. Fails with BAD_PAGE_TOKEN. */
  list(project: string, page: PageRequest, asOfMs?: number): Promise<Page<T>>;
  /** True if something of the kind, of any project, has the digest. */
  isReferred(digest: Digest): Promise<boolean>;
  adding(it: T): readonly Write[];
}

/** The indexes that `kept` reads by. */
export const KEPT_INDEXES = [
  { name: "by_time", fields: ["project", "createTimeMs"] },
  { name: "by_digest", fields: ["digest"] },
] as const;

/** Keeps documents of one kind, on the document port. The collection has KEPT_INDEXES. */
export function kept<T extends KeptDocument>(collection: Collection<T>, tokens: PageTokens): Kept<T> {
  // What is asked for is what every kind has.
  const common = collection as unknown as Collection<KeptDocument>;
  return {
    get: async (project, id) => (await collection.get(definitionKey(project, id)))?.value,
    list: async (project, page, asOfMs) => {
      const ofProject = { field: "project", eq: project } as const;
      const madeByThen = [ofProject, { field: "createTimeMs", lte: asOfMs ?? 0 }] as const;
      const query = {
        where: asOfMs === undefined ? ofProject : { and: madeByThen },
        orderBy: [{ field: "createTimeMs", descending: true }],
      } as const;
      return (await paged(common, query, {
        tokens,
        query: asOfMs === undefined ? project : `${project} by ${asOfMs}`,
        page,
      })) as Page<KeptDocument> as Page<T>;
    },
    isReferred: async (digest) =>
      (await common.find({ where: { field: "digest", eq: digest }, limit: 1 })).documents.length > 0,
    adding: (it) => [collection.writes.insert(definitionKey(it.project, it.id), it)],
  };
}
