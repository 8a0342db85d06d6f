import { type Clock, type Digest, invalidField, revisionConflict } from "@throughline/kernel";
import { runDeleted } from "./errors.ts";
import type { LifecycleStage } from "./experiment.ts";
import { type Key, runName } from "./names.ts";
import { checkLine, checkTags } from "./text.ts";

export type RunState = "RUNNING" | "SCHEDULED" | "FINISHED" | "FAILED" | "KILLED";

/** A data set that a run read, and what for. */
export interface DatasetInput {
  readonly digest: Digest;
  readonly displayName: string;
  readonly rowCount?: number;
  readonly context: string;
}

/** A file that a run made. */
export interface RunArtifact {
  readonly path: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly mediaType: string;
}

/** One attempt, without its metrics. */
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
  readonly artifacts: readonly RunArtifact[];
  readonly stage: LifecycleStage;
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
    artifacts: [],
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
  const { endTimeMs: before, ...rest } = { ...run, ...change };
  if (!hasEnded(rest)) {
    if (change.endTimeMs !== undefined)
      throw invalidField(
        "run.end_time",
        `a run in state ${rest.state} has not ended. Set the state that it ended in too.`,
      );
    return { ...rest, revision: run.revision + 1 };
  }
  const endTimeMs = before ?? Math.max(clock.now(), run.startTimeMs);
  if (endTimeMs < run.startTimeMs) throw invalidField("run.end_time", "it is before the start of the run");
  return { ...rest, endTimeMs, revision: run.revision + 1 };
}

/** The run in another stage; itself if it is there already. */
export const runInStage = (run: Run, stage: LifecycleStage): Run =>
  run.stage === stage ? run : { ...run, stage, revision: run.revision + 1 };

/** Fails with RUN_DELETED. */
export function checkActive(run: Run): void {
  if (run.stage === "DELETED") throw runDeleted(nameOf(run));
}

export const hasEnded = ({ state }: Pick<Run, "state">): boolean =>
  state === "FINISHED" || state === "FAILED" || state === "KILLED";

export const nameOf = ({ project, id }: Key): string => runName.format({ project, run: id });
