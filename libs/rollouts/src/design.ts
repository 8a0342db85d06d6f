import {
  type Aim,
  type ArmObservation,
  armIncrements,
  type Claim,
  type DifferenceSums,
  horizonCount,
  rhoFor,
} from "@throughline/stats";
import { type Analysis, type AnalysisPlan, isOfRequests, sharesOf } from "./plan.ts";

/** One step of evidence: a value of one arm, the values of both for one request, or a prediction that had none. */
export type Observation =
  | ({ readonly kind: "arm" } & ArmObservation)
  | { readonly kind: "pair"; readonly candidate: number; readonly baseline: number }
  | { readonly kind: "missing" };

/** How an analysis of a plan tests. */
export interface Design {
  readonly analysis: Analysis;
  readonly isPaired: boolean;
  /** Of one side: the plan's alpha is split over its analyses, and over "it is worse" and "it is not". */
  readonly alpha: number;
  readonly power: number;
  /** Shares of the candidate at the steps. */
  readonly shares: readonly number[];
  /** Greatest size of an increment; undefined without bounds. */
  readonly scale: number | undefined;
  /** The first so many observations tell the spread of the values, and do not count otherwise. */
  readonly pilotCount: number;
  /** What tunes the sequence from the first observation on, where another router's pilot has told it. 0: its own pilot tells. */
  readonly rho: number;
  readonly worse: Claim;
  readonly cleared: Claim;
}

/** With bounds the spread only tunes; without them this is also where sums of values become nearly normal. */
const PILOT_COUNT = { bounded: 100, unbounded: 200 } as const;

export function designOf(analysis: Analysis, plan: AnalysisPlan, rho = 0): Design {
  const { bounds, minEffect, lowerIsBetter } = analysis;
  const shares = sharesOf(plan);
  // Shares that follow rewards may come to be anything.
  const isAnyShare = plan.isPaired || plan.bandit !== undefined;
  const most = isAnyShare ? 1 : Math.max(...shares.map((it) => Math.max(it, 1 - it)));
  return {
    analysis,
    isPaired: plan.isPaired,
    alpha: plan.alpha / plan.analyses.filter(isOfRequests).length / 2,
    power: plan.power,
    shares,
    scale: bounds && (bounds.most - bounds.least) * most,
    pilotCount: bounds ? PILOT_COUNT.bounded : PILOT_COUNT.unbounded,
    rho,
    worse: { side: lowerIsBetter ? "above" : "below", difference: 0 },
    cleared: { side: lowerIsBetter ? "below" : "above", difference: lowerIsBetter ? minEffect : -minEffect },
  };
}

/**
 * What tunes a sequence after its pilot, from the means of what it saw and the squared differences of its pairs; 0 while that goes on.
 * Values without bounds that were all the same tell nothing yet.
 */
export function rhoOf({ candidate, baseline }: DifferenceSums, pairSquares: number, design: Design): number {
  const count = design.isPaired ? candidate.count : candidate.count + baseline.count;
  if (count < design.pilotCount) return 0;
  // Two more values at the ends of the bounds: values that are rarely another one may not have been so yet.
  const extra = design.scale === undefined ? 0 : 2 * (design.scale / 4) ** 2;
  // Of pairs, each arm is taken to have half of what sets them apart.
  const squares = design.isPaired ? pairSquares / 2 : candidate.m2 + baseline.m2;
  const variance = (squares + extra) / count;
  return variance > 0 ? tunedFor(design, variance) : 0;
}

function tunedFor(design: Design, variance: number): number {
  const aim = aimOf(design, { candidate: variance, baseline: variance });
  const declared = design.analysis.horizonObservations / shareOf(design);
  return rhoFor(Math.min(declared || horizonCount(aim), COUNT_MAX) * aim.variance, design.alpha);
}

const COUNT_MAX = 1e9;

/** The part of the observations that is the candidate's. */
const shareOf = ({ isPaired, shares }: Design): number => (isPaired ? 1 : mean(shares));

const mean = (values: readonly number[]): number => values.reduce((sum, it) => sum + it, 0) / values.length;

/** Variances of the values of both arms. */
export interface Variances {
  readonly candidate: number;
  readonly baseline: number;
}

/** What is aimed at, all steps taking as many observations. Pairs are taken as independent, which is the worst of the usual cases. */
function aimOf(design: Design, variances: Variances): Aim {
  const { alpha, power, scale, isPaired, shares, analysis } = design;
  const increments = isPaired
    ? [{ weight: 1, variance: variances.candidate + variances.baseline }]
    : shares.map((share) => armIncrements(share, variances));
  const weight = mean(increments.map((it) => it.weight));
  const variance = mean(increments.map((it) => it.variance));
  return { alpha, power, effect: analysis.minEffect, weight, variance, ...(scale === undefined ? {} : { scale }) };
}

/** A pilot tells the spread only roughly, so that a sequence is not tuned as well as it could be: it needs a tenth more. */
const SLACK = 1.1;

/** Observations after the pilot that tell well enough what an increment is worth. */
const SPREAD_COUNT = 200;

/**
 * Observations of the candidate by which a worsening of the least effect that matters is found with the plan's power, and one that is
 * none is cleared with the same: as declared, or from what was seen. 0 while it cannot be told.
 */
export function horizonOf(
  { sums, rho, pilotCount }: { readonly sums: DifferenceSums; readonly rho: number; readonly pilotCount: number },
  design: Design,
): number {
  if (design.analysis.horizonObservations > 0) return design.analysis.horizonObservations;
  const { candidate, baseline, weight, squares } = sums;
  const all = design.isPaired ? candidate.count : candidate.count + baseline.count;
  const counted = all - pilotCount;
  if (rho === 0 || counted < SPREAD_COUNT || !(squares > 0)) return 0;
  const { variance: _, ...aim } = aimOf(design, { candidate: 0, baseline: 0 });
  const count = horizonCount({ ...aim, weight: weight / counted, variance: squares / counted, rho });
  const part = candidate.count > 0 ? candidate.count / all : weight / counted;
  return Math.ceil((SLACK * count + pilotCount) * part);
}

/**
 * How many observations of the candidate there are. Where it never had a value: how many there would be at least, by the shares with which chance
 * chose it: of each observation after the pilot share (1 - share), which is no more than share.
 */
export const dueOf = ({ candidate, weight }: DifferenceSums): number =>
  candidate.count > 0 ? candidate.count : weight;

/** Observations of the candidate that a plan asks for if values have these variances, its pilot included. */
export function plannedHorizon(analysis: Analysis, plan: AnalysisPlan, variances: Variances): number {
  const design = designOf({ ...analysis, horizonObservations: 0 }, plan);
  const rho = tunedFor(design, variances.baseline);
  const count = horizonCount({ ...aimOf(design, variances), rho });
  return Math.ceil((SLACK * count + design.pilotCount) * shareOf(design));
}
