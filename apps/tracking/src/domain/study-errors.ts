import { DomainError } from "@throughline/kernel";

/** A study that was stopped gives out no trials. */
export const studyStopped = (study: string): DomainError =>
  new DomainError("precondition", "STUDY_STOPPED", `${study} was stopped. Tell what still runs, and ask no more.`, {
    metadata: { study },
  });

/** A study has given out all its trials, or has searched its grid through. */
export const studyExhausted = (study: string, trials: number): DomainError =>
  new DomainError(
    "precondition",
    "STUDY_EXHAUSTED",
    `${study} has given out all of its ${trials} trials. Tell what still runs, and read the result.`,
    { metadata: { study } },
  );

/** A trial that ended takes no reports, and no other end. */
export const trialEnded = (trial: string, state: string, failure: string): DomainError =>
  new DomainError(
    "precondition",
    "TRIAL_ENDED",
    `${trial} has ended ${state}${failure === "" ? "" : ` (${failure})`}. Ask for another trial.`,
    { metadata: { trial, state } },
  );

/** A trial is as large as one may become. */
export const trialTooLarge = (trial: string, reportsMax: number): DomainError =>
  new DomainError(
    "exhausted",
    "TRIAL_TOO_LARGE",
    `${trial} has ${reportsMax} reports, which is the limit. Report less often, or log further values as metrics of its run.`,
    { metadata: { trial } },
  );
