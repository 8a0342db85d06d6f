import type { LineageEvent, LineageRecord } from "@throughline/lineage";
import type { Outcome } from "@throughline/store";
import type { WrittenTable } from "@throughline/tables";
import { type DataCommit, rowsOf, type SourceRows } from "../data-version.ts";
import { forgettingName, sourceName } from "../names.ts";
import type { PreparedGeneration } from "../prepared-generation.ts";
import type { RewriteCommitDeps } from "../rewrite-commit.ts";
import type { Segment } from "../segment.ts";
import type { Source } from "../source.ts";
import type { ForgetLog, Replacement } from "./forget-log.ts";
import type { Forgetting, Forgettings, ForgottenFile, ForgottenRows } from "./forgetting.ts";

/** What committing needs. */
export interface CommitForgetDeps extends Omit<RewriteCommitDeps, "dataLog"> {
  readonly forgetLog: ForgetLog;
  readonly forgettings: Forgettings;
}

/** Files that were written anew, on their way into all data versions. */
export interface CommitForgetRequest {
  readonly source: Source;
  /** As it was before. */
  readonly forgetting: Forgetting;
  readonly replacements: readonly Replacement[];
  /** Undefined: nothing is replaced. */
  readonly tombstones: WrittenTable | undefined;
  /** Rows that are removed, each once. */
  readonly rowCount: number;
  /** Undefined: no file that is read now is among them, and online values come later. */
  readonly prepared: PreparedGeneration | undefined;
}

/** Commits as the next data version, with the record of what was removed. Fails with FILES_CHANGED. Returns the record. */
export async function commitForget(deps: CommitForgetDeps, request: CommitForgetRequest): Promise<Forgetting> {
  const { source, forgetting, replacements, tombstones } = request;
  const { project, id } = source;
  const work = async (): Promise<Outcome<Forgetting>> => {
    const dataVersion = (await deps.segments.newestVersion(project)) + 1;
    const online = (await request.prepared?.finish(dataVersion)) ?? [];
    const rows = request.prepared && {
      ...rowsAfter(await deps.segments.upTo(project, id, dataVersion - 1), replacements),
      ...request.prepared.reading,
    };
    const { commit, writes } = await deps.forgetLog.forgetting(
      {
        commit: {
          project,
          source: id,
          added: [],
          removed: [],
          compacted: [],
          forgottenRows: request.rowCount,
          actor: forgetting.actor,
          reason: forgetting.reason,
          timeMs: deps.clock.now(),
        },
        replacements,
        ...(rows && { rows }),
      },
      dataVersion,
    );
    const next = await deps.forgettings.changing(forgetting, (it) => withRows(it, request, dataVersion));
    return {
      writes: [
        ...writes,
        ...online,
        ...next.writes,
        ...(await deps.forgettings.forgetting(project, forgottenFiles(request))),
        ...(replacements.length > 0 ? deps.outbox.writes(forgetRecord(commit, request)) : []),
      ],
      response: next.forgetting,
    };
  };
  // Whoever is not told that it was made must not take it for failed: its online values would be removed.
  const requestId = request.prepared?.reading.generation ?? "";
  const identity = { requestId, method: "Forget.commit", principal: project, requestDigest: "" };
  const kept = await deps.once({ identity, subject: `${project}/data`, work });
  deps.storedFiles.kept([...replacements.map((it) => it.digest), ...(tombstones ? [tombstones.fileDigest] : [])]);
  return kept;
}

/** What all rows of the source amount to, once files of segments have been replaced. */
function rowsAfter(segments: readonly Segment[], replacements: readonly Replacement[]): SourceRows {
  const own = new Map(replacements.flatMap((it) => (it.file.isCompacted ? [] : [[it.file.first, it] as const])));
  return rowsOf(
    segments.map((it): Segment => {
      const replacement = own.get(it.dataVersion);
      if (!replacement) return it;
      const { rowCount, eventTimeNs, knowledgeTimeNs } = replacement;
      const { knowledgeTimeNs: _, ...rest } = it;
      return { ...rest, rowCount, eventTimeNs, ...(knowledgeTimeNs && { knowledgeTimeNs }) };
    }),
  );
}

/** The record with what the commit removes. */
function withRows(forgetting: Forgetting, request: CommitForgetRequest, dataVersion: number): Forgetting {
  const { source, replacements, tombstones, rowCount, prepared } = request;
  const before = forgetting.sources.find((it) => it.source === source.id);
  const loaded = replacements.flatMap((it) => it.file.loadedDigest ?? []);
  const rows: ForgottenRows = {
    source: source.id,
    rowCount: (before?.rowCount ?? 0) + rowCount,
    fileCount: (before?.fileCount ?? 0) + replacements.length,
    dataVersions: [...(before?.dataVersions ?? []), dataVersion],
    tombstones: [...(before?.tombstones ?? []), ...(tombstones ? [tombstones.fileDigest] : [])],
    isOnline: prepared !== undefined,
  };
  return {
    ...forgetting,
    sources: [...forgetting.sources.filter((it) => it !== before), rows],
    loadedDigests: [...new Set([...forgetting.loadedDigests, ...loaded])],
  };
}

function forgottenFiles({
  source,
  forgetting,
  replacements,
  tombstones,
}: CommitForgetRequest): readonly ForgottenFile[] {
  if (!tombstones) return [];
  const files = replacements.map(
    ({ file, digest, removedRows }): ForgottenFile => ({
      project: source.project,
      source: source.id,
      forgetting: forgetting.id,
      digest: file.digest,
      replacement: digest,
      removedRows,
      tombstones: tombstones.fileDigest,
      isSettled: false,
    }),
  );
  return [...new Map(files.map((it) => [it.digest, it])).values()];
}

const PARQUET = "application/vnd.apache.parquet";

/** The thread from the files of before to those in their place. It says nothing of whose rows they were. */
function forgetRecord(commit: DataCommit, request: CommitForgetRequest): LineageRecord {
  const { source, forgetting, replacements, tombstones } = request;
  const { project, dataVersion, actor, timeMs } = commit;
  const resource = sourceName.format({ project, source: source.id });
  const made = [...new Map(replacements.map((it) => [it.digest, it])).values()];
  const before = [...new Set(replacements.map((it) => it.file.digest))];
  const record = forgettingName.format({ project, forgetting: forgetting.id });
  return {
    execution: {
      id: `feature-store:forget:${project}:${dataVersion}`,
      project: `projects/${project}`,
      kind: "FORGET",
      resource: record,
      actor,
      timeMs,
    },
    artifacts: [
      ...made.map(({ digest, sizeBytes }) => ({
        digest,
        sizeBytes,
        resource,
        mediaType: PARQUET,
        kind: "SOURCE_SEGMENT" as const,
      })),
      ...(tombstones ? [{ ...tombstoneArtifact(tombstones, record) }] : []),
    ],
    events: [
      ...before.map((digest): LineageEvent => ({ digest, type: "INPUT", role: "segment" })),
      ...made.map(({ digest }): LineageEvent => ({ digest, type: "OUTPUT", role: "segment_without_rows" })),
      ...(tombstones ? [{ digest: tombstones.fileDigest, type: "OUTPUT" as const, role: "tombstones" }] : []),
    ],
  };
}

const tombstoneArtifact = ({ fileDigest, byteCount }: WrittenTable, resource: string) => ({
  digest: fileDigest,
  kind: "FILE" as const,
  resource,
  sizeBytes: byteCount,
  mediaType: PARQUET,
});
