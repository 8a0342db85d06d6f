import type { Verdict } from "@throughline/rollouts";
import { type ArmRewards, isUnderWay, type Rollout, type RolloutState } from "./rollout.ts";
import { rolloutEnded, rolloutState, stepMoved } from "./rollout-errors.ts";
import { sharesOfPromoted, sharesUnderWay } from "./rollout-shares.ts";
import type { TrafficShare } from "./traffic.ts";

/** Something that happens to a rollout. */
export type RolloutEvent =
  | { readonly kind: "PAUSE" | "RESUME" | "PROMOTE" | "ABORT" | "SUPERSEDE" }
  | { readonly kind: "APPROVE"; readonly step: number }
  | Conclusion;

/** What was concluded from evidence. */
export interface Conclusion {
  readonly kind: "DECIDE";
  readonly verdict: Verdict;
  /** Observations of the candidate in the objective that has the fewest. */
  readonly observations: number;
  /** For BANDIT: the shares of all arms from now on. */
  readonly armShares?: readonly TrafficShare[];
  /** For LINEAR_THOMPSON: what was learnt of them, from which the shares of each request follow. */
  readonly armRewards?: readonly ArmRewards[];
}

/** What an event makes of a rollout, without the change that records it. */
export interface Stepped {
  /** The same object if nothing changed. */
  readonly rollout: Rollout;
  /** What the deployment serves from now on. Unset: as before, or as somebody else decides. */
  readonly traffic?: readonly TrafficShare[];
  /** What was done of a verdict. */
  readonly applied: Verdict;
  /** Why something else was done than the verdict says. */
  readonly note: string;
}

/**
 * The state that follows by an event at an instant. Laws, checked by tests against a model:
 * - Shares are always the whole. An abort gives exactly the shares of before. Those of a bandit stay for as long as its plan says.
 * - A step ends by PROMOTE alone: not before its duration and its observations, and not without the approval that it needs.
 * - Only an ABORT, of a person or by evidence, moves shares while it is paused, inconclusive or waits for approval, or a person
 *   who promotes it.
 * - Nothing changes it once it is over. Fails with ROLLOUT_ENDED, ROLLOUT_STATE and STEP_MOVED.
 */
export function stepRollout(rollout: Rollout, event: RolloutEvent, nowMs: number): Stepped {
  if (!isUnderWay(rollout)) throw rolloutEnded(rollout);
  switch (event.kind) {
    case "DECIDE":
      return decided(rollout, event, nowMs);
    case "PAUSE":
      requireState(rollout, event.kind, ["RUNNING", "WAITING_APPROVAL"]);
      return unmoved({ ...rollout, state: "PAUSED" });
    case "RESUME":
      requireState(rollout, event.kind, ["PAUSED", "INCONCLUSIVE"]);
      return unmoved({
        ...rollout,
        state: "RUNNING",
        isOpenEnded: rollout.isOpenEnded || rollout.state === "INCONCLUSIVE",
      });
    case "APPROVE":
      return approved(rollout, event.step, nowMs);
    case "PROMOTE":
      return promoted(rollout, nowMs);
    case "ABORT":
      return aborted(rollout, nowMs);
    case "SUPERSEDE":
      return unmoved({ ...rollout, state: "SUPERSEDED", endTimeMs: nowMs });
  }
}

function decided(rollout: Rollout, conclusion: Conclusion, nowMs: number): Stepped {
  const { verdict, observations, armShares, armRewards } = conclusion;
  switch (verdict) {
    case "ABORT":
      return aborted(rollout, nowMs);
    case "PROMOTE": {
      const obstacle = obstacleOf(rollout, observations, nowMs);
      if (obstacle !== undefined) return stayed(rollout, obstacle);
      if (!needsApproval(rollout)) return advanced(rollout, nowMs);
      if (rollout.state === "WAITING_APPROVAL") return stayed(rollout, WAITS);
      return stayed({ ...rollout, state: "WAITING_APPROVAL" }, WAITS);
    }
    case "INCONCLUSIVE":
      if (rollout.isOpenEnded) return stayed(rollout, "somebody resumed it past its horizon");
      if (rollout.state !== "RUNNING") return stayed(rollout, `it is ${rollout.state}`);
      if (rollout.plan.onInconclusive === "ABORT") return aborted(rollout, nowMs);
      return unmoved({ ...rollout, state: "INCONCLUSIVE" }, "INCONCLUSIVE");
    case "CONTINUE":
      return armShares
        ? rebalanced(rollout, { armShares, ...(armRewards && { armRewards }) }, nowMs)
        : unmoved(rollout);
  }
}

const WAITS = "the step waits for approval";

const currentStep = ({ plan, step }: Rollout) => plan.steps[step];

const needsApproval = (rollout: Rollout): boolean =>
  (currentStep(rollout)?.needsApproval ?? false) && !rollout.stepApproved;

/** Why the step may not end yet. */
function obstacleOf(rollout: Rollout, observations: number, nowMs: number): string | undefined {
  if (rollout.state === "PAUSED" || rollout.state === "INCONCLUSIVE") return `it is ${rollout.state}`;
  const { leastDurationMs = 0, leastObservations = 0 } = currentStep(rollout) ?? {};
  const leftMs = rollout.stepStartTimeMs + leastDurationMs - nowMs;
  if (leftMs > 0) return `the step goes on for at least ${leftMs} ms`;
  if (observations < leastObservations)
    return `the step needs ${leastObservations} observations, and has ${observations}`;
  return undefined;
}

function approved(rollout: Rollout, step: number, nowMs: number): Stepped {
  if (step !== rollout.step) throw stepMoved(rollout, step);
  if (!needsApproval(rollout)) throw rolloutState(rollout, "APPROVE", "its step needs no approval, or has it");
  if (rollout.state === "WAITING_APPROVAL") return advanced(rollout, nowMs);
  return unmoved({ ...rollout, stepApproved: true });
}

function advanced(rollout: Rollout, nowMs: number): Stepped {
  const step = rollout.step + 1;
  if (step >= rollout.plan.steps.length) return promoted(rollout, nowMs);
  const next: Rollout = { ...rollout, state: "RUNNING", step, stepApproved: false, stepStartTimeMs: nowMs };
  return { rollout: next, traffic: sharesUnderWay(next), applied: "PROMOTE", note: "" };
}

const promoted = (rollout: Rollout, nowMs: number): Stepped => ({
  rollout: { ...rollout, state: "PROMOTED", step: rollout.plan.steps.length, endTimeMs: nowMs },
  traffic: sharesOfPromoted(rollout),
  applied: "PROMOTE",
  note: "",
});

const aborted = (rollout: Rollout, nowMs: number): Stepped => ({
  rollout: { ...rollout, state: "ABORTED", endTimeMs: nowMs },
  traffic: rollout.trafficBefore,
  applied: "ABORT",
  note: "",
});

type Learnt = Required<Pick<Rollout, "armShares">> & Pick<Rollout, "armRewards">;

function rebalanced(rollout: Rollout, learnt: Learnt, nowMs: number): Stepped {
  if (rollout.state !== "RUNNING") return stayed(rollout, `it is ${rollout.state}`);
  if (!learnt.armRewards && sameShares(rollout.armShares ?? [], learnt.armShares)) return unmoved(rollout);
  const { plan, armSharesTimeMs = rollout.startTimeMs } = rollout;
  const leftMs = armSharesTimeMs + (plan.bandit?.leastIntervalMs ?? 0) - nowMs;
  if (leftMs > 0) return stayed(rollout, `the shares stay for at least ${leftMs} ms`);
  const next: Rollout = { ...rollout, ...learnt, armSharesTimeMs: nowMs };
  return { rollout: next, traffic: sharesUnderWay(next), applied: "CONTINUE", note: "" };
}

function sameShares(a: readonly TrafficShare[], b: readonly TrafficShare[]): boolean {
  const weights = new Map(a.map((it) => [it.release, it.weightBasisPoints]));
  return a.length === b.length && b.every((it) => weights.get(it.release) === it.weightBasisPoints);
}

const unmoved = (rollout: Rollout, applied: Verdict = "CONTINUE"): Stepped => ({ rollout, applied, note: "" });

const stayed = (rollout: Rollout, note: string): Stepped => ({ rollout, applied: "CONTINUE", note });

function requireState(rollout: Rollout, action: string, states: readonly RolloutState[]): void {
  if (!states.includes(rollout.state))
    throw rolloutState(rollout, action, `that is for rollouts that are ${states.join(" or ")}`);
}
