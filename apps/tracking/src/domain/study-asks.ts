import { setImmediate as nextTurn } from "node:timers/promises";
import { inTurns } from "@throughline/kernel";
import { type Suggestion, suggest } from "@throughline/studies";
import type { Key } from "./names.ts";
import type { Call } from "./ports.ts";
import { checkExperiment, getStudy, getTrial, type Studies } from "./studies.ts";
import { directionsOf, type Retry, type Study, studyNameOf } from "./study.ts";
import { studyExhausted, studyStopped } from "./study-errors.ts";
import type { StudyChange } from "./study-store.ts";
import { endedTrial, newTrial, type StudyTrial } from "./study-trial.ts";

/** Trials that are failed in one commit. */
const LAPSES_AT_ONCE = 500;

export interface AskForTrials {
  readonly key: Key;
  /** From 1 on. */
  readonly count: number;
  readonly worker: string;
}

/**
 * Gives out trials, each with a run. Trials whose lease is over fail first, and what waits to be tried again is given out
 * before anything new. Fails with NOT_FOUND, EXPERIMENT_DELETED, STUDY_STOPPED and STUDY_EXHAUSTED.
 */
export async function askTrials(studies: Studies, ask: AskForTrials, call: Call): Promise<readonly StudyTrial[]> {
  const { key } = ask;
  const numbers = await studies.inTurn(studyNameOf(key), async () => {
    await failLapsed(studies, key);
    const given = await studies.store.commit(async () => {
      const study = await getStudy(studies, key);
      if (study.state === "STOPPED") throw studyStopped(studyNameOf(key));
      await checkExperiment(studies.tracking, { project: key.project, id: study.experimentId });
      const { ended, running } = await studies.store.history(study);
      const trials = await givenOut(studies, { study, ask, past: [...ended, ...running] });
      if (trials.length === 0) throw studyExhausted(studyNameOf(key), study.trialCount);
      const waiting = study.waiting.slice(trials.length);
      const trialCount = study.trialCount + trials.length;
      const change = { study: { ...study, waiting, trialCount, revision: study.revision + 1 }, trials };
      return { change, response: { numbers: trials.map((it) => it.number) } };
    }, call);
    return given.numbers;
  });
  const study = await getStudy(studies, key);
  return Promise.all(
    numbers.map(async (number) => {
      const trial = await getTrial(studies, { project: key.project, studyId: key.id, number });
      await studies.runs.begin(study, trial);
      return trial;
    }),
  );
}

/** The next trials: as many as are asked for, and as there are. Other calls get their turn between them. */
async function givenOut(
  { tracking }: Studies,
  { study, ask, past }: { readonly study: Study; readonly ask: AskForTrials; readonly past: readonly StudyTrial[] },
): Promise<readonly StudyTrial[]> {
  const trials: StudyTrial[] = [];
  const count = Math.min(ask.count, study.trialsMax - study.trialCount);
  const problem = { space: study.space, directions: directionsOf(study), seed: study.seed };
  for (let i = 0; i < count; i++) {
    if (i > 0) await nextTurn();
    const number = study.trialCount + i;
    const next =
      study.waiting[i] ?? (await inTurns(suggest(study.sampler, { problem, number, past: [...past, ...trials] })));
    if (next === undefined) break;
    const at = { number, runId: tracking.newId(), worker: ask.worker, timeMs: tracking.clock.now() };
    trials.push(newTrial(study, attemptOf(next), at));
  }
  return trials;
}

/** What was suggested, as its first attempt, or what waited, as one more. */
const attemptOf = (next: Suggestion | Retry): Suggestion & { readonly retryOf?: number; readonly attempts: number } =>
  "retryOf" in next ? { ...next, attempts: next.attempts + 1 } : { ...next, attempts: 1 };

/**
 * Fails the trials whose workers fell silent, and keeps their parameters to be tried again. What a process leaves behind that
 * ends in between, the next ask finishes.
 */
async function failLapsed(studies: Studies, key: Key): Promise<void> {
  while (await isDue(studies, key)) {
    const { unsettled } = await studies.store.commit(() => lapse(studies, key));
    const study = await getStudy(studies, key);
    for (const number of unsettled)
      await studies.runs.end(study, await getTrial(studies, { project: key.project, studyId: key.id, number }));
    await studies.store.commit(async () => {
      const before = await getStudy(studies, key);
      const rest = before.unsettled.filter((it) => !unsettled.includes(it));
      return { change: { study: { ...before, unsettled: rest, revision: before.revision + 1 } }, response: {} };
    });
  }
}

/** Most asks find nothing to do, and need no commit. */
async function isDue(studies: Studies, key: Key): Promise<boolean> {
  const study = await getStudy(studies, key);
  if (study.unsettled.length > 0) return true;
  const { running } = await studies.store.history(study);
  return running.some((it) => it.leaseExpireTimeMs <= studies.tracking.clock.now());
}

async function lapse(
  studies: Studies,
  key: Key,
): Promise<{ readonly change: StudyChange; readonly response: Pick<Study, "unsettled"> }> {
  const study = await getStudy(studies, key);
  const { running } = await studies.store.history(study);
  const now = studies.tracking.clock.now();
  const silent = running.filter((it) => it.leaseExpireTimeMs <= now).slice(0, LAPSES_AT_ONCE);
  if (silent.length === 0) return { change: {}, response: { unsettled: study.unsettled } };
  const trials = silent.map((it, i) => lapsedTrial(studies, it, study.endCount + 1 + i));
  const waiting = [...study.waiting, ...silent.filter((it) => it.attempts <= study.retriesMax).map(retryOf)];
  const unsettled = [...study.unsettled, ...silent.map((it) => it.number)];
  const endCount = study.endCount + trials.length;
  const after: Study = { ...study, waiting, unsettled, endCount, revision: study.revision + 1 };
  return { change: { study: after, trials }, response: { unsettled } };
}

function lapsedTrial({ tracking }: Studies, trial: StudyTrial, ended: number): StudyTrial {
  const failure = "its worker neither reported nor told before the lease was over";
  const end = { state: "FAILED", values: [], failure, foldValues: [], exampleValues: [] } as const;
  return endedTrial(trial, end, { ended, clock: tracking.clock });
}

/** A retry belongs to the same generation: the sampler waits for the result of these parameters. */
const retryOf = ({ params, generation, number, attempts }: StudyTrial): Retry => ({
  params,
  generation,
  retryOf: number,
  attempts,
});
