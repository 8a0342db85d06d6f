import { type Clock, invalidField, resourceName } from "@throughline/kernel";
import {
  checkSpace,
  type Direction,
  gridOf,
  type Params,
  type Pruner,
  type Sampler,
  type Space,
} from "@throughline/studies";
import type { Key } from "./names.ts";
import { checkKey, checkLine } from "./text.ts";

/** `projects/{project}/studies/{study}`. */
export const studyName = resourceName("projects/{project}/studies/{study}");

/** What a study wants to get better at: a metric of its runs. */
export interface Objective {
  readonly metric: string;
  readonly direction: Direction;
}

/** Parameters that are to be given out again, because the worker that had them fell silent. */
export interface Retry {
  readonly params: Params;
  readonly generation: number;
  readonly retryOf: number;
  /** How often these parameters have been given out. */
  readonly attempts: number;
}

/** What a caller says about a study. */
export interface StudyContent {
  readonly displayName: string;
  readonly experimentId: string;
  readonly space: Space;
  readonly objectives: readonly Objective[];
  readonly sampler: Sampler;
  readonly pruner: Pruner;
  readonly seed: number;
  readonly trialsMax: number;
  readonly leaseMs: number;
  readonly retriesMax: number;
}

/** A search for good parameters. */
export interface Study extends Key, StudyContent {
  readonly state: "ACTIVE" | "STOPPED";
  /** How many trials were given out; the number of the next one. */
  readonly trialCount: number;
  /** How many of them ended. */
  readonly endCount: number;
  readonly waiting: readonly Retry[];
  /** Numbers of trials whose workers fell silent, and whose runs are still to be ended. */
  readonly unsettled: readonly number[];
  readonly actor: string;
  readonly createTimeMs: number;
  /** True once it was deleted, as long as trials of it are there. Nobody but the sweeper sees it then. */
  readonly isDeleted?: boolean;
  /** 1 when created, one more with each ask, each end of a trial, and each change. */
  readonly revision: number;
}

/** Fails with INVALID_FIELD and GRID_TOO_LARGE. */
export function newStudy(content: StudyContent, at: Key & { readonly actor: string }, clock: Clock): Study {
  checkContent(content);
  return {
    ...content,
    project: at.project,
    id: at.id,
    state: "ACTIVE",
    trialCount: 0,
    endCount: 0,
    waiting: [],
    unsettled: [],
    actor: at.actor,
    createTimeMs: clock.now(),
    revision: 1,
  };
}

function checkContent({ displayName, space, objectives, sampler, pruner }: StudyContent): void {
  checkLine(displayName, "study.display_name");
  checkSpace(space, "study.space");
  for (const [i, { metric }] of objectives.entries()) {
    checkKey(metric, `study.objectives[${i}].metric`);
    if (objectives.findIndex((it) => it.metric === metric) < i)
      throw invalidField(`study.objectives[${i}].metric`, `"${metric}" is an objective already`);
  }
  if (pruner.kind !== "none" && objectives.length > 1)
    throw invalidField("study.pruner", "trials of several objectives are not pruned: leave it out");
  if (pruner.kind === "hyperband" && pruner.maxResource < pruner.minResource)
    throw invalidField("study.pruner.hyperband.max_resource", "it is below the smallest resource");
  if (sampler.kind === "cma-es" && objectives.length > 1)
    throw invalidField("study.sampler", "CMA-ES has one objective. Use the genetic sampler for several.");
  if (sampler.kind === "grid") gridOf(space, sampler.floatPoints);
}

export const studyNameOf = ({ project, id }: Key): string => studyName.format({ project, study: id });

export const directionsOf = ({ objectives }: Study): readonly Direction[] => objectives.map((it) => it.direction);
