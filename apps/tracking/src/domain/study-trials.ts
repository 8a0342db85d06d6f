import { shouldPrune } from "@throughline/studies";
import { getStudy, getTrial, type Studies } from "./studies.ts";
import { directionsOf, type Study, studyNameOf } from "./study.ts";
import { trialEnded } from "./study-errors.ts";
import {
  checkEnd,
  endedTrial,
  isSameEnd,
  reportedTrial,
  type StudyTrial,
  type TrialEnd,
  type TrialKey,
  trialNameOf,
} from "./study-trial.ts";

/**
 * Takes a report, logs it to the run, renews the lease, and says whether the trial should be given up. Fails with NOT_FOUND
 * and as `reportedTrial` does.
 */
export async function reportTrial(
  studies: Studies,
  { key, step, value }: { readonly key: TrialKey; readonly step: number; readonly value: number | undefined },
): Promise<{ readonly shouldPrune: boolean }> {
  const { tracking, store, runs } = studies;
  const study = await getStudy(studies, { project: key.project, id: key.studyId });
  const trial = await store.commit(async () => {
    const before = await getTrial(studies, key);
    const time = { leaseMs: study.leaseMs, timeMs: tracking.clock.now() };
    const after = reportedTrial(before, { step, value }, time);
    return { change: { trials: [after] }, response: after };
  });
  const report = value === undefined ? undefined : trial.reports.find((it) => it.step === step);
  if (report !== undefined) await runs.report(study, trial, report);
  return { shouldPrune: await isToBePruned(studies, study, trial) };
}

async function isToBePruned({ store }: Studies, study: Study, trial: StudyTrial): Promise<boolean> {
  if (study.pruner.kind === "none") return false;
  const [direction = "MINIMIZE"] = directionsOf(study);
  const { ended, running } = await store.history(study);
  const others = [...ended, ...running].filter((it) => it.number !== trial.number);
  return shouldPrune(study.pruner, { direction, seed: study.seed, trial, others });
}

/**
 * Ends a trial and its run. Telling the same again changes nothing. Fails with NOT_FOUND, INVALID_FIELD, and with TRIAL_ENDED
 * if the trial ended otherwise before.
 */
export async function tellTrial(
  studies: Studies,
  { key, end }: { readonly key: TrialKey; readonly end: TrialEnd },
): Promise<StudyTrial> {
  const studyKey = { project: key.project, id: key.studyId };
  const trial = await studies.inTurn(studyNameOf(studyKey), () =>
    studies.store.commit(async () => {
      const [study, before] = [await getStudy(studies, studyKey), await getTrial(studies, key)];
      checkEnd(study, end);
      if (before.state !== "RUNNING") {
        if (isSameEnd(before, end)) return { change: {}, response: before };
        throw trialEnded(trialNameOf(key), before.state, before.failure);
      }
      const ended = study.endCount + 1;
      const after = endedTrial(before, end, { ended, clock: studies.tracking.clock });
      const examples = after.exampleCount > 0 ? { examples: { trial: key, values: end.exampleValues } } : {};
      const change = {
        study: { ...study, endCount: ended, revision: study.revision + 1 },
        trials: [after],
        ...examples,
      };
      return { change, response: after };
    }),
  );
  await studies.runs.end(await getStudy(studies, studyKey), trial);
  return trial;
}
