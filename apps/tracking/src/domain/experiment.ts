import { type Clock, invalidField, revisionConflict } from "@throughline/kernel";
import { experimentName } from "./names.ts";
import { checkLine, checkTags } from "./text.ts";

export type LifecycleStage = "ACTIVE" | "DELETED";

/** A question that runs try to answer. */
export interface Experiment {
  readonly project: string;
  readonly id: string;
  readonly displayName: string;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly stage: LifecycleStage;
  readonly createTimeMs: number;
  readonly updateTimeMs: number;
  /** 1 when created, one more with each change. */
  readonly revision: number;
}

/** What a caller says about an experiment. */
export type ExperimentContent = Pick<Experiment, "displayName" | "description" | "tags">;

export function newExperiment(
  content: ExperimentContent,
  at: { project: string; id: string; timeMs: number },
): Experiment {
  checkContent(content);
  const { project, id, timeMs } = at;
  return { project, id, ...content, stage: "ACTIVE", createTimeMs: timeMs, updateTimeMs: timeMs, revision: 1 };
}

/** The experiment with some of its content changed. Fails with REVISION_CONFLICT unless it is at `etag`. */
export function changedExperiment(
  experiment: Experiment,
  change: { readonly etag: string; readonly content: Partial<ExperimentContent> },
  clock: Clock,
): Experiment {
  if (change.etag === "") throw invalidField("experiment.etag", "it is missing. Send back the etag that was read.");
  if (change.etag !== String(experiment.revision))
    throw revisionConflict(nameOf(experiment), change.etag, String(experiment.revision));
  checkContent({ ...experiment, ...change.content });
  return next({ ...experiment, ...change.content }, clock);
}

/** The experiment in another stage; itself if it is there already. */
export const inStage = (experiment: Experiment, stage: LifecycleStage, clock: Clock): Experiment =>
  experiment.stage === stage ? experiment : next({ ...experiment, stage }, clock);

export const nameOf = ({ project, id }: Experiment): string => experimentName.format({ project, experiment: id });

const next = (experiment: Experiment, clock: Clock): Experiment => ({
  ...experiment,
  // Wall clocks go back at times; the history of an experiment does not.
  updateTimeMs: Math.max(clock.now(), experiment.updateTimeMs),
  revision: experiment.revision + 1,
});

function checkContent({ displayName, tags }: ExperimentContent): void {
  checkLine(displayName, "experiment.display_name");
  if (displayName === "") throw invalidField("experiment.display_name", "it is empty");
  checkTags(tags, "experiment.tags");
}
