import { type Clock, invalidField, MLFLOW_TAGS, revisionConflict } from "@throughline/kernel";
import type { DatasetInput } from "./dataset-input.ts";
import { runDeleted } from "./errors.ts";
import type { Experiment, LifecycleStage } from "./experiment.ts";
import type { LoggedModelUse } from "./model-use.ts";
import { type Key, runName } from "./names.ts";
import type { Recipe } from "./recipe.ts";
import { checkLine, checkTags } from "./text.ts";

export type RunState = "RUNNING" | "SCHEDULED" | "FINISHED" | "FAILED" | "KILLED";

/** One attempt, without its metrics and files. */
export interface Run {
  readonly project: string;
  readonly id: string;
  readonly experimentId: string;
  readonly displayName: string;
  readonly state: RunState;
  readonly actor: string;
  readonly startTimeMs: number;
  readonly endTimeMs?: number;
  /** Id of the run that this one is part of; empty at the top. */
  readonly parentId: string;
  readonly params: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly datasets: readonly DatasetInput[];
  readonly modelInputs: readonly LoggedModelUse[];
  readonly modelOutputs: readonly LoggedModelUse[];
  /** What is needed to run it again, if that was recorded. */
  readonly recipe?: Recipe;
  readonly stage: LifecycleStage;
  /** When it was marked as deleted. */
  readonly deleteTimeMs?: number;
  /** How often its lineage was recorded: when it ended, and when it got more data sets or files after that. */
  readonly recordings: number;
  /** 1 when created, one more with each change of anything but metrics. */
  readonly revision: number;
}

/** What a caller says about a run that begins. */
export interface RunContent {
  readonly experimentId: string;
  readonly displayName: string;
  readonly parentId: string;
  /** Now, if left out. */
  readonly startTimeMs?: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly recipe?: Recipe;
}

export function newRun(content: RunContent, at: Key & { readonly actor: string }, clock: Clock): Run {
  checkLine(content.displayName, "run.display_name");
  checkTags(content.tags, "run.tags");
  return {
    project: at.project,
    id: at.id,
    experimentId: content.experimentId,
    displayName: content.displayName,
    state: "RUNNING",
    actor: at.actor,
    startTimeMs: content.startTimeMs ?? clock.now(),
    parentId: content.parentId,
    params: {},
    tags: content.tags,
    datasets: [],
    modelInputs: [],
    modelOutputs: [],
    ...(content.recipe !== undefined && { recipe: content.recipe }),
    stage: "ACTIVE",
    recordings: 0,
    revision: 1,
  };
}

/** What may be changed of a run by name. */
export interface RunChange {
  readonly displayName?: string;
  readonly state?: RunState;
  readonly endTimeMs?: number;
  readonly recipe?: Recipe;
  /** Empty: it is part of none any more. */
  readonly parentId?: string;
}

/**
 * The run with some of it changed. A run that ends has an end time, now if none is named; one that goes on has none.
 * Fails with RUN_DELETED, and with REVISION_CONFLICT unless `etag` is empty or the current one.
 */
export function changedRun(
  run: Run,
  { etag, change }: { readonly etag: string; readonly change: RunChange },
  clock: Clock,
): Run {
  if (etag !== "" && etag !== String(run.revision)) throw revisionConflict(nameOf(run), etag, String(run.revision));
  checkActive(run);
  if (change.displayName !== undefined) checkLine(change.displayName, "run.display_name");
  const { endTimeMs: before, ...rest } = { ...run, ...change, tags: tagsAfter(run, change) };
  if (!hasEnded(rest)) {
    if (change.endTimeMs !== undefined)
      throw invalidField(
        "run.end_time",
        `a run in state ${rest.state} has not ended. Set the state that it ended in too.`,
      );
    return { ...rest, revision: run.revision + 1 };
  }
  // Whoever names both times may name what clocks of two machines said, or the end of what was done long ago.
  return { ...rest, endTimeMs: before ?? Math.max(clock.now(), run.startTimeMs), revision: run.revision + 1 };
}

/** Without the tag that says the parent as MLflow does, if it said the one that the run leaves. */
function tagsAfter({ tags, parentId }: Run, change: RunChange): Run["tags"] {
  const { [MLFLOW_TAGS.parentRun]: said, ...rest } = tags;
  const isLeft = change.parentId !== undefined && change.parentId !== parentId;
  return isLeft && parentId !== "" && said === parentId ? rest : tags;
}

/** The run in another stage; itself if it is there already. A deleted run remembers since when it is. */
export function runInStage(run: Run, stage: LifecycleStage, clock: Clock): Run {
  if (run.stage === stage) return run;
  const { deleteTimeMs: _, ...rest } = run;
  const revision = run.revision + 1;
  return stage === "DELETED" ? { ...rest, stage, deleteTimeMs: clock.now(), revision } : { ...rest, stage, revision };
}

/** The run as it counts: one of a deleted experiment is deleted too, since that was, and comes back with it. */
export function inExperiment(run: Run, experiment: Pick<Experiment, "stage" | "updateTimeMs"> | undefined): Run {
  if (run.stage === "DELETED" || experiment?.stage !== "DELETED") return run;
  return { ...run, stage: "DELETED", deleteTimeMs: experiment.updateTimeMs };
}

/** Fails with RUN_DELETED. */
export function checkActive(run: Run): void {
  if (run.stage === "DELETED") throw runDeleted(nameOf(run));
}

export const hasEnded = ({ state }: Pick<Run, "state">): boolean =>
  state === "FINISHED" || state === "FAILED" || state === "KILLED";

export const nameOf = ({ project, id }: Key): string => runName.format({ project, run: id });
