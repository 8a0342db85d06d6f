import type { Experiment } from "./experiment.ts";
import type { FileOwner } from "./file-tree.ts";
import type { Key } from "./names.ts";
import type { Run } from "./run.ts";

/** A run or logged model that is removed for good. Its files and histories follow, piece by piece. */
export interface Purged {
  readonly owner: FileOwner;
  /** Revisions at which its document, and the pieces of its metrics, are removed; 0 for a piece that is not there. */
  readonly revision: number;
  readonly pieceRevisions: readonly number[];
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
