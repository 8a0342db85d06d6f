import type { Key } from "./names.ts";
import type { Call } from "./ports.ts";
import type { Study } from "./study.ts";
import type { StudyTrial, TrialKey } from "./study-trial.ts";

/** Which studies to list, newest first. */
export interface StudyQuery {
  readonly project: string;
  /** Only those created before the one of this id. */
  readonly before?: string;
  /** From 1 on. */
  readonly limit: number;
}

/** All trials of a study. */
export interface StudyHistory {
  /** In the order of their ends. */
  readonly ended: readonly StudyTrial[];
  readonly running: readonly StudyTrial[];
}

/** What one call changes. Studies and trials carry the revision that they have afterwards. */
export interface StudyChange {
  readonly study?: Study;
  readonly trials?: readonly StudyTrial[];
  readonly examples?: { readonly trial: TrialKey; readonly values: readonly number[] };
}

/**
 * Keeps studies and their trials.
 *
 * A commit applies what `decide` says, all or nothing; if somebody else wrote first, it decides again, a bounded number of
 * times, and then fails with REVISION_CONFLICT. With a call that has a request id, it is applied once.
 */
export interface StudyStore {
  /** Undefined if it was deleted, as in lists. */
  study(key: Key): Promise<Study | undefined>;
  studies(query: StudyQuery): Promise<readonly Study[]>;
  trial(key: TrialKey): Promise<StudyTrial | undefined>;
  /** By number, from `from` on. */
  trials(study: Key, range: { readonly from: number; readonly limit: number }): Promise<readonly StudyTrial[]>;
  history(study: Study): Promise<StudyHistory>;
  /** A study that was deleted, with trials or without; undefined if there is none. */
  deletedStudy(): Promise<Study | undefined>;
  /** Removes trials of a deleted study, and the study itself when it has none. Fails with REVISION_CONFLICT. */
  remove(study: Study, trials: readonly StudyTrial[]): Promise<void>;
  /** The values of examples that each trial told, in their order; empty where it told none. */
  examples(trials: readonly TrialKey[]): Promise<readonly Float64Array[]>;
  commit<Response extends object>(
    decide: () => Promise<{ readonly change: StudyChange; readonly response: Response }>,
    call?: Call,
  ): Promise<Response>;
}
