import type { Random } from "@throughline/stats";
import { designOf, plannedHorizon } from "../design.ts";
import { type Evidence, NO_EVIDENCE, observed } from "../evidence.ts";
import type { Analysis, AnalysisPlan } from "../plan.ts";

/** What both arms of a shadow gave for the same request: most of a loss is of the request, a little of the arm. */
const OWN = 0.2;
/** Variance of what is an arm's own: even chance over `OWN`. */
const OWN_VARIANCE = OWN ** 2 / 12;
const EFFECT = 0.01;

const analysis = (isBounded: boolean): Analysis => ({
  name: "loss",
  role: "OBJECTIVE",
  source: { kind: "EXPRESSION", expression: "actual" },
  ...(isBounded ? { bounds: { least: 0, most: 1 } } : {}),
  lowerIsBetter: true,
  minEffect: EFFECT,
  labelDelayMs: 1,
  horizonObservations: 0,
});

export interface PairSimulation {
  readonly isBounded: boolean;
  /** True if the candidate is worse by the least effect. */
  readonly isWorse: boolean;
  readonly rollouts: number;
  readonly random: Random;
}

/** Shadow rollouts, looked at after each pair until the horizon. */
export function simulatePairs({ isBounded, isWorse, rollouts, random }: PairSimulation) {
  const judged = analysis(isBounded);
  const plan: AnalysisPlan = { isPaired: true, steps: [], analyses: [judged], alpha: 0.05, power: 0.9 };
  const design = designOf(judged, plan);
  const horizon = plannedHorizon(judged, plan, { candidate: OWN_VARIANCE, baseline: OWN_VARIANCE });
  let [aborted, cleared] = [0, 0];
  for (let i = 0; i < rollouts; i++) {
    let evidence: Evidence = NO_EVIDENCE;
    for (let n = 0; n < horizon && evidence.worse === undefined; n++) {
      const shared = (0.95 - OWN) * random() ** 3;
      const [candidate, baseline] = [shared + OWN * random() + (isWorse ? EFFECT : 0), shared + OWN * random()];
      evidence = observed(evidence, { kind: "pair", candidate, baseline }, design);
    }
    if (evidence.worse) aborted += 1;
    else if (evidence.cleared) cleared += 1;
  }
  return { aborted, cleared, horizon };
}
