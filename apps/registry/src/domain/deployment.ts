import { invalidField } from "@throughline/kernel";
import type { NumberedChange } from "./change.ts";
import { weightsSum } from "./errors.ts";
import type { ExecutionSettings } from "./execution-settings.ts";
import type { LogPolicy } from "./log-policy.ts";
import type { RolloutSummary } from "./rollout.ts";
import type { Strategy, TrafficShare } from "./traffic.ts";
import { WHOLE_BASIS_POINTS } from "./traffic.ts";

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
  /** Left out: as the router is set to. A rollback does not change it. */
  readonly execution?: ExecutionSettings;
  /** Left out: everything is logged. A rollback does not change it. */
  readonly log?: LogPolicy;
  readonly createTimeMs: number;
  readonly change: NumberedChange;
  /** The revision that this state restored; 0 if it was no rollback. */
  readonly restoresRevision: number;
  /** Set if a rollout led to this state. */
  readonly rollout?: RolloutLink;
  /** Name of the rollout that this state ended, because somebody else decided. */
  readonly superseded?: string;
  /** Set on the state in which it was deleted, which has no traffic. */
  readonly isDeleted?: true;
}

/** A rollout as a state of its deployment knows it. */
export interface RolloutLink {
  readonly name: string;
  /** Revision of the deployment before the rollout: where a rollback leads from any of its states. */
  readonly revisionBefore: number;
  /** Unset once it is over. */
  readonly underWay?: RolloutSummary;
}

/** Refuses shares that are not the whole, and releases that are named twice. Fails with WEIGHTS_SUM. */
export function checkTraffic(traffic: readonly TrafficShare[], path: string): void {
  const names = traffic.map((it) => it.release);
  const twice = names.findIndex((it, i) => names.indexOf(it) !== i);
  if (twice >= 0) throw invalidField(`${path}[${twice}].release`, `${names[twice]} is named twice`);
  const sum = traffic.reduce((total, it) => total + it.weightBasisPoints, 0);
  if (sum !== WHOLE_BASIS_POINTS) throw weightsSum(sum);
}

export const weightOf = (traffic: readonly TrafficShare[], release: string): number =>
  traffic.find((it) => it.release === release)?.weightBasisPoints ?? 0;

/** The revision whose content a state has: its own, or that of the state which it restored. */
export const originOf = ({ change, restoresRevision }: Deployment): number => restoresRevision || change.revision;

/** What stays of a deployment whatever serves there. */
export const identityOf = ({ name, project, description, createTimeMs, stickyKey, execution, log }: Deployment) => ({
  name,
  project,
  description,
  createTimeMs,
  stickyKey,
  ...(execution && { execution }),
  ...(log && { log }),
});

/**
 * The revision that served before the content of a state was first put there: all states that a rollout led to are one, so that
 * a rollback leads to what served before the rollout, and never to a step of it.
 */
export const revisionBefore = ({ change, rollout }: Deployment): number =>
  rollout?.revisionBefore ?? change.revision - 1;

/**
 * The state that follows `current` by a rollback: what served just before the content of `current` was first put there.
 *
 * A rollback remembers which state it restored, so that rolling back twice goes back two states instead of swinging
 * between the last two. What was rolled back from is never returned to: after states A, B, a rollback to A, and C, a
 * rollback gives A, which is what served before C.
 */
export function rolledBack(current: Deployment, before: Deployment, change: NumberedChange): Deployment {
  const { traffic, strategy, stickyKey } = before;
  return { ...identityOf(current), traffic, strategy, stickyKey, change, restoresRevision: originOf(before) };
}
