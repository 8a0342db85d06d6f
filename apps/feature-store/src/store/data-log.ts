import { invariant, notFound, type PageTokens, pageSize, revisionConflict } from "@throughline/kernel";
import { type Filter, ID, type Store, type Write } from "@throughline/store";
import {
  type CompactedFile,
  commitOf,
  type DataCommit,
  type DataLog,
  type OverlayOfSource,
  type ReadingChange,
  type Rewrite,
} from "../domain/data-version.ts";
import { dataVersionExpired } from "../domain/errors.ts";
import { readingOf } from "../domain/generations.ts";
import { sourceName } from "../domain/names.ts";
import type { Source } from "../domain/source.ts";
import { definitionKey, SOURCES } from "./catalog-store.ts";
import {
  all,
  COMPACTED,
  type DataCollections,
  dataCollections,
  every,
  NEVER,
  numbered,
  PROJECTS,
  SEGMENTS,
  type StoredFile,
  type StoredSegment,
  versionId,
} from "./data-collections.ts";
import { hasExpired, keptSegment } from "./kept-segment.ts";

/** The log of all commits, on the document port. Loads and pushes are told by their segments, see segment-log.ts. */
export function dataLog(store: Store, tokens: PageTokens): DataLog {
  const collections = dataCollections(store);
  const { segments, compacted, rewrites, projects } = collections;
  const commitsOf = async (project: string, versions: readonly number[]): Promise<readonly DataCommit[]> => {
    const ids = versions.map((it) => versionId(project, it));
    const [rewritten, loaded] = await Promise.all([rewrites.getMany(ids), segments.getMany(ids)]);
    return versions.flatMap((_, i) => {
      const segment = loaded[i]?.value;
      const commit = rewritten[i]?.value ?? (segment && commitOf(segment));
      return commit ? [commit] : [];
    });
  };
  return {
    get: async (project, dataVersion) => (await commitsOf(project, [dataVersion]))[0],
    async list(project, page) {
      const query = ["data-versions", project];
      const newest = (await projects.get(project))?.value.dataVersion ?? 0;
      const from = Number(tokens.decode(query, page.token) ?? newest);
      const size = pageSize(page.size);
      const versions = Array.from({ length: Math.min(size, Math.max(from, 0)) }, (_, i) => from - i);
      const next = from - versions.length;
      return {
        items: await commitsOf(project, versions),
        nextPageToken: next > 0 ? tokens.encode(query, next) : "",
      };
    },
    rewrites: (project, after, upTo) => all(every(rewrites, { where: between<DataCommit>(project, after, upTo) })),
    segments: (project, after, upTo) => every(segments, { where: between<StoredSegment>(project, after, upTo) }),
    async segment(project, dataVersion) {
      const found = (await segments.get(versionId(project, dataVersion)))?.value;
      return found && keptSegment(collections, found);
    },
    rewriting: (rewrite, dataVersion) => rewriting(store, collections, { rewrite, dataVersion }),
    folding: (of) => changingOverlay(store, of, (it) => (it.overlay === of.overlay ? withoutOverlay(it) : undefined)),
    projects: () => projectIds(collections),
    async isReferred(digest) {
      const where = { field: "digest", eq: digest } as const;
      for await (const it of every(segments, { where })) if (!hasExpired(it)) return true;
      for await (const it of every(compacted, { where })) if (!hasExpired(it)) return true;
      return false;
    },
  };
}

async function* projectIds({ projects }: DataCollections): AsyncGenerator<string> {
  let after: string | undefined;
  do {
    const page = await projects.find({ limit: 500, ...(after !== undefined && { after }) });
    yield* page.documents.map((it) => it.id);
    after = page.next;
  } while (after !== undefined);
}

/** The order of ids is that of data versions. */
const between = <T extends object>(project: string, after: number, upTo: number): Filter<T> => ({
  and: [
    { field: ID, gt: versionId(project, after) },
    { field: ID, lte: versionId(project, upTo) },
  ],
});

interface Rewriting {
  readonly rewrite: Rewrite;
  readonly dataVersion: number;
}

async function rewriting(store: Store, collections: DataCollections, { rewrite, dataVersion }: Rewriting) {
  const { project, source: id, rows, files, ...said } = rewrite;
  const { projects, rewrites } = collections;
  const sources = store.collection(SOURCES);
  const key = definitionKey(project, id);
  const [head, source] = await Promise.all([projects.get(project), sources.get(key)]);
  if (!source || !head) throw notFound(sourceName.format({ project, source: id }));
  if (head.value.dataVersion + 1 !== dataVersion)
    throw revisionConflict(`${PROJECTS.name}/${project}`, String(dataVersion - 1), String(head.value.dataVersion));
  const compacted = files.opened.map(({ digest, rowCount, rowsDigest, parts, first, last }) => ({
    digest,
    rowCount,
    rowsDigest,
    parts,
    first,
    last,
  }));
  const commit: DataCommit = { ...said, project, source: id, dataVersion, compacted };
  return {
    commit,
    writes: [
      projects.writes.replace(project, head.revision, { dataVersion }),
      // Also where nothing of it changes: whoever commits to the source meanwhile decides on what it was.
      sources.writes.replace(key, source.revision, {
        ...(rows ? withoutOverlay(source.value) : source.value),
        ...(rows && { ...rows, generationSince: dataVersion }),
      }),
      rewrites.writes.insert(versionId(project, dataVersion), commit),
      ...(await closing(collections, rewrite, dataVersion)),
      ...(await replacing(collections, rewrite, dataVersion)),
      ...(await bringingBack(collections, rewrite)),
      ...files.opened.map((it) => opening(collections, { ...it, since: dataVersion })),
    ],
  };
}

/** A source without what is said of what lies over its online values. */
export const withoutOverlay = ({ overlay: _, generationFolds: __, ...source }: Source): Source => source;

/** Nothing is written where `changed` gives nothing. Each change is later than all before it. */
async function changingOverlay(
  store: Store,
  { project, source: id }: OverlayOfSource,
  changed: (source: Source) => Source | undefined,
): Promise<ReadingChange> {
  const sources = store.collection(SOURCES);
  const key = definitionKey(project, id);
  const found = await sources.get(key);
  if (!found) throw notFound(sourceName.format({ project, source: id }));
  const next = changed(found.value);
  if (!next) return { reading: readingOf(found.value), writes: [] };
  const value = { ...next, generationFolds: (found.value.generationFolds ?? 0) + 1 };
  return { reading: readingOf(value), writes: [sources.writes.replace(key, found.revision, value)] };
}

/** The id of a compacted file's document. */
export const fileId = ({
  project,
  source,
  since,
  first,
}: Pick<CompactedFile, "project" | "source" | "since" | "first">) =>
  `${project}/${source}/${numbered(since)}/${numbered(first)}`;

const opening = ({ compacted }: DataCollections, file: CompactedFile): Write =>
  compacted.writes.insert(fileId(file), { ...file, until: NEVER });

async function closing(
  { compacted }: DataCollections,
  { project, source, files }: Rewrite,
  dataVersion: number,
): Promise<readonly Write[]> {
  const where: Filter<StoredFile> = {
    and: [
      { field: "project", eq: project },
      { field: "source", eq: source },
      { field: "until", eq: NEVER },
    ],
  };
  if (files.closed.length === 0) return [];
  const open = await all(every(compacted, { where, orderBy: [{ field: "until" }] }));
  const documents = await compacted.getMany(
    files.closed.map(({ digest, first }) => {
      const found = open.find((it) => it.digest === digest && it.first === first);
      // Somebody else merged or cut it meanwhile.
      if (!found) throw revisionConflict(`${COMPACTED.name}/${digest}`, "open", "closed");
      return fileId(found);
    }),
  );
  return documents.map((it) => {
    invariant(it !== undefined, "a compacted file that was found is not there");
    return compacted.writes.replace(it.id, it.revision, { ...it.value, until: dataVersion });
  });
}

async function replacing(
  { segments }: DataCollections,
  { project, files }: Rewrite,
  dataVersion: number,
): Promise<readonly Write[]> {
  const documents = await segments.getMany(files.replaced.map((it) => versionId(project, it)));
  return documents.map((it, i) => {
    if (!it || (it.value.replacedIn ?? NEVER) !== NEVER)
      throw revisionConflict(`${SEGMENTS.name}/${versionId(project, files.replaced[i] ?? 0)}`, "own file", "compacted");
    return segments.writes.replace(it.id, it.revision, { ...it.value, replacedIn: dataVersion });
  });
}

/** Of what comes back in files of its own, nothing may have expired, and what was marked to is needed again. */
async function bringingBack(
  { segments }: DataCollections,
  { project, added, files }: Rewrite,
): Promise<readonly Write[]> {
  const elsewhere = (version: number): boolean =>
    files.replaced.includes(version) || files.opened.some((it) => it.first <= version && version <= it.last);
  const own = added.map((it) => it.dataVersion).filter((it) => !elsewhere(it));
  const documents = await segments.getMany(own.map((it) => versionId(project, it)));
  return documents.flatMap((it, i) => {
    if (!it || hasExpired(it.value)) throw dataVersionExpired(own[i] ?? 0);
    const { expiry, ...value } = it.value;
    return expiry ? [segments.writes.replace(it.id, it.revision, value)] : [];
  });
}
