import { type Clock, invalidField, revisionConflict } from "@throughline/kernel";
import { experimentDeleted, notDeleted } from "./errors.ts";
import { experimentName } from "./names.ts";
import { checkLine, checkTags } from "./text.ts";

/** Longest value of a tag of an experiment, in characters: MLflow allows more there than of a run. */
const TAG_LENGTH_MAX = 20_000;

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
  readonly retention: RetentionRule;
  /** It was removed for good, and so will be what it held. Nobody sees it any more. */
  readonly purging?: boolean;
  /** 1 when created, one more with each change. */
  readonly revision: number;
}

/** What of an experiment is deleted by itself, and how long after; nothing where no time is set. */
export interface RetentionRule {
  /** Since the end of a run, until it is marked as deleted. */
  readonly deleteEndedAfterMs?: number;
  /** Since a run was marked as deleted, until it is removed for good. */
  readonly purgeDeletedAfterMs?: number;
}

/** What a caller says about an experiment. */
export type ExperimentContent = Pick<Experiment, "displayName" | "description" | "tags" | "retention">;

/** What a caller says about one that is new, or was created elsewhere before. */
export interface NewContent extends ExperimentContent {
  /** Now, if left out. */
  readonly createTimeMs?: number;
}

export function newExperiment(
  { createTimeMs, ...content }: NewContent,
  at: { project: string; id: string; timeMs: number },
): Experiment {
  checkContent(content);
  const { project, id, timeMs } = at;
  // Of what was created elsewhere, this is the first change here.
  const times = { createTimeMs: createTimeMs ?? timeMs, updateTimeMs: Math.max(timeMs, createTimeMs ?? timeMs) };
  return { project, id, ...content, stage: "ACTIVE", ...times, revision: 1 };
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

/** Tags to set and to remove. */
export interface TagChange {
  readonly tags: Readonly<Record<string, string>>;
  /** Those that are not there are passed over. */
  readonly removedKeys: readonly string[];
}

/** The experiment with other tags; itself if that changes nothing. Fails with EXPERIMENT_DELETED and INVALID_FIELD. */
export function taggedExperiment(experiment: Experiment, { tags, removedKeys }: TagChange, clock: Clock): Experiment {
  if (experiment.stage === "DELETED") throw experimentDeleted(nameOf(experiment));
  checkTags(tags, "tags", TAG_LENGTH_MAX);
  const removed = new Set(removedKeys);
  const kept = Object.entries(experiment.tags).filter(([key]) => !removed.has(key));
  const after = Object.fromEntries([...kept, ...Object.entries(tags)]);
  const keys = Object.keys(after);
  const isSame =
    keys.length === Object.keys(experiment.tags).length &&
    keys.every((key) => Object.hasOwn(experiment.tags, key) && experiment.tags[key] === after[key]);
  if (isSame) return experiment;
  checkTags(after, "tags", TAG_LENGTH_MAX);
  return next({ ...experiment, tags: after }, clock);
}

/** The experiment on its way out. Fails with NOT_DELETED if it is in use. */
export function purgedExperiment(experiment: Experiment, clock: Clock): Experiment {
  if (experiment.stage !== "DELETED") throw notDeleted(nameOf(experiment));
  return next({ ...experiment, purging: true }, clock);
}

const next = (experiment: Experiment, clock: Clock): Experiment => ({
  ...experiment,
  // Wall clocks go back at times; the history of an experiment does not.
  updateTimeMs: Math.max(clock.now(), experiment.updateTimeMs),
  revision: experiment.revision + 1,
});

function checkContent({ displayName, tags }: ExperimentContent): void {
  checkLine(displayName, "experiment.display_name");
  if (displayName === "") throw invalidField("experiment.display_name", "it is empty");
  checkTags(tags, "experiment.tags", TAG_LENGTH_MAX);
}
