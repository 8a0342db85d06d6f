import type { Random } from "@throughline/stats";
import { type Design, designOf, type Observation, plannedHorizon } from "../design.ts";
import { type Evidence, NO_EVIDENCE, observed } from "../evidence.ts";
import { pooled } from "../pooled.ts";
import { planOf, type Simulated } from "./simulate.ts";
import type { World } from "./worlds.ts";

export interface RouterSimulation {
  readonly world: World;
  readonly shares: readonly number[];
  readonly worsening: number;
  readonly rollouts: number;
  readonly random: Random;
  /** The part of the requests that each router gets. */
  readonly routers: readonly number[];
  /** A router tells what it has seen after so many observations in the mean, by chance. */
  readonly tellEvery: number;
}

/**
 * Rollouts of which each router sees its own requests, and tells its evidence every now and then; all of them together are looked at
 * whenever one tells. As the platform does it: the first pilot that is told tunes all, and the others count from their beginning.
 */
export function simulateRouters(simulation: RouterSimulation): Simulated {
  const { world, shares, rollouts } = simulation;
  const plan = planOf(world, shares);
  const share = shares.reduce((sum, it) => sum + it, 0) / shares.length / 10_000;
  const horizon = Math.ceil(plannedHorizon(world.analysis, plan, world.variances) / share);
  let [aborted, cleared, observations] = [0, 0, 0];
  for (let i = 0; i < rollouts; i++) {
    const { isAborted, isCleared, decidedAt } = rollout(simulation, designOf(world.analysis, plan), horizon);
    if (isAborted) aborted += 1;
    else if (isCleared) cleared += 1;
    observations += decidedAt;
  }
  return { rollouts, aborted, cleared, horizon, meanObservations: observations / rollouts };
}

interface Place {
  design: Design;
  readonly log: Observation[];
  evidence: Evidence;
  told: Evidence;
}

function rollout(
  { world, shares, worsening, random, routers, tellEvery }: RouterSimulation,
  own: Design,
  horizon: number,
) {
  const places = routers.map((): Place => ({ design: own, log: [], evidence: NO_EVIDENCE, told: NO_EVIDENCE }));
  let tuner: Place | undefined;
  let [isCleared, decidedAt] = [false, horizon];
  for (let n = 0; n < horizon; n++) {
    const share = (shares[Math.floor((n * shares.length) / horizon)] ?? 0) / 10_000;
    const isCandidate = random() < share;
    const observation = {
      kind: "arm",
      isCandidate,
      share,
      value: world.draw(random, isCandidate ? worsening : 0),
    } as const;
    const place = places[chosen(routers, random())] as Place;
    if (tuner === undefined) place.log.push(observation);
    place.evidence = observed(place.evidence, observation, place.design);
    if (n < horizon - 1 && random() * tellEvery >= 1) continue;
    place.told = place.evidence;
    if (tuner === undefined && place.told.rho > 0) {
      tuner = place;
      for (const it of places) if (it !== tuner) retune(it, { ...own, rho: place.told.rho });
    }
    const { worse, cleared } = pooled(
      places.map((it) => it.told),
      own,
    );
    if (decidedAt === horizon && (worse ?? cleared)) decidedAt = n + 1;
    isCleared ||= cleared !== undefined;
    if (worse) return { isAborted: true, isCleared, decidedAt };
  }
  return { isAborted: false, isCleared, decidedAt };
}

/** Reads its log anew, with what another's pilot told. */
function retune(place: Place, design: Design): void {
  place.design = design;
  place.evidence = place.log.reduce((evidence, it) => observed(evidence, it, design), NO_EVIDENCE);
  // What it told before was not tuned alike, or counted nothing.
  place.told = NO_EVIDENCE;
}

function chosen(parts: readonly number[], uniform: number): number {
  let left = uniform;
  const index = parts.findIndex((it) => {
    left -= it;
    return left < 0;
  });
  return index < 0 ? parts.length - 1 : index;
}
