import { isDomainError, type Page } from "@throughline/kernel";
import type { PageRequest } from "../catalog.ts";
import type { DataTags } from "../data-tags.ts";
import type { DataCommit, DataLog } from "../data-version.ts";
import type { GenerationLog } from "../generation-log.ts";
import type { LoadDeps, Run } from "../load-source.ts";
import type { SegmentLog } from "../segment.ts";
import { dataHistory } from "../skew/data-history.ts";
import type { StoredFiles } from "../stored-files.ts";
import type { TrainingSets } from "../training-set.ts";
import type { DataRetentions } from "./data-retention.ts";
import type { ExpiringFile, Expiry, ExpiryChange, ExpiryLog, LogHead } from "./file-expiry.ts";
import { isNeeded, type NeededVersions } from "./needed-versions.ts";

/** How long a file stays marked before it is removed: whoever was about to need it has said so by then. */
const MARKED_MS = 60 * 60_000;

/** Changes of one commit. */
const CHANGES_MAX = 400;

/** How often it is decided anew because somebody committed meanwhile. */
const ATTEMPTS_MAX = 10;

/** Tags or training sets that are read at a time. */
const NAMING_PAGE = 200;

/** What it needs. */
export interface ExpireDeps extends Pick<LoadDeps, "clock"> {
  readonly retentions: DataRetentions;
  readonly expiryLog: ExpiryLog;
  readonly dataLog: DataLog;
  readonly generationLog: Pick<GenerationLog, "everything">;
  readonly segments: Pick<SegmentLog, "newestVersion">;
  readonly tags: Pick<DataTags, "list">;
  readonly trainingSets: Pick<TrainingSets, "list">;
  readonly storedFiles: Pick<StoredFiles, "remove">;
}

/** Files and their bytes. */
export interface FileSum {
  readonly fileCount: number;
  readonly byteCount: number;
}

/** What was done, or would be. */
export interface Expired {
  /** The oldest data version that is needed for its time. 0: all are, or there is none. */
  readonly oldestKept: number;
  /** Older ones that something names. */
  readonly neededOlderCount: number;
  readonly marked: FileSum;
  readonly removed: FileSum;
}

const NOTHING: FileSum = { fileCount: 0, byteCount: 0 };

/**
 * Marks the files of a project that no needed data version reads, takes the mark off those that are needed after all, and removes those
 * that were marked long ago. Whatever ends it, doing it again goes on.
 */
export async function expireData(
  deps: ExpireDeps,
  { project, isTrial }: { readonly project: string; readonly isTrial: boolean },
  run: Run,
): Promise<Expired> {
  const keepMs = (await deps.retentions.get(project))?.keepMs;
  if (keepMs === undefined) return { oldestKept: 0, neededOlderCount: 0, marked: NOTHING, removed: NOTHING };
  for (let left = ATTEMPTS_MAX; ; left--) {
    run.progress(0, "looking for what is needed");
    const head = await deps.expiryLog.head(project);
    const needed = await neededVersions(deps, { project, keepMs, newest: head?.dataVersion ?? 0 });
    const decided = await decide(deps, project, needed);
    const expiring = decided.changes.filter((it) => it.expiry?.state === "expired").map((it) => it.file);
    const told = {
      oldestKept: needed.oldestKept,
      neededOlderCount: needed.older.length,
      marked: sumOf(decided.changes.filter((it) => it.expiry?.state === "marked").map((it) => it.file)),
    };
    if (isTrial || !head) return { ...told, removed: sumOf([...expiring, ...decided.expired]) };
    try {
      const now = await changed(deps, { project, head, changes: decided.changes, run });
      const gone = await removed(deps, [...expiring, ...decided.expired], run);
      await changed(deps, { project, head: now, changes: gone.map((file) => inState(deps, file, "removed")), run });
      return { ...told, removed: sumOf(gone) };
    } catch (error) {
      // What was changed until then is right, and is not changed again.
      if (left === 0 || !isDomainError(error, "REVISION_CONFLICT")) throw error;
    }
  }
}

const sumOf = (files: readonly ExpiringFile[]): FileSum => ({
  fileCount: files.length,
  byteCount: files.reduce((sum, it) => sum + it.sizeBytes, 0),
});

const inState = ({ clock }: Pick<ExpireDeps, "clock">, file: ExpiringFile, state: Expiry["state"]): ExpiryChange => ({
  file,
  expiry: { state, timeMs: clock.now() },
});

/** The data versions that are read, now or again. */
async function neededVersions(
  deps: ExpireDeps,
  { project, keepMs, newest }: { readonly project: string; readonly keepMs: number; readonly newest: number },
): Promise<NeededVersions> {
  const kept = await dataHistory(deps, project).versionAt(deps.clock.now() - keepMs);
  const oldestKept = Math.min(Math.max(kept, 1), Math.max(newest, 1));
  const older = new Set<number>();
  for (const named of [deps.tags, deps.trainingSets])
    for await (const it of dataVersionsOf(named, project)) if (it > 0 && it < oldestKept) older.add(it);
  const reverts = (await deps.dataLog.rewrites(project, 0, newest)).filter((it) => it.kind === "revert");
  return { oldestKept, older: [...older].sort((a, b) => a - b), moves: movesOf(reverts) };
}

/** Something that names data versions, page by page. */
interface Naming {
  list(project: string, page: PageRequest): Promise<Page<{ readonly dataVersion: number }>>;
}

async function* dataVersionsOf(named: Naming, project: string): AsyncGenerator<number> {
  let token = "";
  do {
    const page = await named.list(project, { size: NAMING_PAGE, token });
    for (const it of page.items) yield it.dataVersion;
    token = page.nextPageToken;
  } while (token !== "");
}

/** For each segment the data versions that took it out or brought it back, oldest first. */
function movesOf(reverts: readonly DataCommit[]): NeededVersions["moves"] {
  const moves = new Map<number, { dataVersion: number; isBack: boolean }[]>();
  const move = (segment: number, dataVersion: number, isBack: boolean): void => {
    moves.set(segment, [...(moves.get(segment) ?? []), { dataVersion, isBack }]);
  };
  for (const { dataVersion, added, removed: out } of reverts) {
    for (const it of out) move(it.dataVersion, dataVersion, false);
    for (const it of added) move(it.dataVersion, dataVersion, true);
  }
  return moves;
}

interface Decided {
  readonly changes: readonly ExpiryChange[];
  /** What had expired before, and was not removed: something ended in between. */
  readonly expired: readonly ExpiringFile[];
}

async function decide(deps: ExpireDeps, project: string, needed: NeededVersions): Promise<Decided> {
  const changes: ExpiryChange[] = [];
  const expired: ExpiringFile[] = [];
  const unsettled = await unsettledSources(deps, project);
  for await (const file of deps.expiryLog.files(project)) {
    const { expiry, source } = file;
    if (unsettled.has(source)) continue;
    if (expiry?.state === "expired") expired.push(file);
    else if (isNeeded(file, needed)) {
      if (expiry) changes.push({ file, expiry: undefined });
    } else if (!expiry) changes.push(inState(deps, file, "marked"));
    else if (expiry.timeMs + MARKED_MS <= deps.clock.now()) changes.push(inState(deps, file, "expired"));
  }
  return { changes, expired };
}

/** Sources whose online values are being made anew, which may read any of their files. */
async function unsettledSources({ generationLog }: ExpireDeps, project: string): Promise<ReadonlySet<string>> {
  const sources = new Set<string>();
  for await (const it of generationLog.everything())
    if (it.project === project && (it.over !== undefined || it.state !== "current")) sources.add(it.source);
  return sources;
}

interface Changing {
  readonly project: string;
  readonly head: LogHead;
  readonly changes: readonly ExpiryChange[];
  readonly run: Run;
}

async function changed({ expiryLog }: ExpireDeps, { project, head, changes, run }: Changing): Promise<LogHead> {
  let now = head;
  for (let start = 0; start < changes.length; start += CHANGES_MAX) {
    run.signal.throwIfAborted();
    now = await expiryLog.change(project, now, changes.slice(start, start + CHANGES_MAX));
  }
  return now;
}

/** Removes the bytes of files, unless something else has the same; gives those of which nothing is left to do. */
async function removed(
  { storedFiles }: ExpireDeps,
  files: readonly ExpiringFile[],
  run: Run,
): Promise<readonly ExpiringFile[]> {
  const gone: ExpiringFile[] = [];
  for (const [i, file] of files.entries()) {
    run.signal.throwIfAborted();
    run.progress(i / files.length, `removing file ${i + 1} of ${files.length}`);
    // Somebody may just be storing the same bytes: the next time they are referred to, or removed.
    if (await storedFiles.remove(file.digest)) gone.push(file);
  }
  return gone;
}
