import { inTurns, notFound } from "@throughline/kernel";
import { bestTrials, type Corrected, correctedForSelection, type Importance, importances } from "@throughline/studies";
import type { Key } from "./names.ts";
import { fitting } from "./page.ts";
import { getStudy, type Studies, sizeOf } from "./studies.ts";
import { directionsOf, type Study, studyNameOf } from "./study.ts";
import type { StudyTrial } from "./study-trial.ts";

/** Most trials of a front that are answered. */
const BEST_MAX = 1_000;
/** Most values of examples that are read for one answer. */
const EXAMPLES_MAX = 4_000_000;

/** What a study has found. */
export interface StudyResult {
  readonly best: readonly StudyTrial[];
  /** Undefined for several objectives, and as long as no trial is complete. */
  readonly corrected?: Corrected;
  /** Empty if it cannot be told. */
  readonly importances: readonly Importance[];
}

/** What a study has found, or what it had found by an instant. Fails with NOT_FOUND. */
export async function studyResult(studies: Studies, key: Key, asOfMs = Infinity): Promise<StudyResult> {
  const study = await getStudy(studies, key);
  if (study.createTimeMs > asOfMs) throw notFound(studyNameOf(study));
  const { ended: all } = await studies.store.history(study);
  const ended = all.filter(({ endTimeMs = Infinity }) => endTimeMs <= asOfMs);
  const byNumber = new Map(ended.map((it) => [it.number, it]));
  const front = (await inTurns(bestTrials(ended, directionsOf(study))))
    .slice(0, BEST_MAX)
    .flatMap(({ number }) => byNumber.get(number) ?? []);
  const best = front.slice(0, fitting(front, sizeOf));
  return {
    best,
    ...(study.objectives.length === 1 && best.length > 0 && { corrected: await corrected(studies, study, ended) }),
    importances: (await inTurns(importances(study.space, directionsOf(study), ended))) ?? [],
  };
}

async function corrected({ store }: Studies, study: Study, ended: readonly StudyTrial[]): Promise<Corrected> {
  const complete = ended.filter((it) => it.state === "COMPLETE");
  const count = complete.reduce((sum, it) => sum + it.exampleCount, 0);
  if (count > EXAMPLES_MAX)
    return { known: false, why: `${count} values of examples are more than can be resampled at once` };
  const examples = count === 0 ? [] : await store.examples(complete);
  const told = complete.map(({ number, values, foldValues }, i) => ({
    number,
    value: values[0] ?? Number.NaN,
    foldValues,
    exampleValues: examples[i] ?? [],
  }));
  const [direction = "MINIMIZE"] = directionsOf(study);
  return inTurns(correctedForSelection(told, { direction, seed: study.seed }));
}
