import { textDigests } from "./dataset-input.ts";
import { notDeleted } from "./errors.ts";
import { purgedExperiment } from "./experiment.ts";
import { getExperiment } from "./experiments.ts";
import { letGoBy } from "./file-changes.ts";
import { type FileOwner, unchangedTree } from "./file-tree.ts";
import { type LoggedModel, nameOfModel } from "./logged-model.ts";
import { getLoggedModel } from "./logged-models.ts";
import type { Key } from "./names.ts";
import type { Change, Tracking } from "./ports.ts";
import type { Purged } from "./purge-store.ts";
import type { Run } from "./run.ts";
import { nameOf } from "./run.ts";
import { storedRun } from "./runs.ts";

/**
 * Removes a deleted experiment for good: it is gone when this resolves, and what it held is removed behind the answer.
 * Fails with NOT_FOUND and NOT_DELETED.
 */
export async function purgeExperiment(tracking: Tracking, key: Key): Promise<void> {
  await tracking.commit(async () => {
    const before = await getExperiment(tracking, key);
    return { change: { experiment: { before, after: purgedExperiment(before, tracking.clock) } }, response: {} };
  });
  tracking.purged.ring();
}

/** Removes a deleted run for good, in the same way. Fails with NOT_FOUND and NOT_DELETED. */
export async function purgeRun(tracking: Tracking, key: Key): Promise<void> {
  await tracking.commit(async () => {
    const run = await storedRun(tracking, key);
    if (run.stage !== "DELETED") throw notDeleted(nameOf(run));
    return { change: await runRemoval(tracking, run), response: {} };
  });
  tracking.changes.tell(key);
  tracking.purged.ring();
}

/** Removes a deleted logged model for good, in the same way. Fails with NOT_FOUND and NOT_DELETED. */
export async function purgeLoggedModel(tracking: Tracking, key: Key): Promise<void> {
  await tracking.commit(async () => {
    const model = await getLoggedModel(tracking, key, { showDeleted: true });
    if (model.stage !== "DELETED") throw notDeleted(nameOfModel(key));
    return { change: await modelRemoval(tracking, model), response: {} };
  });
  tracking.purged.ring();
}

/** What removes a run, and lets the texts go that stand beside it: its files follow, one batch after the other. */
export async function runRemoval(
  tracking: Pick<Tracking, "store" | "files" | "clock" | "newId">,
  run: Run,
): Promise<Change> {
  const owner: FileOwner = { project: run.project, kind: "RUN", id: run.id };
  const [treeRevision, [metrics]] = await Promise.all([tracking.files.revision(owner), tracking.store.metrics([run])]);
  return {
    purged: { owner, revision: run.revision, pieceRevisions: metrics?.pieces.map((it) => it.revision) ?? [] },
    // Whoever puts a file at the same time finds the tree changed, and then no run.
    files: unchangedTree(owner, treeRevision),
    ...letGoBy(tracking, owner, textDigests(run.datasets)),
  };
}

/** What removes a logged model. */
export async function modelRemoval({ files }: Pick<Tracking, "files">, model: LoggedModel): Promise<Change> {
  const owner: FileOwner = { project: model.project, kind: "LOGGED_MODEL", id: model.id };
  const purged: Purged = { owner, revision: model.revision, pieceRevisions: [] };
  return { purged, files: unchangedTree(owner, await files.revision(owner)) };
}
