import { isDomainError } from "@throughline/kernel";
import { type CutFiles, cutFiles } from "./cut-files.ts";
import { committed, type DataCommit, type KeptSegment, rowsOf } from "./data-version.ts";
import { dataVersionExpired, nothingToRevert, revertTooLarge } from "./errors.ts";
import type { LoadDeps, Run } from "./load-source.ts";
import { dataVersionName, sourceName } from "./names.ts";
import type { Regenerate } from "./regenerate.ts";
import { type RevertPlan, remaining } from "./revert-plan.ts";
import { commitRewrite, type RewriteCommitDeps } from "./rewrite-commit.ts";
import type { Source } from "./source.ts";

/** Most segments of one revert: its commit names each of them. */
const SEGMENTS_MAX = 10_000;

/** How often files are cut anew because they were merged meanwhile. */
const ATTEMPTS_MAX = 10;

/** What a revert needs. */
export interface RevertDeps extends RewriteCommitDeps, Pick<LoadDeps, "tables" | "tablesOf" | "blobs" | "newScratch"> {
  readonly regenerate: Regenerate;
  source(project: string, id: string): Promise<Source>;
}

/** Why, who, and by which operation: the revert is committed once for it. */
export interface RevertCall {
  readonly actor: string;
  readonly reason: string;
  readonly operation: string;
}

/** Undoes one data version. Fails with NOTHING_TO_REVERT. */
export function revertVersion(deps: RevertDeps, commit: DataCommit, call: RevertCall & { readonly run: Run }) {
  return inTurn(deps, commit, async () => revert(deps, await planUndo(deps, commit), call));
}

/** Brings a source back to what it was at a data version. Fails with NOTHING_TO_REVERT. */
export function revertSource(
  deps: RevertDeps,
  { source: { project, id }, dataVersion }: { readonly source: Source; readonly dataVersion: number },
  call: RevertCall & { readonly run: Run },
) {
  return inTurn(deps, { project, source: id }, async () =>
    revert(deps, await planReturn(deps, await deps.source(project, id), dataVersion), call),
  );
}

/** Reverts of a source go one after the other: each computes the online values anew from what the one before left. */
function inTurn(
  { once }: RevertDeps,
  { project, source }: Pick<DataCommit, "project" | "source">,
  work: () => Promise<DataCommit>,
): Promise<DataCommit> {
  const identity = { requestId: "", method: "Revert", principal: project, requestDigest: "" };
  const subject = `${project}/sources/${source}/revert`;
  return once({ identity, subject, work: async () => ({ writes: [], response: await work() }) });
}

async function planUndo(deps: RevertDeps, commit: DataCommit): Promise<RevertPlan> {
  const { project, dataVersion } = commit;
  const name = dataVersionName.format({ project, version: String(dataVersion) });
  if (commit.added.length + commit.removed.length === 0) throw nothingToRevert(name, "it changed no rows");
  const source = await deps.source(project, commit.source);
  const now = await deps.segments.upTo(project, commit.source, Number.MAX_SAFE_INTEGER);
  const live = new Map(now.map((it) => [it.dataVersion, it]));
  const removed = commit.added.flatMap((it) => live.get(it.dataVersion) ?? []);
  const missing = commit.removed.map((it) => it.dataVersion).filter((it) => !live.has(it));
  if (removed.length + missing.length === 0) throw nothingToRevert(name, "it was undone already");
  return { source, removed, restored: await segmentsOf(deps, project, missing) };
}

async function planReturn(deps: RevertDeps, source: Source, dataVersion: number): Promise<RevertPlan> {
  const { project, id } = source;
  const [now, then] = await Promise.all([
    deps.segments.upTo(project, id, Number.MAX_SAFE_INTEGER),
    deps.segments.upTo(project, id, dataVersion),
  ]);
  const [live, wanted] = [new Set(now.map((it) => it.dataVersion)), new Set(then.map((it) => it.dataVersion))];
  const removed = now.filter((it) => !wanted.has(it.dataVersion));
  const missing = then.filter((it) => !live.has(it.dataVersion)).map((it) => it.dataVersion);
  if (removed.length + missing.length === 0)
    throw nothingToRevert(sourceName.format({ project, source: id }), `it has the rows of data version ${dataVersion}`);
  return { source, removed, restored: await segmentsOf(deps, project, missing) };
}

async function segmentsOf({ dataLog }: RevertDeps, project: string, versions: readonly number[]) {
  const found: KeptSegment[] = [];
  for (const version of [...versions].sort((a, b) => a - b)) {
    const segment = await dataLog.segment(project, version);
    if (segment?.isLost) throw dataVersionExpired(version);
    if (segment) found.push(segment);
  }
  return found;
}

/**
 * Takes segments out of a source's data, and brings others back. First everything is made ready beside what is read: files
 * without the rows, and online values without them. Then one commit makes it so, and in the same moment requests read the
 * new values: all of them old before, all of them new afterwards.
 */
async function revert(
  deps: RevertDeps,
  plan: RevertPlan,
  { run, ...call }: RevertCall & { readonly run: Run },
): Promise<DataCommit> {
  const count = plan.removed.length + plan.restored.length;
  if (count > SEGMENTS_MAX) throw revertTooLarge(count, SEGMENTS_MAX);
  try {
    return await revertOver(deps, plan, { run, ...call });
  } catch (error) {
    // A load began to come online while what changes was made ready: then everything is made anew.
    if (!isDomainError(error, "OVERLAY_IMPOSSIBLE")) throw error;
    return await revertOver(deps, plan, { run, ...call, wholly: true });
  }
}

async function revertOver(
  deps: RevertDeps,
  plan: RevertPlan,
  { run, wholly = false, ...call }: RevertCall & { readonly run: Run; readonly wholly?: boolean },
): Promise<DataCommit> {
  run.progress(0, "computing what changes online");
  const progress: Run["progress"] = (share, message) => run.progress(share * 0.8, message);
  const prepared = await deps.regenerate.prepare(plan, { signal: run.signal, progress }, { wholly });
  try {
    for (let left = ATTEMPTS_MAX; ; left--) {
      run.progress(0.8, "cutting files");
      const files = await cutFiles(deps, plan, run.signal);
      run.progress(0.95, "committing");
      try {
        const commit = await commitRevert(deps, plan, { ...call, files, prepared });
        await prepared.read();
        return commit;
      } catch (error) {
        if (left === 0 || !isDomainError(error, "FILES_CHANGED")) throw error;
      }
    }
  } catch (error) {
    await prepared.abandon();
    throw error;
  }
}

interface Committing extends RevertCall {
  readonly files: CutFiles;
  readonly prepared: Awaited<ReturnType<Regenerate["prepare"]>>;
}

function commitRevert(deps: RevertDeps, plan: RevertPlan, { files, prepared, ...call }: Committing) {
  const { source, removed, restored } = plan;
  const { actor, reason, operation } = call;
  return commitRewrite(deps, {
    project: source.project,
    source: source.id,
    operation,
    isRight: files.isRight,
    before: (dataVersion) => prepared.finish(dataVersion),
    rewrite: async (dataVersion) => ({
      project: source.project,
      source: source.id,
      kind: "revert",
      actor,
      reason,
      timeMs: deps.clock.now(),
      added: restored.map(committed),
      removed: removed.map(committed),
      files: files.change,
      rows: { ...rowsOf(await remaining(deps.segments, plan, dataVersion - 1)), ...prepared.reading },
    }),
  });
}
