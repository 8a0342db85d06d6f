import { isDomainError } from "@throughline/kernel";
import { type Experiment, purgedExperiment } from "./experiment.ts";
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
  /** Where the round stands: the experiment, and what is left of it. */
  let at: { readonly experiment?: Experiment } & Left = {};
  return {
    async turn() {
      const more = await removeRemains(tracking);
      if (at.experiment !== undefined && isLeft(at)) {
        // Its rule may have changed since the last turn.
        const experiment = await tracking.purges.experiment(at.experiment);
        at = { experiment: at.experiment, ...(experiment && (await sweptContent(tracking, experiment, at))) };
        return true;
      }
      const limit = SWEEP_LIMITS.experimentsMax;
      const page = { limit, ...(at.experiment !== undefined && { after: at.experiment }) };
      const experiments = await tracking.purges.sweptExperiments(page);
      for (const experiment of experiments) {
        const current = await sweptExperiment(tracking, experiment);
        at = { experiment, ...(current && (await sweptContent(tracking, current, {}))) };
        if (isLeft(at)) return true;
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

/** What is left to look at in an experiment: the last run, or the last logged model, that was. */
interface Left {
  readonly runId?: string;
  readonly modelId?: string;
}

const isLeft = ({ runId, modelId }: Left): boolean => runId !== undefined || modelId !== undefined;

/** Looks at the next runs of an experiment, and behind the last one at its logged models. */
async function sweptContent(tracking: Tracking, experiment: Experiment, { runId, modelId }: Left): Promise<Left> {
  if (modelId === undefined) {
    const last = await sweptRuns(tracking, experiment, runId);
    if (last !== undefined) return { runId: last };
  }
  const last = await sweptModels(tracking, experiment, modelId);
  return last === undefined ? {} : { modelId: last };
}

/** The experiment as it is now, which is purged if its rule says so. */
async function sweptExperiment(tracking: Tracking, experiment: Experiment): Promise<Experiment | undefined> {
  const { clock } = tracking;
  const isOver = (it: Experiment): boolean =>
    it.purging !== true && it.stage === "DELETED" && isKeptNoMore(it, it.updateTimeMs, clock.now());
  if (!isOver(experiment)) return experiment;
  await applied(tracking, async () => {
    const before = await tracking.purges.experiment(experiment);
    return before && isOver(before) ? { experiment: { before, after: purgedExperiment(before, clock) } } : {};
  });
  return tracking.purges.experiment(experiment);
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

/** Looks at the next logged models of an experiment. Returns the id of the last one if there may be more behind it. */
async function sweptModels(
  tracking: Tracking,
  experiment: Experiment,
  before: string | undefined,
): Promise<string | undefined> {
  const { project, id, purging, retention } = experiment;
  if (purging === true || retention.purgeDeletedAfterMs === undefined) return undefined;
  const limit = SWEEP_LIMITS.runsMax;
  const query = { project, experimentIds: [id], limit, ...(before !== undefined && { before }) };
  const models = await tracking.models.list(query);
  // Nothing changes a logged model that was deleted, but for metrics that a run logs of it.
  const isOver = ({ stage, updateTimeMs }: LoggedModel): boolean =>
    stage === "DELETED" && isKeptNoMore(experiment, updateTimeMs, tracking.clock.now());
  for (const model of models.filter(isOver)) await applied(tracking, async () => modelChange(tracking, model));
  return models.length < limit ? undefined : models.at(-1)?.id;
}

async function modelChange(tracking: Tracking, { project, id }: LoggedModel): Promise<Change> {
  const [now] = await tracking.models.get([{ project, id }]);
  return now === undefined ? {} : modelRemoval(tracking, now);
}

/** True if the rule of its experiment deletes or purges the run now. */
function isDue(run: Run, experiment: Experiment, nowMs: number): boolean {
  if (experiment.purging === true) return true;
  if (run.stage === "DELETED") return isKeptNoMore(experiment, run.deleteTimeMs ?? nowMs, nowMs);
  const { deleteEndedAfterMs } = experiment.retention;
  if (deleteEndedAfterMs === undefined || !hasEnded(run)) return false;
  return nowMs - (run.endTimeMs ?? nowMs) >= deleteEndedAfterMs;
}

/** True if the rule purges now what was deleted then. */
const isKeptNoMore = ({ retention }: Experiment, deleteTimeMs: number, nowMs: number): boolean =>
  retention.purgeDeletedAfterMs !== undefined && nowMs - deleteTimeMs >= retention.purgeDeletedAfterMs;

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
