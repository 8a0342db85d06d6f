import { invalidField } from "@throughline/kernel";
import type { NumberedChange } from "./change.ts";
import { weightsSum } from "./errors.ts";

/** All of the traffic, in basis points. */
export const WHOLE_BASIS_POINTS = 10_000;

/** How a new release is brought in. */
export type Strategy = "RECREATE" | "CANARY";

/** The share of one release. */
export interface TrafficShare {
  readonly release: string;
  readonly weightBasisPoints: number;
}

/** What is to serve. */
export interface Traffic {
  readonly traffic: readonly TrafficShare[];
  readonly strategy: Strategy;
}

/** A named endpoint, as one change left it. */
export interface Deployment extends Traffic {
  readonly name: string;
  readonly project: string;
  readonly stickyKey: string;
  readonly description: string;
  readonly createTimeMs: number;
  readonly change: NumberedChange;
  /** The revision that this state restored; 0 if it was no rollback. */
  readonly restoresRevision: number;
}

/** Refuses shares that are not the whole, and releases that are named twice. Fails with WEIGHTS_SUM. */
export function checkTraffic(traffic: readonly TrafficShare[], path: string): void {
  const names = traffic.map((it) => it.release);
  const twice = names.findIndex((it, i) => names.indexOf(it) !== i);
  if (twice >= 0) throw invalidField(`${path}[${twice}].release`, `${names[twice]} is named twice`);
  const sum = traffic.reduce((total, it) => total + it.weightBasisPoints, 0);
  if (sum !== WHOLE_BASIS_POINTS) throw weightsSum(sum);
}

/** The revision whose content a state has: its own, or that of the state which it restored. */
export const originOf = ({ change, restoresRevision }: Deployment): number => restoresRevision || change.revision;

/**
 * The state that follows `current` by a rollback: what served just before the content of `current` was first put there.
 *
 * A rollback remembers which state it restored, so that rolling back twice goes back two states instead of swinging
 * between the last two. What was rolled back from is never returned to: after states A, B, a rollback to A, and C, a
 * rollback gives A, which is what served before C.
 */
export function rolledBack(current: Deployment, before: Deployment, change: NumberedChange): Deployment {
  const { traffic, strategy, stickyKey } = before;
  return { ...current, traffic, strategy, stickyKey, change, restoresRevision: originOf(before) };
}
