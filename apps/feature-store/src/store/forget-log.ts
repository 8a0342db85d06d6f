import { notFound, revisionConflict } from "@throughline/kernel";
import type { Document, Store, Write } from "@throughline/store";
import type { DataCommit } from "../domain/data-version.ts";
import { filesChanged } from "../domain/errors.ts";
import type { ForgetCommit, ForgetLog, KeptFile, Replacement } from "../domain/forget/forget-log.ts";
import { sourceName } from "../domain/names.ts";
import { type ForgottenOfFile, ownFile } from "../domain/segment.ts";
import { definitionKey, SOURCES } from "./catalog-store.ts";
import {
  type DataCollections,
  dataCollections,
  every,
  lackingIn,
  type StoredFile,
  type StoredSegment,
  versionId,
} from "./data-collections.ts";
import { fileId, withoutOverlay } from "./data-log.ts";
import { hasExpired } from "./kept-segment.ts";
import { compactedFile, segmentOf } from "./segment-log.ts";

/** Ids of segments and of compacted files never meet: the prefix tells them apart. */
const SEGMENT = "segment:";
const COMPACTED = "compacted:";

/** What forgetting asks of the log, on the document port. */
export function forgetLog(store: Store): ForgetLog {
  const collections = dataCollections(store);
  return {
    files: (project, source) => filesOf(collections, project, source),
    forgetting: (commit, dataVersion) => forgetting(store, collections, { commit, dataVersion }),
  };
}

async function* filesOf(collections: DataCollections, project: string, source: string): AsyncGenerator<KeptFile> {
  const { segments, compacted } = collections;
  const lacking = await lackingIn(collections, { project, source });
  const where = {
    and: [
      { field: "project", eq: project },
      { field: "source", eq: source },
    ],
  } as const;
  for await (const it of every(segments, { where, orderBy: [{ field: "dataVersion" }] })) {
    if (hasExpired(it)) continue;
    const id = `${SEGMENT}${versionId(project, it.dataVersion)}`;
    yield { ...ownFile(segmentOf(it)), ...lacking(it), id, loadedDigest: it.loadedDigest };
  }
  for await (const it of every(compacted, { where, orderBy: [{ field: "until" }] }))
    if (!hasExpired(it))
      yield { ...compactedFile(it), ...lacking(it), id: `${COMPACTED}${fileId(it)}`, loadedDigest: undefined };
}

interface Forgetting {
  readonly commit: ForgetCommit;
  readonly dataVersion: number;
}

async function forgetting(store: Store, collections: DataCollections, { commit: asked, dataVersion }: Forgetting) {
  const { projects, rewrites } = collections;
  const { project, source: id } = asked.commit;
  const sources = store.collection(SOURCES);
  const key = definitionKey(project, id);
  const [head, source] = await Promise.all([projects.get(project), sources.get(key)]);
  if (!source || !head) throw notFound(sourceName.format({ project, source: id }));
  if (head.value.dataVersion + 1 !== dataVersion)
    throw revisionConflict(`${projects.name}/${project}`, String(dataVersion - 1), String(head.value.dataVersion));
  const rows = asked.rows && { ...asked.rows, generationSince: dataVersion };
  const commit: DataCommit = { ...asked.commit, kind: "forget", dataVersion };
  return {
    commit,
    writes: [
      projects.writes.replace(project, head.revision, { dataVersion }),
      sources.writes.replace(key, source.revision, {
        ...(rows ? withoutOverlay(source.value) : source.value),
        ...rows,
      }),
      rewrites.writes.insert(versionId(project, dataVersion), commit),
      ...(await replaced(collections, asked, dataVersion)),
    ],
  };
}

async function replaced(
  { segments, compacted }: DataCollections,
  { replacements, commit }: ForgetCommit,
  dataVersion: number,
): Promise<readonly Write[]> {
  const idsOf = (prefix: string): readonly string[] =>
    replacements.flatMap(({ file: { id } }) => (id.startsWith(prefix) ? [id.slice(prefix.length)] : []));
  const byId = new Map(replacements.map((it) => [it.file.id, it]));
  const [own, merged] = await Promise.all([segments.getMany(idsOf(SEGMENT)), compacted.getMany(idsOf(COMPACTED))]);
  const change = <T extends StoredSegment | StoredFile>(found: Document<T> | undefined, prefix: string) => {
    const replacement = found && byId.get(prefix + found.id);
    if (!replacement || found.value.digest !== replacement.file.digest) throw filesChanged(commit.source);
    return { found, value: withoutRows(found.value, replacement, dataVersion), replacement };
  };
  return [
    ...own.map((it) => {
      const { found, value } = change(it, SEGMENT);
      return segments.writes.replace(found.id, found.revision, value);
    }),
    ...merged.map((it) => {
      const { found, value, replacement } = change(it, COMPACTED);
      return compacted.writes.replace(found.id, found.revision, { ...value, rowsDigest: replacement.rowsDigest });
    }),
  ];
}

/** The times of rows that are gone are gone too. */
function withoutRows<T extends StoredSegment | StoredFile>(
  { eventTimeNs: _, knowledgeTimeNs: __, ...stored }: T,
  { digest, sizeBytes, rowCount, removedRows, eventTimeNs, knowledgeTimeNs }: Replacement,
  dataVersion: number,
): T {
  const forgotten: readonly ForgottenOfFile[] = [...(stored.forgotten ?? []), { dataVersion, rowCount: removedRows }];
  return {
    ...stored,
    digest,
    sizeBytes,
    rowCount,
    forgotten,
    eventTimeNs,
    ...(knowledgeTimeNs && { knowledgeTimeNs }),
  } as unknown as T;
}
