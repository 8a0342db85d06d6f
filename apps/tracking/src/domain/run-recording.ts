import { artifactUnknown } from "./errors.ts";
import { type FileOwner, type TreeFile, unchangedTree } from "./file-tree.ts";
import type { LoggedModelUse } from "./model-use.ts";
import type { Change, Tracking } from "./ports.ts";
import { type Recipe, recipeArtifacts } from "./recipe.ts";
import { plannedRecording } from "./recording.ts";
import { hasEnded, type Run } from "./run.ts";
import { type RecordedFiles, runRecord } from "./run-lineage.ts";

/** Files of one record, inputs and outputs each: so many fit into one execution. */
export const RECORDED_FILES_MAX = 4_000;
/** Files that are read at a time. */
const FILES_AT_ONCE = 1_000;

/** A change of a run, and what goes with it. */
export type RunAndMore = Change & { readonly run?: Run };

/**
 * The change that ends a run, with its record: its files and those of the models that it made are outputs, those of the
 * models that it read are inputs, up to RECORDED_FILES_MAX of either. A file that is put at the same time is either among
 * them, or finds the run ended.
 */
export async function runEnd(tracking: Tracking, run: Run): Promise<RunAndMore> {
  const owner: FileOwner = { project: run.project, kind: "RUN", id: run.id };
  const revision = await tracking.files.revision(owner);
  const inputs = await filesOf(tracking, run, { uses: run.modelInputs });
  const own = revision === 0 ? [] : await firstFiles(tracking, owner, RECORDED_FILES_MAX);
  const made = await filesOf(tracking, run, { uses: run.modelOutputs, limit: RECORDED_FILES_MAX - own.length });
  const recorded = await withRecord(tracking, run, { inputs, outputs: [...own, ...made] });
  return { ...recorded, files: unchangedTree(owner, revision) };
}

/** The change of a run that something was logged to. What comes after the end is recorded as one more execution. */
export async function runProgress(
  tracking: Tracking,
  { before, after, files }: { readonly before: Run; readonly after: Run; readonly files: readonly TreeFile[] },
): Promise<RunAndMore> {
  const inputs = after.modelInputs.slice(before.modelInputs.length);
  const outputs = after.modelOutputs.slice(before.modelOutputs.length);
  const read = after.datasets !== before.datasets || inputs.length > 0;
  if (!hasEnded(after) || !(read || outputs.length > 0 || files.length > 0))
    return after === before ? {} : { run: after };
  const made = await filesOf(tracking, after, { uses: outputs });
  const run = after === before ? { ...after, revision: after.revision + 1 } : after;
  return withRecord(tracking, run, {
    inputs: await filesOf(tracking, after, { uses: inputs }),
    outputs: [...files, ...made],
  });
}

/** Fails with ARTIFACT_UNKNOWN unless the project knows everything that the recipe refers to. */
export async function checkRecipe(
  { lineage }: Pick<Tracking, "lineage">,
  project: string,
  recipe: Recipe | undefined,
): Promise<void> {
  const used = recipe === undefined ? [] : recipeArtifacts(recipe);
  if (used.length === 0) return;
  const known = await lineage.artifacts(
    project,
    used.map((it) => it.digest),
  );
  for (const { digest, field } of used) if (!known.has(digest)) throw artifactUnknown(digest, `run.recipe.${field}`);
}

async function withRecord(tracking: Tracking, after: Run, files: RecordedFiles): Promise<RunAndMore> {
  const run = { ...after, recordings: after.recordings + 1 };
  const { project } = run;
  const timeMs = tracking.clock.now();
  const record = runRecord(run, files, timeMs);
  const known = await tracking.lineage.artifacts(project, [...new Set(record.events.map((it) => it.digest))]);
  return { run, lineage: plannedRecording(record, { project, timeMs, known, storedBytes: new Map() }) };
}

async function filesOf(
  tracking: Tracking,
  { project }: Run,
  { uses, limit = RECORDED_FILES_MAX }: { readonly uses: readonly LoggedModelUse[]; readonly limit?: number },
): Promise<readonly TreeFile[]> {
  const files: TreeFile[] = [];
  for (const id of new Set(uses.map((it) => it.modelId))) {
    if (files.length >= limit) break;
    files.push(...(await firstFiles(tracking, { project, kind: "LOGGED_MODEL", id }, limit - files.length)));
  }
  return files;
}

/** The first files of a tree, by path. */
export async function firstFiles(
  { files }: Pick<Tracking, "files">,
  owner: FileOwner,
  limit: number,
): Promise<readonly TreeFile[]> {
  if (await files.isBare(owner)) return [];
  const found: TreeFile[] = [];
  while (found.length < limit) {
    const after = found.at(-1)?.path;
    const some = Math.min(limit - found.length, FILES_AT_ONCE);
    const page = await files.files(owner, "", { limit: some, ...(after !== undefined && { after }) });
    for (const it of page) if (it.type === "FILE") found.push(it);
    if (page.length < some) break;
  }
  return found;
}
