import type { Collection, CollectionDefinition, Document, Filter, Query, Store } from "@throughline/store";
import type { CompactedFile, DataCommit } from "../domain/data-version.ts";
import type { Expiry } from "../domain/retention/file-expiry.ts";
import type { Lacking, Segment } from "../domain/segment.ts";
import { lackedColumns } from "../domain/source.ts";
import { definitionKey, SOURCES } from "./catalog-store.ts";

/** Stands for "never" where a data version is told since which something is not read. */
export const NEVER = Number.MAX_SAFE_INTEGER;

/** A segment, with the data version since which a compacted file is read in place of its own. Absent in older documents. */
export type StoredSegment = Omit<Segment, "within" | "lacks"> & {
  readonly replacedIn?: number;
  readonly expiry?: Expiry;
};

export const SEGMENTS: CollectionDefinition<StoredSegment> = {
  name: "feature_store_segments",
  indexes: [
    { name: "by_source", fields: ["project", "source", "dataVersion"] },
    { name: "by_file", fields: ["project", "source", "replacedIn", "dataVersion"] },
    { name: "by_digest", fields: ["digest"] },
  ],
};

/** A compacted file, with the data version since which it is read no more. */
export type StoredFile = CompactedFile & { readonly until: number; readonly expiry?: Expiry };

export const COMPACTED: CollectionDefinition<StoredFile> = {
  name: "feature_store_compacted",
  indexes: [
    { name: "by_source", fields: ["project", "source", "until"] },
    { name: "by_digest", fields: ["digest"] },
  ],
};

/** Commits that are no loads and pushes: those are told by their segments. */
export const REWRITES: CollectionDefinition<DataCommit> = {
  name: "feature_store_rewrites",
  indexes: [{ name: "by_source", fields: ["project", "source", "kind", "dataVersion"] }],
};

/** The head of a project's log. */
export interface Project {
  readonly dataVersion: number;
}

export const PROJECTS: CollectionDefinition<Project> = { name: "feature_store_projects", indexes: [] };

/** Digits enough that the order of keys is that of the numbers. */
export const numbered = (number: number): string => String(number).padStart(12, "0");

/** Id of what stands for a data version. */
export const versionId = (project: string, dataVersion: number): string => `${project}/${numbered(dataVersion)}`;

/** Most documents that are read at a time. */
const PAGE = 1_000;

/** Every document that a query finds, page after page, with its id and revision. */
export async function* everyDocument<T extends object>(
  collection: Collection<T>,
  query: Pick<Query<T>, "where" | "orderBy">,
): AsyncGenerator<Document<T>> {
  let after: string | undefined;
  do {
    const page = await collection.find({ ...query, limit: PAGE, ...(after !== undefined && { after }) });
    yield* page.documents;
    after = page.next;
  } while (after !== undefined);
}

/** What every document holds that a query finds. */
export async function* every<T extends object>(
  collection: Collection<T>,
  query: Pick<Query<T>, "where" | "orderBy">,
): AsyncGenerator<T> {
  for await (const it of everyDocument(collection, query)) yield it.value;
}

/** Everything that an iteration gives. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const it of items) found.push(it);
  return found;
}

/** The collections that hold a project's data. */
export function dataCollections(store: Store) {
  return {
    segments: store.collection(SEGMENTS),
    compacted: store.collection(COMPACTED),
    rewrites: store.collection(REWRITES),
    projects: store.collection(PROJECTS),
    sources: store.collection(SOURCES),
  };
}

export type DataCollections = ReturnType<typeof dataCollections>;

export async function lackingIn(
  { sources }: Pick<DataCollections, "sources">,
  { project, source }: Pick<Segment, "project" | "source">,
): Promise<Lacking> {
  const found = (await sources.get(definitionKey(project, source)))?.value;
  return (file) => {
    const lacks = found ? lackedColumns(found, file) : [];
    return lacks.length > 0 ? { lacks } : {};
  };
}

/** The compacted files that a source's data version reads. */
export async function compactedAt(
  { compacted }: DataCollections,
  { project, source, dataVersion }: Pick<Segment, "project" | "source" | "dataVersion">,
): Promise<readonly StoredFile[]> {
  const where: Filter<StoredFile> = {
    and: [
      { field: "project", eq: project },
      { field: "source", eq: source },
      { field: "until", gt: dataVersion },
    ],
  };
  const found = await all(every(compacted, { where, orderBy: [{ field: "until" }] }));
  return found.filter((it) => it.since <= dataVersion).sort((a, b) => a.first - b.first);
}

/** The reverts of a source up to a data version, oldest first. */
export async function revertsUpTo(
  { rewrites }: DataCollections,
  { project, source, dataVersion }: Pick<Segment, "project" | "source" | "dataVersion">,
): Promise<readonly DataCommit[]> {
  const where: Filter<DataCommit> = {
    and: [
      { field: "project", eq: project },
      { field: "source", eq: source },
      { field: "kind", eq: "revert" },
      { field: "dataVersion", lte: dataVersion },
    ],
  };
  return all(every(rewrites, { where, orderBy: [{ field: "dataVersion" }] }));
}
