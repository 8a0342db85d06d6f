import type { Params } from "./parameter.ts";
import type { Space } from "./space.ts";

export type Direction = "MINIMIZE" | "MAXIMIZE";

/** A value that a trial reported on its way, such as the loss after an epoch. Any number, NaN too. */
export interface Report {
  readonly step: number;
  readonly value: number;
}

/**
 * One attempt at the objectives.
 *
 * COMPLETE has one value for each objective, none of them NaN; infinities are values like others. PRUNED was given up on the
 * way, FAILED has nothing to say. RUNNING has been asked for and not been told.
 */
export interface Trial {
  readonly number: number;
  readonly state: "RUNNING" | "COMPLETE" | "PRUNED" | "FAILED";
  readonly params: Params;
  readonly values: readonly number[];
  /** In the order of their steps. */
  readonly reports: readonly Report[];
  /** The generation that the sampler put it in; 0 for samplers without generations. */
  readonly generation: number;
}

/** What a sampler works for. */
export interface Problem {
  readonly space: Space;
  /** One for each objective. */
  readonly directions: readonly Direction[];
  /** A whole number from 0 to 2^32 - 1. */
  readonly seed: number;
}

/** What a sampler says to an ask. The generation is to be kept with the trial. */
export interface Suggestion {
  readonly params: Params;
  readonly generation: number;
}

/** What a sampler is asked for. */
export interface Ask {
  readonly problem: Problem;
  /** Number of the trial that is asked for. */
  readonly number: number;
  /** All trials so far: first those that ended, in the order of their ends, then those that run. */
  readonly past: readonly Trial[];
}

/** The values with their signs turned so that less is better. */
export const losses = (directions: readonly Direction[], values: readonly number[]): readonly number[] =>
  values.map((it, i) => (directions[i] === "MAXIMIZE" ? -it : it));
