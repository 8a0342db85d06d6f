import type { Random } from "@throughline/stats";
import type { Variances } from "../design.ts";
import type { Analysis } from "../plan.ts";

/** A metric whose distribution is known. */
export interface World {
  readonly name: string;
  readonly analysis: Analysis;
  /** Of values of a candidate that is worse by the least effect, and of the baseline. */
  readonly variances: Variances;
  /** A value of an arm that is worse by `worsening` in the mean. */
  draw(random: Random, worsening: number): number;
}

const analysis = (it: Partial<Analysis>): Analysis => ({
  name: "metric",
  role: "OBJECTIVE",
  source: { kind: "EXPRESSION", expression: "actual" },
  lowerIsBetter: true,
  minEffect: 0.1,
  labelDelayMs: 1,
  horizonObservations: 0,
  ...it,
});

const UNIT = { least: 0, most: 1 } as const;
const TAIL = 3;

/** Chance with 0 and 1 left out. */
const inner = (random: Random): number => (random() * 4_294_967_296 + 0.5) / 4_294_967_296;

/** With mean 1 and a tail that falls as x^-3 (its third moment is infinite). */
const pareto = (random: Random): number => ((TAIL - 1) / TAIL) * inner(random) ** (-1 / TAIL);
const PARETO_VARIANCE = 1 / (TAIL * (TAIL - 2));

/** Box and Muller 1958, doi:10.1214/aoms/1177706645. */
const normal = (random: Random): number => Math.sqrt(-2 * Math.log(inner(random))) * Math.cos(2 * Math.PI * random());

/** The sixth power of an even chance has mean 1/7 and mean square 1/13; a worsening comes as so many values of 1 among them. */
const onesOf = (worsening: number): number => (7 * worsening) / 6;
const skewedVariance = (worsening: number): number =>
  onesOf(worsening) + (1 - onesOf(worsening)) / 13 - (1 / 7 + worsening) ** 2;

const FEATURES = 5;
/** A feature is beyond the outer deciles of its baseline this often. */
const UNUSUAL = 0.2;
/** Rows that are strange are so in all features together: every second feature beyond the usual follows the row. */
const SHARED = 0.5;

/** The part of five features that are unlike their baseline. They depend on each other, as the columns of a row do. */
function drift(random: Random, worsening: number): number {
  const rate = UNUSUAL + worsening;
  const isStrange = random() < rate;
  let unusual = 0;
  for (let i = 0; i < FEATURES; i++) unusual += (random() < SHARED ? isStrange : random() < rate) ? 1 : 0;
  return unusual / FEATURES;
}

/** Two features are strange together by the row with a chance of the square of `SHARED`. */
const driftVariance = (worsening: number): number => {
  const one = (UNUSUAL + worsening) * (1 - UNUSUAL - worsening);
  return (one / FEATURES) * (1 + (FEATURES - 1) * SHARED ** 2);
};

export const WORLDS: readonly World[] = [
  {
    name: "errors of 1 % (0 or 1)",
    analysis: analysis({ bounds: UNIT, minEffect: 0.04 }),
    variances: { candidate: 0.05 * 0.95, baseline: 0.01 * 0.99 },
    draw: (random, worsening) => (random() < 0.01 + worsening ? 1 : 0),
  },
  {
    name: "labels of 30 % (0 or 1)",
    analysis: analysis({ bounds: UNIT, minEffect: 0.15 }),
    variances: { candidate: 0.45 * 0.55, baseline: 0.3 * 0.7 },
    draw: (random, worsening) => (random() < 0.3 + worsening ? 1 : 0),
  },
  {
    name: "skewed losses in [0, 1]",
    analysis: analysis({ bounds: UNIT, minEffect: 0.07 }),
    variances: { candidate: skewedVariance(0.07), baseline: skewedVariance(0) },
    draw: (random, worsening) => (random() < onesOf(worsening) ? 1 : random() ** 6),
  },
  {
    name: "normal",
    analysis: analysis({ minEffect: 0.25, lowerIsBetter: false }),
    variances: { candidate: 1, baseline: 1 },
    draw: (random, worsening) => normal(random) - worsening,
  },
  {
    name: "heavy-tailed latency",
    analysis: analysis({ minEffect: 0.15 }),
    variances: { candidate: PARETO_VARIANCE, baseline: PARETO_VARIANCE },
    draw: (random, worsening) => pareto(random) + worsening,
  },
  {
    name: "heavy-tailed revenue",
    analysis: analysis({ minEffect: 0.15, lowerIsBetter: false }),
    variances: { candidate: PARETO_VARIANCE, baseline: PARETO_VARIANCE },
    draw: (random, worsening) => pareto(random) - worsening,
  },
  {
    name: "feature drift of five features",
    analysis: analysis({ source: { kind: "FEATURE_DRIFT", features: [] }, bounds: UNIT, minEffect: 0.05 }),
    variances: { candidate: driftVariance(0.05), baseline: driftVariance(0) },
    draw: drift,
  },
];
