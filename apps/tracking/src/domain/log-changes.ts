import { textDigests } from "./dataset-input.ts";
import { type FilesPut, filesPut, letGoBy } from "./file-changes.ts";
import type { FileOwner } from "./file-tree.ts";
import { withKnownTexts } from "./known-texts.ts";
import { type LogBatch, loggedRun } from "./log-batch.ts";
import { checkedModels, measuredModels } from "./logged-models.ts";
import type { Change, Tracking } from "./ports.ts";
import type { Run } from "./run.ts";
import { runProgress } from "./run-recording.ts";

/** A run, and the revision that its tree of files had before the run was read: 0 if the batch has no files. */
export interface RunAndTree {
  readonly run: Run;
  readonly treeRevision: number;
}

/** What a batch changes beside the metrics of the run: the run, its files, its lineage, and metrics of logged models. */
export async function loggedChange(
  tracking: Tracking,
  { run, treeRevision: revision }: RunAndTree,
  batch: LogBatch,
): Promise<Change> {
  const after = loggedRun(run, { ...batch, datasets: await withKnownTexts(tracking, run.project, batch.datasets) });
  const owner: FileOwner = { project: run.project, kind: "RUN", id: run.id };
  const put: FilesPut | undefined = await filesPut(tracking, owner, {
    files: batch.files,
    field: "artifacts",
    revision,
  });
  const models = await measuredModels(tracking, run, batch.modelPoints);
  await checkedModels(tracking, run.project, [...batch.modelInputs, ...batch.modelOutputs]);
  const change = await runProgress(tracking, { before: run, after, files: put?.put ?? [] });
  const kept = new Set(textDigests(after.datasets));
  const replaced = textDigests(run.datasets).filter((it) => !kept.has(it));
  const letGo = letGoBy(tracking, owner, [...(put?.change.letGo?.digests ?? []), ...replaced]);
  return { ...change, ...put?.change, ...letGo, ...(models.length > 0 && { models }) };
}
