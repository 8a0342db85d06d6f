import { notFound } from "@throughline/kernel";
import type { Filter, Store } from "@throughline/store";
import { goneAfter, later } from "../domain/data-version.ts";
import { dataVersionExpired } from "../domain/errors.ts";
import { readingOf } from "../domain/generations.ts";
import { sourceName } from "../domain/names.ts";
import type { ReadGeneration } from "../domain/read-generation.ts";
import { columnsOf, type DataFile, ownFile, type Segment, type SegmentLog } from "../domain/segment.ts";
import { lackedColumns, type Source } from "../domain/source.ts";
import { definitionKey } from "./catalog-store.ts";
import {
  all,
  compactedAt,
  type DataCollections,
  dataCollections,
  every,
  lackingIn,
  NEVER,
  revertsUpTo,
  type StoredSegment,
  versionId,
} from "./data-collections.ts";

/** Most segments that are told of one source. */
const NEWEST_MAX = 1_000;

/** The log of loads, on the document port. */
export function segmentLog(store: Store): SegmentLog {
  const collections = dataCollections(store);
  const { segments, projects, sources } = collections;
  const newestVersion = async (project: string): Promise<number> =>
    (await projects.get(project))?.value.dataVersion ?? 0;
  /**
   * What a data version reads never changes, whoever commits meanwhile. So what is asked for is one that was made, and several
   * queries tell of one state.
   */
  const at = async (project: string, source: string, dataVersion: number): Promise<At> => ({
    project,
    source,
    dataVersion: Math.min(dataVersion, await newestVersion(project)),
  });
  return {
    async committing(added) {
      const { project } = added;
      const key = definitionKey(project, added.source);
      const [head, source] = await Promise.all([projects.get(project), sources.get(key)]);
      if (!source) throw notFound(sourceName.format({ project, source: added.source }));
      const dataVersion = (head?.value.dataVersion ?? 0) + 1;
      const segment: Segment = { ...added, dataVersion, previousDataVersion: source.value.dataVersion };
      const { newestEventNs, newestKnowledgeNs, rowCount } = source.value;
      const changed = {
        ...source.value,
        rowCount: rowCount + added.rowCount,
        dataVersion,
        newestEventNs: later(newestEventNs, added.eventTimeNs?.most),
        newestKnowledgeNs: later(newestKnowledgeNs, added.knowledgeTimeNs?.most),
      };
      const lacks = lackedColumns(source.value, added);
      return {
        segment: lacks.length > 0 ? { ...segment, lacks } : segment,
        generation: readGeneration(source.value),
        writes: [
          head
            ? projects.writes.replace(project, head.revision, { dataVersion })
            : projects.writes.insert(project, { dataVersion }),
          sources.writes.replace(key, source.revision, changed),
          segments.writes.insert(versionId(project, dataVersion), { ...segment, replacedIn: NEVER }),
        ],
      };
    },
    newestVersion,
    lacking: (project, source) => lackingIn(collections, { project, source }),
    upTo: async (project, source, dataVersion) => segmentsAt(collections, await at(project, source, dataVersion)),
    files: async (project, source, dataVersion) => filesAt(collections, await at(project, source, dataVersion)),
    async newest({ project, id }) {
      const now = await at(project, id, NEVER);
      const [gone, { documents }] = await Promise.all([
        revertsUpTo(collections, now).then(goneAfter),
        segments.find({
          where: { and: ofSource(now) },
          orderBy: [{ field: "dataVersion", descending: true }],
          limit: NEWEST_MAX,
        }),
      ]);
      return documents
        .map((it) => segmentOf(it.value))
        .filter((it) => !gone.has(it.dataVersion))
        .reverse();
    },
  };
}

/** Undefined for a source of which nothing was ever reverted. */
const readGeneration = (source: Source): ReadGeneration | undefined =>
  source.generation === undefined ? undefined : readingOf(source);

/** A source at a data version. */
type At = Pick<Segment, "project" | "source" | "dataVersion">;

const ofSource = ({ project, source }: At): Filter<StoredSegment>[] => [
  { field: "project", eq: project },
  { field: "source", eq: source },
];

/** Without what only the store needs to know. */
export const segmentOf = ({ replacedIn: _, expiry: __, ...segment }: StoredSegment): Segment => segment;

async function segmentsAt(collections: DataCollections, at: At): Promise<readonly Segment[]> {
  const where: Filter<StoredSegment> = { and: [...ofSource(at), { field: "dataVersion", lte: at.dataVersion }] };
  const [stored, reverts, compacted, lacking] = await Promise.all([
    all(every(collections.segments, { where, orderBy: [{ field: "dataVersion" }] })),
    revertsUpTo(collections, at),
    compactedAt(collections, at),
    lackingIn(collections, at),
  ]);
  const gone = goneAfter(reverts);
  // Both are in the order of data versions, and compacted files do not overlap.
  let next = 0;
  return stored
    .filter((it) => !gone.has(it.dataVersion))
    .map((it): Segment => {
      const segment = { ...segmentOf(it), ...lacking(it) };
      if ((it.replacedIn ?? NEVER) > at.dataVersion) return segment;
      while ((compacted[next]?.last ?? NEVER) < it.dataVersion) next += 1;
      const file = compacted[next];
      // What is read is the compacted file, which may have columns that the segment's own lacks.
      return file ? { ...segmentOf(it), within: file.digest, ...lacking(file) } : segment;
    });
}

async function filesAt(collections: DataCollections, at: At): Promise<readonly DataFile[]> {
  const known: Filter<StoredSegment> = { field: "dataVersion", lte: at.dataVersion };
  const own: Filter<StoredSegment> = { and: [...ofSource(at), { field: "replacedIn", gt: at.dataVersion }, known] };
  const older: Filter<StoredSegment> = { and: [...ofSource(at), { field: "replacedIn", exists: false }, known] };
  const orderBy = [{ field: "replacedIn" }, { field: "dataVersion" }] as const;
  const [ofOwn, ofOlder, reverts, compacted, lacking] = await Promise.all([
    all(every(collections.segments, { where: own, orderBy })),
    all(every(collections.segments, { where: older, orderBy })),
    revertsUpTo(collections, at),
    compactedAt(collections, at),
    lackingIn(collections, at),
  ]);
  const gone = goneAfter(reverts);
  const segments = [...ofOlder, ...ofOwn].filter((it) => !gone.has(it.dataVersion));
  if ([...segments, ...compacted].some((it) => it.expiry)) throw dataVersionExpired(at.dataVersion);
  const files = [...segments.map(ownFile), ...compacted.map(compactedFile)];
  return files.map((it) => ({ ...it, ...lacking(it) })).sort((a, b) => a.first - b.first);
}

/** A compacted file without what only the store needs to know. */
export const compactedFile = (it: DataFile): DataFile => ({
  digest: it.digest,
  sizeBytes: it.sizeBytes,
  rowCount: it.rowCount,
  first: it.first,
  last: it.last,
  isCompacted: true,
  eventTimeNs: it.eventTimeNs,
  ...(it.knowledgeTimeNs && { knowledgeTimeNs: it.knowledgeTimeNs }),
  ...(it.forgotten && { forgotten: it.forgotten }),
  ...columnsOf(it),
});
