import { type Clock, invalidField, resourceName } from "@throughline/kernel";
import type { Report, Suggestion, Trial } from "@throughline/studies";
import type { Key } from "./names.ts";
import type { Study } from "./study.ts";
import { trialEnded, trialTooLarge } from "./study-errors.ts";

/** `projects/{project}/studies/{study}/trials/{trial}`. */
export const trialName = resourceName("projects/{project}/studies/{study}/trials/{trial}");

/** Addresses a trial. */
export interface TrialKey {
  readonly project: string;
  readonly studyId: string;
  readonly number: number;
}

export interface TimedReport extends Report {
  readonly timeMs: number;
}

/** A trial as it is kept: what the samplers know of it, and who works on it. */
export interface StudyTrial extends TrialKey, Trial {
  readonly runId: string;
  readonly reports: readonly TimedReport[];
  readonly worker: string;
  /** The trial whose parameters these were before. */
  readonly retryOf?: number;
  readonly attempts: number;
  /** Why it failed. */
  readonly failure: string;
  readonly startTimeMs: number;
  readonly endTimeMs?: number;
  /** Its place among the trials that ended, from 1 on. */
  readonly ended?: number;
  readonly leaseExpireTimeMs: number;
  readonly foldValues: readonly number[];
  /** How many values of examples were told. */
  readonly exampleCount: number;
  readonly revision: number;
}

/** How a worker says that a trial ended. */
export interface TrialEnd {
  readonly state: "COMPLETE" | "PRUNED" | "FAILED";
  readonly values: readonly number[];
  readonly failure: string;
  readonly foldValues: readonly number[];
  readonly exampleValues: readonly number[];
}

/** Most reports of one trial. */
const REPORTS_MAX = 5_000;

/** A trial that is given out now. */
export function newTrial(
  study: Study,
  suggestion: Suggestion & { readonly retryOf?: number; readonly attempts: number },
  { number, runId, worker, timeMs }: { number: number; runId: string; worker: string; timeMs: number },
): StudyTrial {
  return {
    project: study.project,
    studyId: study.id,
    number,
    runId,
    state: "RUNNING",
    ...suggestion,
    values: [],
    reports: [],
    worker,
    failure: "",
    startTimeMs: timeMs,
    leaseExpireTimeMs: timeMs + study.leaseMs,
    foldValues: [],
    exampleCount: 0,
    revision: 1,
  };
}

/**
 * The trial with a report more, or, without a value, with a longer lease. The first report of a step counts. Fails with
 * TRIAL_ENDED, TRIAL_TOO_LARGE, and INVALID_FIELD for a step that lies behind.
 */
export function reportedTrial(
  trial: StudyTrial,
  { step, value }: { readonly step: number; readonly value: number | undefined },
  { leaseMs, timeMs }: { readonly leaseMs: number; readonly timeMs: number },
): StudyTrial {
  if (trial.state !== "RUNNING") throw trialEnded(trialNameOf(trial), trial.state, trial.failure);
  const renewed = { ...trial, leaseExpireTimeMs: timeMs + leaseMs, revision: trial.revision + 1 };
  if (value === undefined || trial.reports.some((it) => it.step === step)) return renewed;
  const last = trial.reports.at(-1)?.step ?? -1;
  if (step < last) throw invalidField("step", `it lies behind step ${last}, which was reported before`);
  if (trial.reports.length >= REPORTS_MAX) throw trialTooLarge(trialNameOf(trial), REPORTS_MAX);
  // Negative zero is kept as zero, as in metrics.
  return { ...renewed, reports: [...trial.reports, { step, value: value + 0, timeMs }] };
}

/** The trial as it ended, `ended` places after the first. A value that is NaN is no result. */
export function endedTrial(
  trial: StudyTrial,
  end: TrialEnd,
  { ended, clock }: { ended: number; clock: Clock },
): StudyTrial {
  const failed = end.state === "COMPLETE" && end.values.some(Number.isNaN);
  const complete = end.state === "COMPLETE" && !failed;
  return {
    ...trial,
    state: failed ? "FAILED" : end.state,
    values: complete ? end.values : [],
    failure: failed ? "a value is not a number" : end.failure,
    foldValues: complete ? end.foldValues : [],
    exampleCount: complete ? end.exampleValues.length : 0,
    endTimeMs: Math.max(clock.now(), trial.startTimeMs),
    ended,
    revision: trial.revision + 1,
  };
}

/** True if the end is the one that the trial had. */
export const isSameEnd = (trial: StudyTrial, end: TrialEnd): boolean =>
  trial.state === (end.values.some(Number.isNaN) ? "FAILED" : end.state) &&
  (trial.state !== "COMPLETE" ||
    (trial.values.length === end.values.length &&
      trial.values.every((it, i) => Object.is(it, (end.values[i] ?? 0) + 0))));

export const trialNameOf = ({ project, studyId, number }: TrialKey): string =>
  trialName.format({ project, study: studyId, trial: String(number) });

export const runKeyOf = ({ project, runId }: StudyTrial): Key => ({ project, id: runId });

/** Checks what a worker tells. Fails with INVALID_FIELD. */
export function checkEnd(study: Study, { state, values, foldValues, exampleValues }: TrialEnd): void {
  const count = study.objectives.length;
  if (state === "COMPLETE" && values.length !== count)
    throw invalidField("values", `${values.length} values were told, and the study has ${count} objectives`);
  if (state !== "COMPLETE" && values.length + foldValues.length + exampleValues.length > 0)
    throw invalidField("values", "only a trial that is COMPLETE has values");
  for (const [path, parts] of [
    ["fold_values", foldValues],
    ["example_values", exampleValues],
  ] as const) {
    if (parts.length > 0 && count > 1) throw invalidField(path, "only studies of one objective take them");
    const wrong = parts.findIndex((it) => !Number.isFinite(it));
    if (wrong >= 0) throw invalidField(`${path}[${wrong}]`, "it is not a finite number");
  }
}
