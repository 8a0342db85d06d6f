import { notDeleted } from "./errors.ts";
import { type Experiment, purgedExperiment } from "./experiment.ts";
import { getExperiment } from "./experiments.ts";
import { type FileOwner, unchangedTree } from "./file-tree.ts";
import { type LoggedModel, nameOfModel } from "./logged-model.ts";
import { getLoggedModel } from "./logged-models.ts";
import type { Key } from "./names.ts";
import type { Change, Tracking } from "./ports.ts";
import type { Run } from "./run.ts";
import { nameOf } from "./run.ts";
import { storedRun } from "./runs.ts";

/** A run or logged model that is removed for good. Its files and histories follow, piece by piece. */
export interface Purged {
  readonly owner: FileOwner;
  /** Revisions at which its document, and the pieces of its metrics, are removed; 0 for a piece that is not there. */
  readonly revision: number;
  readonly pieceRevisions: readonly number[];
}

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

/** What removes a run. */
export async function runRemoval(tracking: Pick<Tracking, "store" | "files">, run: Run): Promise<Change> {
  const owner: FileOwner = { project: run.project, kind: "RUN", id: run.id };
  const [treeRevision, [metrics]] = await Promise.all([tracking.files.revision(owner), tracking.store.metrics([run])]);
  return {
    purged: { owner, revision: run.revision, pieceRevisions: metrics?.pieces.map((it) => it.revision) ?? [] },
    // Whoever puts a file at the same time finds the tree changed, and then no run.
    files: unchangedTree(owner, treeRevision),
  };
}

/** What removes a logged model. */
export async function modelRemoval({ files }: Pick<Tracking, "files">, model: LoggedModel): Promise<Change> {
  const owner: FileOwner = { project: model.project, kind: "LOGGED_MODEL", id: model.id };
  const purged: Purged = { owner, revision: model.revision, pieceRevisions: [] };
  return { purged, files: unchangedTree(owner, await files.revision(owner)) };
}

/** Reads what has to be removed, and removes what no other document refers to. */
export interface PurgeStore {
  /** Experiments with a retention rule and those that are purged, by project and id, after `after`. */
  sweptExperiments(page: { readonly after?: Experiment; readonly limit: number }): Promise<readonly Experiment[]>;
  /** An experiment, also if it is being purged. */
  experiment(key: Key): Promise<Experiment | undefined>;
  /** Runs of an experiment in any stage, by id, after the one of the id `after`. */
  runs(experiment: Key, page: { readonly after?: string; readonly limit: number }): Promise<readonly Run[]>;
  /** Removes the document of an experiment that is being purged and holds nothing more. */
  removeExperiment(experiment: Experiment): Promise<void>;
  /** Owners that were purged, and whose files and histories are still there; at most `limit`. */
  remains(limit: number): Promise<readonly FileOwner[]>;
  /** True as long as files or histories of a purged owner are there: its id is not free. */
  remain(owner: FileOwner): Promise<boolean>;
  /** Removes the histories of an owner whose files are gone, and the owner from the remains. */
  removeRemains(owner: FileOwner): Promise<void>;
}
