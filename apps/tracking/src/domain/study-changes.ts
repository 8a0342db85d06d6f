import { invalidField, revisionConflict } from "@throughline/kernel";
import type { Key } from "./names.ts";
import { getStudy, type Studies } from "./studies.ts";
import { type Study, type StudyContent, studyNameOf } from "./study.ts";
import { checkLine } from "./text.ts";

/** What of a study can be changed: what is searched, for what and how, is what the study is. */
export type StudySettings = Pick<StudyContent, "displayName" | "trialsMax" | "leaseMs" | "retriesMax">;

export interface StudyUpdate {
  readonly key: Key;
  /** Empty for any. */
  readonly etag: string;
  readonly settings: Partial<StudySettings>;
}

/** Fails with NOT_FOUND, REVISION_CONFLICT, and INVALID_FIELD for fewer trials than were given out. */
export async function updateStudy(studies: Studies, { key, etag, settings }: StudyUpdate): Promise<Study> {
  if (settings.displayName !== undefined) checkLine(settings.displayName, "display_name");
  let isOther = false;
  const study = await changed(studies, key, (before) => {
    const { trialsMax = before.trialsMax } = settings;
    isOther = etag !== "" && etag !== String(before.revision);
    if (isOther) return before;
    if (trialsMax < before.trialCount)
      throw invalidField(
        "trials_max",
        `${before.trialCount} trials were given out. Stop the study to give out no more`,
      );
    return { ...before, ...settings };
  });
  // Not within the commit, which decides again when somebody else was first.
  if (isOther) throw revisionConflict(studyNameOf(key), etag, String(study.revision));
  return study;
}

/** Nothing changes if the study is stopped already. Fails with NOT_FOUND. */
export const stopStudy = (studies: Studies, key: Key): Promise<Study> => inState(studies, key, "STOPPED");

/** Nothing changes if the study is active already. Fails with NOT_FOUND. */
export const resumeStudy = (studies: Studies, key: Key): Promise<Study> => inState(studies, key, "ACTIVE");

const inState = (studies: Studies, key: Key, state: Study["state"]): Promise<Study> =>
  changed(studies, key, (study) => (study.state === state ? study : { ...study, state }));

/** Removes a study: it is gone when this resolves, and its trials are removed behind the answer. Fails with NOT_FOUND. */
export async function deleteStudy(studies: Studies, key: Key): Promise<void> {
  await changed(studies, key, (study) => ({ ...study, isDeleted: true }));
  studies.deleted.ring();
}

function changed(studies: Studies, key: Key, change: (study: Study) => Study): Promise<Study> {
  return studies.inTurn(studyNameOf(key), () =>
    studies.store.commit(async () => {
      const before = await getStudy(studies, key);
      const after = change(before);
      if (after === before) return { change: {}, response: before };
      const study = { ...after, revision: before.revision + 1 };
      return { change: { study }, response: study };
    }),
  );
}
