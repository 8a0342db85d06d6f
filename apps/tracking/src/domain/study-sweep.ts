import { isDomainError } from "@throughline/kernel";
import type { Studies } from "./studies.ts";
import type { Study } from "./study.ts";
import { endedTrial } from "./study-trial.ts";
import type { Sweeper } from "./sweep.ts";

/** Trials that one turn removes. */
const TRIALS_AT_ONCE = 100;

/** Removes what is left of deleted studies. Several processes may do so at the same time. */
export const studySweeper = (studies: Studies): Sweeper => ({
  async turn() {
    const study = await studies.store.deletedStudy();
    if (study === undefined) return false;
    try {
      await removeSome(studies, study);
    } catch (error) {
      // What another process did meanwhile is done.
      if (!isDomainError(error, "REVISION_CONFLICT")) throw error;
    }
    return true;
  },
});

/** The runs of the trials stay. Those that still run have nobody who would end them. */
async function removeSome({ store, runs, tracking }: Studies, study: Study): Promise<void> {
  const trials = await store.trials(study, { from: 0, limit: TRIALS_AT_ONCE });
  const end = {
    state: "FAILED",
    values: [],
    failure: "its study was deleted",
    foldValues: [],
    exampleValues: [],
  } as const;
  for (const trial of trials)
    if (trial.state === "RUNNING") await runs.end(study, endedTrial(trial, end, { ended: 0, clock: tracking.clock }));
  await store.remove(study, trials);
}
