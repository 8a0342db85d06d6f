import { isDomainError } from "@throughline/kernel";
import type { Experiment } from "./experiment.ts";
import type { FileOwner } from "./file-tree.ts";
import { removal } from "./files.ts";
import type { LoggedModel } from "./logged-model.ts";
import type { Change, Tracking } from "./ports.ts";
import { modelRemoval, runRemoval } from "./purge.ts";
import { hasEnded, inExperiment, type Run, runInStage } from "./run.ts";
import { storedRun } from "./runs.ts";

/** What one turn does at most. */
export const SWEEP_LIMITS = {
  /** Purged runs and logged models whose files and histories are removed. */
  remainsMax: 20,
  /** Batches of files that are removed for one of them. */
  fileBatchesMax: 10,
  /** Experiments that are looked at. */
  experimentsMax: 20,
  /** Runs, and as many logged models, that are looked at in one experiment. */
  runsMax: 100,
} as const;

/**
 * Enforces retention rules, and removes what was purged. Several processes may do so at the same time: what another one
 * did first is passed over.
 */
export interface Sweeper {
  /** Does a bounded piece of the work. True if there is more to do at once, false at the end of a round. */
  turn(): Promise<boolean>;
}

export function sweeper(tracking: Tracking): Sweeper {
  /** Where the round stands: the experiment, and the last run that was looked at in it. */
  let at: { readonly experiment?: Experiment; readonly runId?: string } = {};
  return {
    async turn() {
      const more = await removeRemains(tracking);
      if (at.experiment !== undefined && at.runId !== undefined) {
        // Its rule may have changed since the last turn.
        const experiment = await tracking.purges.experiment(at.experiment);
        const runId = experiment && (await sweptRuns(tracking, experiment, at.runId));
        at = { experiment: at.experiment, ...(runId !== undefined && { runId }) };
        return true;
      }
      const limit = SWEEP_LIMITS.experimentsMax;
      const page = { limit, ...(at.experiment !== undefined && { after: at.experiment }) };
      const experiments = await tracking.purges.sweptExperiments(page);
      for (const experiment of experiments) {
        const runId = await sweptRuns(tracking, experiment, undefined);
        at = { experiment, ...(runId !== undefined && { runId }) };
        if (runId !== undefined) return true;
      }
      if (experiments.length === limit) return true;
      at = {};
      return more;
    },
  };
}

/** Removes some of what is left of purged runs and models. True if there is more. */
async function removeRemains(tracking: Tracking): Promise<boolean> {
  const owners = await tracking.purges.remains(SWEEP_LIMITS.remainsMax);
  let unfinished = owners.length === SWEEP_LIMITS.remainsMax;
  for (const owner of owners) {
    if (await removeFiles(tracking, owner)) await tracking.purges.removeRemains(owner);
    else unfinished = true;
  }
  return unfinished;
}

/** True if all are gone. */
async function removeFiles(tracking: Tracking, owner: FileOwner): Promise<boolean> {
  for (let batch = 0; batch < SWEEP_LIMITS.fileBatchesMax; batch++) {
    let more = false;
    await unlessChanged(async () => {
      more = (await tracking.commit(() => removal(tracking, owner, ""))).more;
    });
    if (!more) return true;
  }
  return false;
}

/** Looks at the next runs of an experiment. Returns the id of the last one if there may be more behind it. */
async function sweptRuns(
  tracking: Tracking,
  experiment: Experiment,
  after: string | undefined,
): Promise<string | undefined> {
  const limit = SWEEP_LIMITS.runsMax;
  const stored = await tracking.purges.runs(experiment, { limit, ...(after !== undefined && { after }) });
  const runs = stored.map((it) => inExperiment(it, experiment));
  for (const run of runs) await sweptRun(tracking, experiment, run);
  if (experiment.purging === true) return purgedContent(tracking, experiment, runs);
  return runs.length < limit ? undefined : runs.at(-1)?.id;
}

/** An experiment that is purged is gone once it holds nothing: until then its runs are read from the start. */
async function purgedContent(
  tracking: Tracking,
  experiment: Experiment,
  runs: readonly Run[],
): Promise<string | undefined> {
  const { project, id } = experiment;
  const models = await tracking.models.list({ project, experimentIds: [id], limit: SWEEP_LIMITS.runsMax });
  for (const model of models) await applied(tracking, async () => modelChange(tracking, model));
  if (runs.length > 0 || models.length > 0) return "";
  await tracking.purges.removeExperiment(experiment);
  return undefined;
}

async function sweptRun(tracking: Tracking, experiment: Experiment, run: Run): Promise<void> {
  if (!isDue(run, experiment, tracking.clock.now())) return;
  await applied(tracking, async () => {
    const now = await storedRun(tracking, run);
    // It may have changed since it was listed.
    if (!isDue(now, experiment, tracking.clock.now())) return {};
    if (experiment.purging === true || now.stage === "DELETED") return runRemoval(tracking, now);
    return { run: runInStage(now, "DELETED", tracking.clock), runBefore: now };
  });
  tracking.changes.tell(run);
}

async function modelChange(tracking: Tracking, { project, id }: LoggedModel): Promise<Change> {
  const [now] = await tracking.models.get([{ project, id }]);
  return now === undefined ? {} : modelRemoval(tracking, now);
}

/** True if the rule of its experiment deletes or purges the run now. */
function isDue(run: Run, { retention, purging }: Experiment, nowMs: number): boolean {
  if (purging === true) return true;
  const { deleteEndedAfterMs, purgeDeletedAfterMs } = retention;
  if (run.stage === "DELETED")
    return purgeDeletedAfterMs !== undefined && nowMs - (run.deleteTimeMs ?? nowMs) >= purgeDeletedAfterMs;
  if (deleteEndedAfterMs === undefined || !hasEnded(run)) return false;
  return nowMs - (run.endTimeMs ?? nowMs) >= deleteEndedAfterMs;
}

const applied = (tracking: Tracking, decide: () => Promise<Change>): Promise<void> =>
  unlessChanged(() => tracking.commit(async () => ({ change: await decide(), response: {} })));

/** What another process did meanwhile is done. */
async function unlessChanged(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isDomainError(error, "NOT_FOUND") && !isDomainError(error, "REVISION_CONFLICT")) throw error;
  }
}
