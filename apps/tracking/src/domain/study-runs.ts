import { isDomainError } from "@throughline/kernel";
import { type Log, logger } from "./log.ts";
import { EMPTY_BATCH } from "./log-batch.ts";
import type { MetricPoint } from "./metric.ts";
import type { Call, Tracking } from "./ports.ts";
import { hasEnded, type RunState } from "./run.ts";
import { createRun, storedRun, updateRun } from "./runs.ts";
import { type Study, studyNameOf } from "./study.ts";
import { runKeyOf, type StudyTrial, type TimedReport } from "./study-trial.ts";

/** What the trials of studies are as runs. Everything may be done again: nothing is there twice. */
export interface StudyRuns {
  /** Creates the run of a trial, with its parameters as params. */
  begin(study: Study, trial: StudyTrial): Promise<void>;
  report(study: Study, trial: StudyTrial, report: TimedReport): Promise<void>;
  /** Logs the values of a trial that ended, and ends its run. */
  end(study: Study, trial: StudyTrial): Promise<void>;
}

/** Tags of the run of a trial. */
const STUDY_TAG = "throughline.study";
const TRIAL_TAG = "throughline.trial";
const STATE_TAG = "throughline.trial_state";

const NO_CALL: Call = { requestId: "", method: "", principal: "", requestDigest: "" };

const RUN_STATES = { COMPLETE: "FINISHED", PRUNED: "KILLED", FAILED: "FAILED" } as const satisfies Record<
  string,
  RunState
>;

export function studyRuns(tracking: Tracking): StudyRuns {
  const log = logger(tracking);
  return {
    begin: (study, trial) => begin(tracking, log, { study, trial }),
    async report({ objectives }, trial, { step, value, timeMs }) {
      const points = objectives.slice(0, 1).map(({ metric }) => point(metric, { step, value, timeMs }));
      await whileKept(() => log({ run: runKeyOf(trial), batch: { ...EMPTY_BATCH, points } }, NO_CALL));
    },
    async end(study, trial) {
      if (trial.state === "RUNNING") return;
      const state = RUN_STATES[trial.state];
      const timeMs = trial.endTimeMs ?? trial.startTimeMs;
      // A step of its own, so that what was told stands behind whatever was reported, and is the latest value.
      const last = trial.reports.at(-1);
      const step = last === undefined ? 0 : last.step + 1;
      const points = trial.values.map((value, i) => point(study.objectives[i]?.metric ?? "", { step, value, timeMs }));
      const tags = { [STATE_TAG]: trial.state };
      await whileKept(async () => {
        // A worker may tell before the run is there, if the process that was asked ended in between.
        await begin(tracking, log, { study, trial });
        await log({ run: runKeyOf(trial), batch: { ...EMPTY_BATCH, points, tags } }, NO_CALL);
        const run = await storedRun(tracking, runKeyOf(trial));
        if (hasEnded(run)) return;
        await updateRun(tracking, { key: runKeyOf(trial), etag: "", change: { state, endTimeMs: timeMs } });
      });
    },
  };
}

async function begin(
  tracking: Tracking,
  log: Log,
  { study, trial }: { readonly study: Study; readonly trial: StudyTrial },
): Promise<void> {
  const run = runKeyOf(trial);
  if ((await tracking.store.run(run)) === undefined) {
    const content = {
      experimentId: study.experimentId,
      displayName: `${study.displayName} ${trial.number}`,
      parentId: "",
      startTimeMs: trial.startTimeMs,
      tags: { [STUDY_TAG]: studyNameOf(study), [TRIAL_TAG]: String(trial.number) },
    };
    // The id was chosen with the trial, so that a repeated call finds the run.
    const named = { ...tracking, newId: () => trial.runId };
    await createRun(named, { project: study.project, actor: study.actor, content }, NO_CALL);
  }
  const params = Object.fromEntries(Object.entries(trial.params).map(([name, value]) => [name, String(value)]));
  await whileKept(() => log({ run, batch: { ...EMPTY_BATCH, params } }, NO_CALL));
}

const point = (key: string, { step, value, timeMs }: TimedReport): MetricPoint => ({
  key,
  step: BigInt(step),
  value: value + 0,
  timeMs,
});

/** What ends the writing to a run, and not its trial: people deleted or purged it, or its experiment. */
const GONE = ["RUN_DELETED", "EXPERIMENT_DELETED", "NOT_FOUND"] as const;

async function whileKept(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!GONE.some((reason) => isDomainError(error, reason))) throw error;
  }
}
