import type { Random } from "@throughline/stats";
import { type Design, designOf, plannedHorizon } from "../design.ts";
import { type Evidence, NO_EVIDENCE, observed } from "../evidence.ts";
import type { AnalysisPlan } from "../plan.ts";
import type { World } from "./worlds.ts";

/** How many of the simulated rollouts ended in which way. */
export interface Simulated {
  readonly rollouts: number;
  readonly aborted: number;
  readonly cleared: number;
  /** Observations of both arms at which a rollout is over. */
  readonly horizon: number;
  /** Mean of the observations that it took until the first of both, the horizon included. */
  readonly meanObservations: number;
}

export interface Simulation {
  readonly world: World;
  /** Shares of the candidate in basis points, in turn for equal parts of the horizon. */
  readonly shares: readonly number[];
  /** By how much the candidate is worse. */
  readonly worsening: number;
  readonly rollouts: number;
  readonly random: Random;
}

export const planOf = (world: World, shares: readonly number[]): AnalysisPlan => ({
  isPaired: false,
  steps: shares.map((weightBasisPoints) => ({
    weightBasisPoints,
    leastDurationMs: 0,
    leastObservations: 0,
    needsApproval: false,
  })),
  analyses: [world.analysis],
  alpha: 0.05,
  power: 0.9,
});

/** Lets rollouts go on, looked at after each observation, until the horizon, whether they were cleared before or not. */
export function simulate(simulation: Simulation): Simulated {
  const { world, shares, rollouts } = simulation;
  const plan = planOf(world, shares);
  const design = designOf(world.analysis, plan);
  const share = shares.reduce((sum, it) => sum + it, 0) / shares.length / 10_000;
  const horizon = Math.ceil(plannedHorizon(world.analysis, plan, world.variances) / share);
  let [aborted, cleared, observations] = [0, 0, 0];
  for (let i = 0; i < rollouts; i++) {
    const { evidence, decidedAt } = rollout(simulation, design, horizon);
    if (evidence.worse) aborted += 1;
    else if (evidence.cleared) cleared += 1;
    observations += decidedAt;
  }
  return { rollouts, aborted, cleared, horizon, meanObservations: observations / rollouts };
}

function rollout({ world, shares, worsening, random }: Simulation, design: Design, horizon: number) {
  let evidence: Evidence = NO_EVIDENCE;
  let decidedAt = horizon;
  for (let n = 0; n < horizon && evidence.worse === undefined; n++) {
    const share = (shares[Math.floor((n * shares.length) / horizon)] ?? 0) / 10_000;
    const isCandidate = random() < share;
    const value = world.draw(random, isCandidate ? worsening : 0);
    evidence = observed(evidence, { kind: "arm", isCandidate, value, share }, design);
    if (decidedAt === horizon && (evidence.worse ?? evidence.cleared)) decidedAt = n + 1;
  }
  return { evidence, decidedAt };
}
