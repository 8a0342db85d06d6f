import type { BlobStore } from "@throughline/blobs";
import type { Clock, Digest } from "@throughline/kernel";
import type { LineageOutbox, LineageRecord } from "@throughline/lineage";
import type { Outcome, RequestIdentity } from "@throughline/store";
import type { Row, TableEngine, TableFile, WrittenTable } from "@throughline/tables";
import { artifactUnknown } from "./errors.ts";
import { sourceName } from "./names.ts";
import type { Once } from "./once.ts";
import type { NewScratch, ScratchFiles } from "./scratch.ts";
import type { NewSegment, Segment, SegmentLog } from "./segment.ts";
import { SEGMENT_COLUMNS, type Source } from "./source.ts";
import { rowIntake, segmentColumns, segmentRow, type TimedRow } from "./source-rows.ts";

/** What the platform knows of an uploaded file. */
export interface KnownArtifact {
  readonly sizeBytes: number;
  readonly kind: LineageRecord["artifacts"][number]["kind"];
}

/** Tells which digests a project knows. */
export interface ArtifactFinder {
  find(project: string, digest: Digest): Promise<KnownArtifact | undefined>;
}

/** What loading needs. */
export interface LoadDeps {
  readonly tables: TableEngine;
  readonly blobs: BlobStore;
  readonly artifacts: ArtifactFinder;
  readonly segments: SegmentLog;
  readonly outbox: Pick<LineageOutbox, "writes">;
  readonly clock: Clock;
  readonly once: Once;
  readonly newScratch: NewScratch;
}

/** A file to load. */
export interface LoadRequest {
  readonly source: Source;
  readonly digest: Digest;
  readonly format: TableFile["format"];
  readonly actor: string;
  /** Name of the operation: the load is committed once for it. */
  readonly operation: string;
}

/** What long-running work is given. */
export interface Run {
  readonly signal: AbortSignal;
  /** `share` is from 0 to 1. */
  progress(share: number, message: string): void;
}

/** Fails with ARTIFACT_UNKNOWN unless the project has the file. `path` is the request's field. */
export async function knownArtifact(
  artifacts: ArtifactFinder,
  { project, digest, path }: { readonly project: string; readonly digest: Digest; readonly path: string },
): Promise<KnownArtifact> {
  const found = await artifacts.find(project, digest);
  if (!found) throw artifactUnknown(digest, path);
  return found;
}

/** Loads a file as the next segment of a source. */
export async function loadSource(deps: LoadDeps, request: LoadRequest, run: Run): Promise<Segment> {
  const { source, digest, format } = request;
  const artifact = await knownArtifact(deps.artifacts, { project: source.project, digest, path: "digest" });
  await using scratch = await deps.newScratch();
  run.progress(0, "reading the file");
  const columns = source.columns.map(({ name, type }) => ({ name, type }));
  const input: TableFile = { path: await deps.blobs.localFile(digest), format };
  const converted = await deps.tables.convert({ input, columns, output: scratch.path("converted.parquet") }, run);
  run.progress(0.3, `writing ${converted.rowCount} rows`);
  const written = await writeSegment(deps, source, {
    batches: batchesOf(deps, converted, run),
    scratch,
    signal: run.signal,
  });
  run.progress(0.95, "committing");
  const identity: RequestIdentity = {
    requestId: request.operation,
    method: "LoadSource.commit",
    principal: source.project,
    requestDigest: digest,
  };
  const added = { ...written, loadedDigest: digest };
  return commitSegment(deps, { added, identity, actor: request.actor, loaded: { ...artifact, digest } });
}

/** Rows that are read at a time: some 25 MB of them. */
const BATCH_ROWS = 25_000;

async function* batchesOf({ tables }: LoadDeps, table: WrittenTable, run: Run): AsyncGenerator<readonly Row[]> {
  for (let offset = 0; offset < table.rowCount; offset += BATCH_ROWS) {
    const { signal } = run;
    const { rows } = await tables.readRows({ segments: [table.path], offset, limit: BATCH_ROWS }, { signal });
    yield rows;
    run.progress(0.3 + 0.6 * Math.min(1, (offset + BATCH_ROWS) / table.rowCount), `writing ${table.rowCount} rows`);
  }
}

/** Rows on their way into a segment. */
export interface IncomingRows {
  readonly batches: Iterable<readonly Row[]> | AsyncIterable<readonly Row[]>;
  readonly scratch: ScratchFiles;
  readonly signal: AbortSignal;
  /** Told of each row that is kept, in order. */
  readonly onRow?: (row: TimedRow) => void;
}

/**
 * Writes rows to a segment in the object storage. Fails with KNOWLEDGE_BEFORE_EVENT or ROW_WITHOUT_TIME.
 *
 * Each batch becomes a file before the next one is read: a table call that waited for another one would hold a process
 * that the other needs.
 */
export async function writeSegment(
  { tables, blobs, clock }: Pick<LoadDeps, "tables" | "blobs" | "clock">,
  source: Source,
  { batches, scratch, signal, onRow = () => {} }: IncomingRows,
): Promise<Omit<NewSegment, "loadedDigest">> {
  const intake = rowIntake(source);
  const columns = segmentColumns(source);
  const parts: WrittenTable[] = [];
  let rowCount = 0;
  const write = async (values: readonly Row[]): Promise<void> => {
    const rows = values.map((it) => intake.take(it)).filter((it) => it !== undefined);
    rows.forEach(onRow);
    const output = scratch.path(`part-${parts.length}.parquet`);
    const firstRow = rowCount;
    const numbered = rows.map((it, i) => segmentRow(it, firstRow + i));
    parts.push(await tables.importRows({ columns, output }, numbered, { signal }));
    rowCount += rows.length;
  };
  for await (const batch of batches) await write(batch);
  if (parts.length === 0) await write([]);
  const taken = intake.finish();
  const table = await joinParts(tables, parts, { output: scratch.path("segment.parquet"), signal });
  await blobs.put(scratch.content(table.path), { expectedDigest: table.fileDigest });
  const { project, id } = source;
  const file = { digest: table.fileDigest, sizeBytes: table.byteCount };
  return { ...taken, ...file, project, source: id, loadTimeMs: clock.now() };
}

/** One file from several: a join of no view with a spine of several files is the spine as one file. */
async function joinParts(
  tables: TableEngine,
  parts: readonly WrittenTable[],
  { output, signal }: { readonly output: string; readonly signal: AbortSignal },
): Promise<WrittenTable> {
  const [first] = parts;
  if (first && parts.length === 1) return first;
  const spine = {
    segments: parts.map((it) => it.path),
    cutoffColumn: SEGMENT_COLUMNS.eventTime,
    columns: first?.columns.map((it) => it.name) ?? [],
  };
  return tables.pointInTimeJoin({ spine, views: [], output }, { signal });
}

/** A segment to commit. */
export interface Commit {
  readonly added: NewSegment;
  readonly identity: RequestIdentity;
  readonly actor: string;
  readonly loaded: (KnownArtifact & { readonly digest: Digest }) | undefined;
}

/** Makes the next data version, together with its lineage. */
export function commitSegment({ segments, outbox, once }: LoadDeps, commit: Commit): Promise<Segment> {
  const { added, identity } = commit;
  const work = async (): Promise<Outcome<Segment>> => {
    const { segment, writes } = await segments.committing(added);
    return { writes: [...writes, ...outbox.writes(ingestRecord(segment, commit))], response: segment };
  };
  return once({ identity, subject: `${added.project}/data`, work });
}

const PARQUET = "application/vnd.apache.parquet";

function ingestRecord(segment: Segment, { actor, loaded }: Commit): LineageRecord {
  const { project, digest, sizeBytes } = segment;
  const resource = sourceName.format({ project, source: segment.source });
  return {
    execution: {
      id: `feature-store:ingest:${project}:${segment.dataVersion}`,
      project: `projects/${project}`,
      kind: "INGEST",
      resource,
      actor,
      timeMs: segment.loadTimeMs,
    },
    artifacts: [{ digest, kind: "SOURCE_SEGMENT", resource, sizeBytes, mediaType: PARQUET }],
    events: [
      ...(loaded ? ([{ digest: loaded.digest, type: "INPUT", role: "file" }] as const) : []),
      { digest, type: "OUTPUT", role: "segment" },
    ],
  };
}
