import type { NumberedChange } from "./change.ts";
import type { RolloutPlan } from "./rollout-plan.ts";
import type { Strategy, TrafficShare } from "./traffic.ts";

/** Where a rollout stands. The last three are for good. */
export type RolloutState =
  | "RUNNING"
  | "WAITING_APPROVAL"
  | "PAUSED"
  | "INCONCLUSIVE"
  | "PROMOTED"
  | "ABORTED"
  | "SUPERSEDED";

/** What was learnt of an arm of a bandit: exact sums, each as numbers of which it is the total. */
export interface ArmRewards {
  readonly release: string;
  readonly sums: readonly { readonly terms: readonly number[] }[];
}

/** How one candidate is brought in, as one change left it. */
export interface Rollout {
  /** `projects/{project}/deployments/{deployment}/rollouts/{number}`. */
  readonly name: string;
  readonly project: string;
  readonly deployment: string;
  /** Dense from 1 within the deployment. */
  readonly number: number;
  readonly candidate: string;
  readonly baseline: string;
  readonly strategy: Strategy;
  readonly plan: RolloutPlan;
  readonly state: RolloutState;
  /** Index of the step that it is at; the number of steps once it is promoted. */
  readonly step: number;
  readonly stepApproved: boolean;
  /** Resumed after it was inconclusive. */
  readonly isOpenEnded: boolean;
  readonly startTimeMs: number;
  readonly stepStartTimeMs: number;
  /** Set once it is over. */
  readonly endTimeMs?: number;
  /** For BANDIT: the shares that the arms have. */
  readonly armShares?: readonly TrafficShare[];
  /** Since when they have them. */
  readonly armSharesTimeMs?: number;
  /** For LINEAR_THOMPSON: what was learnt of each arm, from which the shares of each request follow since then. */
  readonly armRewards?: readonly ArmRewards[];
  readonly trafficBefore: readonly TrafficShare[];
  readonly strategyBefore: Strategy;
  /** Revision of the deployment before the rollout. */
  readonly revisionBefore: number;
  /** Revision whose content the deployment had then. */
  readonly originBefore: number;
  readonly change: NumberedChange;
}

const ENDED: ReadonlySet<RolloutState> = new Set(["PROMOTED", "ABORTED", "SUPERSEDED"]);

/** True while it may still change. */
export const isUnderWay = ({ state }: Pick<Rollout, "state">): boolean => !ENDED.has(state);

/** What a deployment says of the rollout that is under way, for those who observe it. */
export interface RolloutSummary
  extends Pick<
    Rollout,
    "name" | "candidate" | "baseline" | "strategy" | "plan" | "step" | "startTimeMs" | "stepStartTimeMs" | "armRewards"
  > {
  readonly revision: number;
  /** Nothing but an abort changes shares now. */
  readonly isWaiting: boolean;
}

export function summaryOf(rollout: Rollout): RolloutSummary {
  const { name, candidate, baseline, strategy, plan, step, startTimeMs, stepStartTimeMs, change, state } = rollout;
  const { armRewards } = rollout;
  return {
    name,
    candidate,
    baseline,
    strategy,
    plan,
    step,
    startTimeMs,
    stepStartTimeMs,
    revision: change.revision,
    isWaiting: state !== "RUNNING",
    ...(armRewards && { armRewards }),
  };
}
