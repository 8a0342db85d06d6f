import type { Rollout } from "./rollout.ts";
import { type TrafficShare, WHOLE_BASIS_POINTS } from "./traffic.ts";

/** What shares are made of. */
type Parts = Pick<Rollout, "candidate" | "baseline" | "strategy" | "plan" | "step" | "trafficBefore" | "armShares">;

/**
 * The shares of a rollout that is under way: the candidate's by its step, the rest the baseline's. Releases that the
 * deployment keeps loaded without a share stay so.
 */
export function sharesUnderWay(rollout: Parts): readonly TrafficShare[] {
  const shares = rollout.armShares ?? sharesOfStep(rollout);
  const named = new Set(shares.map((it) => it.release));
  return [...shares, ...rollout.trafficBefore.filter((it) => !named.has(it.release))];
}

function sharesOfStep({ candidate, baseline, plan, step }: Parts): readonly TrafficShare[] {
  const weight = plan.steps[step]?.weightBasisPoints ?? 0;
  return [
    { release: baseline, weightBasisPoints: WHOLE_BASIS_POINTS - weight },
    { release: candidate, weightBasisPoints: weight },
  ];
}

/** The shares with which a bandit begins: each arm its floor, and the baseline the rest. */
export function firstArmShares({ plan, baseline }: Pick<Rollout, "plan" | "baseline">): readonly TrafficShare[] {
  const arms = plan.bandit?.arms ?? [];
  const floors = arms.reduce((sum, it) => sum + it.floorBasisPoints, 0);
  return arms.map(({ release, floorBasisPoints }) => ({
    release,
    weightBasisPoints: floorBasisPoints + (release === baseline ? WHOLE_BASIS_POINTS - floors : 0),
  }));
}

/** The candidate alone. After BLUE_GREEN the baseline stays loaded, so that the way back takes no loading. */
export const sharesOfPromoted = ({ candidate, baseline, strategy }: Parts): readonly TrafficShare[] => [
  { release: candidate, weightBasisPoints: WHOLE_BASIS_POINTS },
  ...(strategy === "BLUE_GREEN" ? [{ release: baseline, weightBasisPoints: 0 }] : []),
];
