import type { Write } from "@throughline/store";
import type { Generation } from "./generation-log.ts";
import type { Run } from "./load-source.ts";
import type { ReadGeneration } from "./read-generation.ts";
import type { RevertPlan } from "./revert-plan.ts";

/** What to compute anew, for what. */
export interface Preparing {
  /** It has no layouts yet. */
  readonly next: Generation;
  readonly plan: RevertPlan;
  readonly run: Run;
  /** Removes a generation in the background. */
  remove(retired: Generation): void;
}

/** Online values that are complete, but not read yet. */
export interface PreparedGeneration {
  /** What is to be read from the commit on. */
  readonly reading: Pick<ReadGeneration, "generation" | "overlay">;
  /**
   * Takes up what was committed meanwhile. To be called while nobody of this process commits to the project; `dataVersion`
   * is the one that is about to be made. Returns the writes that belong to its commit. Fails with OVERLAY_IMPOSSIBLE if all has to
   * be computed anew after all.
   */
  finish(dataVersion: number): Promise<readonly Write[]>;
  /** From now on requests read them. The values of before are removed, in the background. */
  read(): Promise<void>;
  /** Removes them, in the background; or reads them, if the commit was made though it seemed to fail. */
  abandon(): Promise<void>;
}
