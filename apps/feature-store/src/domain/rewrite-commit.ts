import type { Clock } from "@throughline/kernel";
import type { LineageArtifact, LineageEvent, LineageOutbox, LineageRecord } from "@throughline/lineage";
import type { Outcome, Write } from "@throughline/store";
import type { DataCommit, DataLog, NewCompactedFile, Rewrite } from "./data-version.ts";
import { filesChanged } from "./errors.ts";
import { sourceName } from "./names.ts";
import type { Once } from "./once.ts";
import type { DataFile, SegmentLog } from "./segment.ts";
import type { StoredFiles } from "./stored-files.ts";

/** What committing a rewrite needs. */
export interface RewriteCommitDeps {
  readonly segments: SegmentLog;
  readonly dataLog: DataLog;
  readonly outbox: Pick<LineageOutbox, "writes">;
  readonly clock: Clock;
  readonly once: Once;
  readonly storedFiles: Pick<StoredFiles, "kept">;
}

/** A rewrite on its way. What it is told of are the data versions that it would make; it may be asked several times. */
export interface RewriteRequest {
  readonly project: string;
  readonly source: string;
  /** Empty: a new call does it anew. */
  readonly operation: string;
  /** True if the change is right beside these files of the source. */
  isRight(files: readonly DataFile[]): boolean;
  rewrite(dataVersion: number): Promise<Rewrite>;
  /** What must be done for the commit to be right, and what belongs to it. Nobody of this process commits meanwhile. */
  before?(dataVersion: number): Promise<readonly Write[]>;
}

/** Commits as the next data version, together with its lineage. Fails with FILES_CHANGED if the files are others by now. */
export async function commitRewrite(deps: RewriteCommitDeps, request: RewriteRequest): Promise<DataCommit> {
  const { project, source, operation } = request;
  const work = async (): Promise<Outcome<DataCommit>> => {
    const dataVersion = (await deps.segments.newestVersion(project)) + 1;
    if (!request.isRight(await deps.segments.files(project, source, dataVersion - 1))) throw filesChanged(source);
    const more = (await request.before?.(dataVersion)) ?? [];
    const rewrite = await request.rewrite(dataVersion);
    const { commit, writes } = await deps.dataLog.rewriting(rewrite, dataVersion);
    const lineage = rewrite.files.opened.flatMap((it, i) => deps.outbox.writes(mergeRecord(commit, it, i)));
    return { writes: [...writes, ...more, ...lineage], response: commit };
  };
  const identity = { requestId: operation, method: "Rewrite.commit", principal: project, requestDigest: "" };
  const commit = await deps.once({ identity, subject: `${project}/data`, work });
  deps.storedFiles.kept(commit.compacted.map((it) => it.digest));
  return commit;
}

const PARQUET = "application/vnd.apache.parquet";

/** The thread from the parts of a compacted file to it. */
function mergeRecord(commit: DataCommit, file: NewCompactedFile, index: number): LineageRecord {
  const { project, dataVersion, actor, timeMs } = commit;
  const resource = sourceName.format({ project, source: commit.source });
  const { digest, sizeBytes, parts } = file;
  const artifact: LineageArtifact = { digest, kind: "SOURCE_SEGMENT", resource, sizeBytes, mediaType: PARQUET };
  const inputs = [...new Set(parts.map((it) => it.digest))];
  return {
    execution: {
      id: `feature-store:${commit.kind}:${project}:${dataVersion}${index === 0 ? "" : `:${index + 1}`}`,
      ...{ project: `projects/${project}`, kind: "INGEST", resource, actor, timeMs },
    },
    artifacts: [artifact],
    events: [
      ...inputs.map((it): LineageEvent => ({ digest: it, type: "INPUT", role: "segment" })),
      { digest, type: "OUTPUT", role: "compacted_segment" },
    ],
  };
}
