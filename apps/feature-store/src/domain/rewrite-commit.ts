import type { Clock } from "@throughline/kernel";
import type { LineageOutbox } from "@throughline/lineage";
import type { Outcome, Write } from "@throughline/store";
import type { DataCommit, DataLog, Rewrite } from "./data-version.ts";
import { filesChanged } from "./errors.ts";
import type { Once } from "./once.ts";
import { rewriteRecords } from "./rewrite-lineage.ts";
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
    const now = await deps.segments.files(project, source, dataVersion - 1);
    if (!request.isRight(now)) throw filesChanged(source);
    const more = (await request.before?.(dataVersion)) ?? [];
    const rewrite = await request.rewrite(dataVersion);
    await refuseForgotten(deps, rewrite, now);
    const { commit, writes } = await deps.dataLog.rewriting(rewrite, dataVersion);
    const lineage = rewriteRecords(commit, rewrite.files.opened).flatMap((it) => deps.outbox.writes(it));
    return { writes: [...writes, ...more, ...lineage], response: commit };
  };
  const identity = { requestId: operation, method: "Rewrite.commit", principal: project, requestDigest: "" };
  const commit = await deps.once({ identity, subject: `${project}/data`, work });
  deps.storedFiles.kept(commit.compacted.map((it) => it.digest));
  return commit;
}

/** What was merged or brought back from a file that no data version reads any more has rows that were forgotten meanwhile. */
async function refuseForgotten({ dataLog }: RewriteCommitDeps, { source, files }: Rewrite, now: readonly DataFile[]) {
  const read = new Set(now.map((it) => it.digest));
  for (const { digest } of files.opened.flatMap((it) => it.parts)) {
    if (!read.has(digest) && !(await dataLog.isReferred(digest))) throw filesChanged(source);
    read.add(digest);
  }
}
