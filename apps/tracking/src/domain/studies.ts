import { notFound, type Page, pageSize } from "@throughline/kernel";
import type { Bell } from "./bell.ts";
import { experimentDeleted } from "./errors.ts";
import { getExperiment } from "./experiments.ts";
import { experimentName, type Key } from "./names.ts";
import { type PageRequest, pageOf } from "./page.ts";
import type { Call, Tracking } from "./ports.ts";
import { newStudy, type Study, type StudyContent, studyNameOf } from "./study.ts";
import type { StudyRuns } from "./study-runs.ts";
import type { StudyStore } from "./study-store.ts";
import { type StudyTrial, type TrialKey, trialNameOf } from "./study-trial.ts";

/** What the use cases of studies work with. */
export interface Studies {
  readonly tracking: Tracking;
  readonly store: StudyStore;
  readonly runs: StudyRuns;
  /** Work on one study goes one after the other within this process, which spares most conflicts. */
  readonly inTurn: <R>(study: string, work: () => Promise<R>) => Promise<R>;
  /** Rings when a study is deleted, whose trials are to be removed. */
  readonly deleted: Bell;
}

/** Fails with NOT_FOUND and EXPERIMENT_DELETED for the experiment, and as `newStudy` does. */
export function createStudy(
  { tracking, store }: Studies,
  { project, actor, content }: { readonly project: string; readonly actor: string; readonly content: StudyContent },
  call: Call,
): Promise<Study> {
  return store.commit(async () => {
    await checkExperiment(tracking, { project, id: content.experimentId });
    const study = newStudy(content, { project, id: tracking.newId(), actor }, tracking.clock);
    return { change: { study }, response: study };
  }, call);
}

/** Fails with NOT_FOUND and EXPERIMENT_DELETED. */
export async function checkExperiment(tracking: Tracking, key: Key): Promise<void> {
  const experiment = await getExperiment(tracking, key);
  if (experiment.stage === "DELETED")
    throw experimentDeleted(experimentName.format({ project: key.project, experiment: key.id }));
}

/** Fails with NOT_FOUND. */
export async function getStudy({ store }: Pick<Studies, "store">, key: Key): Promise<Study> {
  const study = await store.study(key);
  if (study === undefined) throw notFound(studyNameOf(key));
  return study;
}

/** Fails with NOT_FOUND. */
export async function getTrial({ store }: Pick<Studies, "store">, key: TrialKey): Promise<StudyTrial> {
  const trial = await store.trial(key);
  if (trial === undefined) throw notFound(trialNameOf(key));
  return trial;
}

/** One page of studies, newest first. */
export async function listStudies(
  { tracking, store }: Studies,
  { project, page }: { readonly project: string; readonly page: PageRequest },
): Promise<Page<Study>> {
  const size = pageSize(page.size);
  const tokens = pageOf<Study>(tracking.pageTokens, { list: "studies", project }, ({ id }) => id);
  const before = tokens.read(page.token);
  const query = { project, limit: size + 1, ...(before !== undefined && { before: String(before) }) };
  return tokens.page(await store.studies(query), size, sizeOf);
}

/** One page of trials, by number. Fails with NOT_FOUND. */
export async function listTrials(
  studies: Studies,
  { key, page }: { readonly key: Key; readonly page: PageRequest },
): Promise<Page<StudyTrial>> {
  await getStudy(studies, key);
  const size = pageSize(page.size);
  const query = { list: "trials", project: key.project, study: key.id };
  const tokens = pageOf<StudyTrial>(studies.tracking.pageTokens, query, ({ number }) => number);
  const after = tokens.read(page.token);
  const range = { from: after === undefined ? 0 : Number(after) + 1, limit: size + 1 };
  return tokens.page(await studies.store.trials(key, range), size, sizeOf);
}

/** Bytes that a study or trial takes in a message, at least roughly. */
export const sizeOf = (it: Study | StudyTrial): number => Buffer.byteLength(JSON.stringify(it));
