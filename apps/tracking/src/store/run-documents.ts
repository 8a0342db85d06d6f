import type { Document } from "@throughline/store";
import type { Experiment } from "../domain/experiment.ts";
import type { Run } from "../domain/run.ts";
import type { ExperimentValue, RunValue } from "./collections.ts";

/** The experiment of a document, without what only the sweeper asks for. */
export function experimentOf({ value: { swept: _, ...value }, revision }: Document<ExperimentValue>): Experiment {
  return { ...value, revision };
}

/** The run of a document. */
export const runOf = ({ value, revision }: Document<RunValue>): Run => ({ ...value, revision });
