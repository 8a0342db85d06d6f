import type { BlobStore } from "@throughline/blobs";
import type { Clock, Digest } from "@throughline/kernel";
import type { LineageOutbox, LineageRecord } from "@throughline/lineage";
import type { Outcome, RequestIdentity, Write } from "@throughline/store";
import type { Row, TableEngine, TableFile, WrittenTable } from "@throughline/tables";
import { artifactUnknown, wrongKindOfSource } from "./errors.ts";
import { checkLoadedRows, writeLoadedRows } from "./loaded-rows.ts";
import { sourceName } from "./names.ts";
import type { Once } from "./once.ts";
import type { ReadGeneration } from "./read-generation.ts";
import { type RowsPart, type Told, tellPart } from "./row-progress.ts";
import type { NewScratch, ScratchFiles } from "./scratch.ts";
import type { NewSegment, Segment, SegmentLog } from "./segment.ts";
import { type Source, takes } from "./source.ts";
import { rowIntake, segmentColumns, segmentRow, type TakenRows, type TimedRow } from "./source-rows.ts";
import type { StoredFiles } from "./stored-files.ts";

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
  /** The engine of a project, for what may outgrow one machine: joins, digests. It gives what `tables` gives. */
  tablesOf(project: string): TableEngine;
  readonly blobs: BlobStore;
  readonly artifacts: ArtifactFinder;
  readonly segments: SegmentLog;
  readonly outbox: Pick<LineageOutbox, "writes">;
  readonly clock: Clock;
  readonly once: Once;
  readonly newScratch: NewScratch;
  readonly storedFiles: Pick<StoredFiles, "kept">;
  /** Told of each segment that was committed, and of the generation in which its source's online values are read then. */
  readonly onCommit: (segment: Segment, generation: ReadGeneration | undefined) => void;
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
export interface Run extends Told {
  readonly signal: AbortSignal;
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
  checkKind(source, format);
  const artifact = await knownArtifact(deps.artifacts, { project: source.project, digest, path: "digest" });
  await using scratch = await deps.newScratch();
  run.progress(0, "reading the file");
  const columns = source.columns.map(({ name, type }) => ({ name, type }));
  const input: TableFile = { path: await deps.blobs.localFile(digest), format };
  const { signal } = run;
  const part = (of: RowsPart) => ({ signal, onProgress: tellPart(deps.clock, run, of) });
  // Of a CSV file nobody knows how many rows it has before it is read.
  const rowCount = format === "parquet" ? (await deps.tables.inspect(input, { signal })).rowCount : undefined;
  const reading = rowCount === undefined ? { signal } : part({ from: 0, to: 0.4, what: "reading", rowCount });
  const file = await deps.tables.convert({ input, columns, output: scratch.path("loaded.parquet") }, reading);
  run.progress(0.4, `checking ${file.rowCount} rows`);
  const loaded = { source, file, signal };
  const taken = await checkLoadedRows(deps.tables, loaded);
  const writing = part({ from: 0.5, to: 0.95, what: "writing", rowCount: taken.rowCount });
  const table = await writeLoadedRows(deps.tables, loaded, { output: scratch.path("segment.parquet"), ...writing });
  const written = await storeSegment(deps, source, { table, taken, scratch });
  run.progress(0.95, "committing");
  const identity: RequestIdentity = {
    requestId: request.operation,
    method: "LoadSource.commit",
    principal: source.project,
    requestDigest: digest,
  };
  const added = { ...written, loadedDigest: digest, actor: request.actor };
  // Awaited here: a failure must not wait, unheard, until the files in between are removed.
  return await commitSegment(deps, { added, identity, actor: request.actor, loaded: { ...artifact, digest } });
}

/** Fails with SOURCE_KIND if the source takes no rows of that way. */
export function checkKind(source: Source, way: "parquet" | "csv" | "push"): void {
  const { kind, id } = source;
  if (kind !== undefined && !takes(kind).includes(way))
    throw wrongKindOfSource(id, kind, takes(kind).join(", ") || "no rows: its values come with each request");
}

/** Rows on their way into a segment. */
export interface IncomingRows {
  readonly rows: readonly Row[];
  readonly scratch: ScratchFiles;
  readonly signal: AbortSignal;
}

/** A segment that is stored, and its rows. */
export interface WrittenSegment {
  readonly written: Omit<NewSegment, "loadedDigest">;
  /** Those that are kept, in order. */
  readonly rows: readonly TimedRow[];
}

/** Writes rows to a segment in the object storage. Fails with KNOWLEDGE_BEFORE_EVENT or ROW_WITHOUT_TIME. */
export async function writeSegment(
  deps: Pick<LoadDeps, "tables" | "blobs" | "clock">,
  source: Source,
  incoming: IncomingRows,
): Promise<WrittenSegment> {
  const { scratch, signal } = incoming;
  const intake = rowIntake(source);
  const rows = incoming.rows.map((it) => intake.take(it)).filter((it) => it !== undefined);
  const taken = intake.finish();
  const plan = { columns: segmentColumns(source), output: scratch.path("segment.parquet") };
  const table = await deps.tables.importRows(plan, rows.map(segmentRow), { signal });
  return { written: await storeSegment(deps, source, { table, taken, scratch }), rows };
}

interface SegmentFile {
  readonly table: WrittenTable;
  readonly taken: TakenRows;
  readonly scratch: ScratchFiles;
}

async function storeSegment(
  { blobs, clock }: Pick<LoadDeps, "blobs" | "clock">,
  { project, id, columnCounts }: Source,
  { table, taken, scratch }: SegmentFile,
): Promise<Omit<NewSegment, "loadedDigest">> {
  await blobs.put(scratch.content(table.path), { expectedDigest: table.fileDigest });
  const file = { digest: table.fileDigest, sizeBytes: table.byteCount };
  const written = columnCounts && { sourceVersion: columnCounts.length };
  return { ...taken, ...file, project, source: id, loadTimeMs: clock.now(), ...written };
}

/** A segment to commit. */
export interface Commit {
  readonly added: NewSegment;
  readonly identity: RequestIdentity;
  readonly actor: string;
  readonly loaded: (KnownArtifact & { readonly digest: Digest }) | undefined;
  /** What else belongs to the commit. Read anew whenever it starts again; fails if the segment must not come any more. */
  onward?(segment: Segment): Promise<readonly Write[]>;
}

/** Makes the next data version, together with its lineage. */
export async function commitSegment(deps: LoadDeps, commit: Commit): Promise<Segment> {
  const { segments, outbox, once } = deps;
  const { added, identity } = commit;
  let generation: ReadGeneration | undefined;
  const work = async (): Promise<Outcome<Segment>> => {
    const { segment, writes, ...then } = await segments.committing(added);
    generation = then.generation;
    const onward = (await commit.onward?.(segment)) ?? [];
    return { writes: [...writes, ...onward, ...outbox.writes(ingestRecord(segment, commit))], response: segment };
  };
  const segment = await once({ identity, subject: `${added.project}/data`, work });
  deps.storedFiles.kept([added.digest]);
  deps.onCommit(segment, generation);
  return segment;
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
