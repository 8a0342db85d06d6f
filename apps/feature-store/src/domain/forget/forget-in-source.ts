import { setTimeout as delay } from "node:timers/promises";
import { DomainError, isDomainError } from "@throughline/kernel";
import type { GenerationLog } from "../generation-log.ts";
import type { LoadDeps, Run } from "../load-source.ts";
import type { Regenerate } from "../regenerate.ts";
import type { Source } from "../source.ts";
import { type CommitForgetDeps, commitForget } from "./commit-forget.ts";
import type { KeptFile } from "./forget-log.ts";
import { type Forgetting, forgetTooLarge } from "./forgetting.ts";
import { countMatching, type RowMatch } from "./matching.ts";
import { removeRows } from "./remove-rows.ts";

/** What forgetting in one source needs. */
export interface InSourceDeps extends CommitForgetDeps, Pick<LoadDeps, "tables" | "blobs" | "newScratch"> {
  readonly regenerate: Regenerate;
  readonly generationLog: Pick<GenerationLog, "everything">;
}

/** Files of one commit: it writes two documents for each, and tells the thread of both. */
const FILES_MAX = 300;

/** How often it starts again because somebody merged or reverted meanwhile. */
const ATTEMPTS_MAX = 20;

/** Which rows to take out of which source. */
export interface InSource {
  readonly source: Source;
  readonly match: RowMatch;
  readonly forgetting: Forgetting;
  readonly run: Run;
}

/**
 * Takes the rows that match out of every file of a source and out of its online values. Doing it again finds what is left to do.
 * Returns the record with what was removed.
 */
export async function forgetInSource(deps: InSourceDeps, work: InSource): Promise<Forgetting> {
  let { forgetting } = work;
  for (let left = ATTEMPTS_MAX; ; left--) {
    try {
      // Whoever forgets the same at the same time has the same record, and may have come further.
      forgetting = (await deps.forgettings.get(forgetting.project, forgetting.id)) ?? forgetting;
      forgetting = await removeFromFiles(deps, { ...work, forgetting });
      break;
    } catch (error) {
      if (left === 0 || !isDomainError(error, "FILES_CHANGED")) throw error;
    }
  }
  await retiredRemoved(deps, work);
  return forgetting;
}

/** First what is not read now, as often as it takes; then what is, together with online values without the rows. */
async function removeFromFiles(deps: InSourceDeps, work: InSource): Promise<Forgetting> {
  const { source, run } = work;
  let { forgetting } = work;
  run.progress(0, "looking for the rows");
  const { current, older } = await matchingFiles(deps, work);
  if (current.length > FILES_MAX) throw forgetTooLarge(source.id, current.length, FILES_MAX);
  for (let start = 0; start < older.length; start += FILES_MAX) {
    run.progress(0.1 + (0.4 * start) / older.length, "writing files anew");
    forgetting = await commitWithout(deps, { ...work, forgetting }, { files: older.slice(start, start + FILES_MAX) });
  }
  const before = forgetting.sources.find((it) => it.source === source.id);
  if (current.length === 0 && before?.isOnline !== false) return forgetting;
  run.progress(0.5, "computing the online values anew");
  return commitWithout(deps, { ...work, forgetting }, { files: current, isCurrent: true });
}

/** The files with rows that match: those that are read now, and all others. */
async function matchingFiles(deps: InSourceDeps, { source, match, run: { signal } }: InSource) {
  const { project, id } = source;
  const all: KeptFile[] = [];
  for await (const it of deps.forgetLog.files(project, id)) if (it.rowCount > 0) all.push(it);
  const counts = await countMatching(deps, { files: all, match, signal });
  const matching = all.filter((_, i) => (counts[i] ?? 0) > 0);
  const now = await deps.segments.files(project, id, Number.MAX_SAFE_INTEGER);
  const isNow = (file: KeptFile): boolean =>
    now.some((it) => it.digest === file.digest && it.first === file.first && it.isCompacted === file.isCompacted);
  return { current: matching.filter(isNow), older: matching.filter((it) => !isNow(it)) };
}

interface Files {
  readonly files: readonly KeptFile[];
  readonly isCurrent?: boolean;
}

async function commitWithout(
  deps: InSourceDeps,
  { source, match, forgetting, run }: InSource,
  { files, isCurrent = false }: Files,
): Promise<Forgetting> {
  await using scratch = await deps.newScratch();
  const removed =
    files.length > 0 ? await removeRows(deps, { source, files, match, scratch, signal: run.signal }) : undefined;
  const { replacements = [], tombstones } = removed ?? {};
  if (tombstones) await deps.blobs.put(scratch.content(tombstones.path), { expectedDigest: tombstones.fileDigest });
  // A row is in the file of its segment, and once more in each file that the segment was merged into.
  const rowCount = replacements.reduce((sum, it) => sum + (it.file.isCompacted ? 0 : it.removedRows), 0);
  const committing = { source, forgetting, replacements, tombstones, rowCount };
  if (!isCurrent) return await commitForget(deps, { ...committing, prepared: undefined });
  const rewritten = new Map(replacements.map((it) => [it.file.digest, it.digest]));
  const plan = { source, removed: [], restored: [], rewritten };
  const prepared = await deps.regenerate.prepare(plan, run, { wholly: true });
  try {
    const kept = await commitForget(deps, { ...committing, prepared });
    await prepared.read();
    return kept;
  } catch (error) {
    await prepared.abandon();
    throw error;
  }
}

/** How long what is not read any more may take to go. Other processes of a shared store go on reading it for a while. */
const REMOVAL_MS_MAX = 600_000;
const LOOK_EVERY_MS = 50;

/** Waits until no online values of before are left: they have the rows. */
async function retiredRemoved({ generationLog, clock }: InSourceDeps, { source, run }: InSource): Promise<void> {
  run.progress(0.9, "removing the online values of before");
  const deadline = clock.now() + REMOVAL_MS_MAX;
  const isLeft = async (): Promise<boolean> => {
    for await (const it of generationLog.everything())
      if (it.project === source.project && it.source === source.id && it.state === "retired") return true;
    return false;
  };
  while (await isLeft()) {
    if (clock.now() > deadline) throw removalPending(source.id);
    await delay(LOOK_EVERY_MS, undefined, { signal: run.signal });
  }
}

const removalPending = (source: string): DomainError =>
  new DomainError(
    "unavailable",
    "ONLINE_REMOVAL_PENDING",
    `The online values of before of source ${source} are still being removed. Ask again: it goes on where it is.`,
    { metadata: { source } },
  );
