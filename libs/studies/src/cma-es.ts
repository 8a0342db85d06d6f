import type { Steps } from "@throughline/kernel";
import { normalQuantile, type Random } from "@throughline/stats";
import { chanceOf, normalDraw } from "./chance.ts";
import { type CmaCourse, replayed } from "./cma-replay.ts";
import { type CmaState, cmaStart, cmaUpdate, isDone, strategyOf, stretched, usualPopulation } from "./cma-state.ts";
import { type NumericParameter, unitOf, valueAt, valueCount, valueIn } from "./parameter.ts";
import { rankedComplete } from "./ranking.ts";
import { tpeCompletion, tpeSuggestion } from "./tpe.ts";
import type { Ask, Problem, Suggestion, Trial } from "./trial.ts";

/**
 * The first distribution, as a part of every range. Less than the 0.3 of Hansen's tutorial, section B.1: studies have hundreds of
 * trials, not thousands.
 */
const SIGMA_START = 0.2;
/** Draws until one lies within all ranges; the last one is moved to their ends. */
const DRAWS_MAX = 100;
/** The longest population after restarts, in multiples of the usual one. */
const POPULATION_GROWTH_MAX = 64;

/**
 * Covariance matrix adaptation (Hansen, arXiv:1604.00772, with negative weights) over the numbers that always exist;
 * categorical and conditional parameters are chosen by the Parzen estimator, one by one.
 *
 * The distribution is found again at each ask from the trials that ended, generation by generation. Workers that ask for more
 * than a generation has get further draws of it; it takes those that ended first. When the distribution has become a
 * point, it starts again elsewhere with a population of twice the size (Auger and Hansen 2005, doi:10.1109/CEC.2005.1554902).
 * Whole numbers and steps keep a margin of probability for their neighbours (after Hamano et al. 2022,
 * doi:10.1145/3512290.3528827).
 */
export function* cmaSuggestion(ask: Ask): Steps<Suggestion> {
  const { problem, number, past } = ask;
  const axes = axesOf(problem);
  if (axes.length === 0) return yield* tpeSuggestion(ask, { multivariate: true });
  const { state, generation } = yield* replayed(problem, past, courseOf(problem, axes));
  const point = drawnPoint({ state, margins: marginsOf(state, axes) }, chanceOf(problem.seed, number));
  const numbers = Object.fromEntries(axes.map((it, i) => [it.name, valueAt(it, point[i] ?? 0.5)]));
  return { params: yield* tpeCompletion(ask, numbers), generation };
}

/** Parameters that CMA-ES moves. */
const axesOf = ({ space }: Problem): readonly NumericParameter[] =>
  space.filter((it) => it.kind !== "categorical").filter((it) => it.when === undefined && valueCount(it) > 1);

/** One generation after the other, and a new start where nothing is left to find. */
function courseOf({ directions, seed }: Problem, axes: readonly NumericParameter[]): CmaCourse {
  const middle = new Float64Array(axes.length).fill(0.5);
  return {
    start: () => cmaStart(strategyOf(axes.length, usualPopulation(axes.length)), middle, SIGMA_START),
    *next({ state, generation }, members) {
      const drawing: Drawing = { state, margins: marginsOf(state, axes) };
      const steps = (yield* rankedComplete(members, directions)).map((it) =>
        stepOf(it, axes, { ...drawing, random: chanceOf(seed, it.number) }),
      );
      const next = cmaUpdate(state, steps);
      return isDone(next) ? restarted(next, chanceOf(seed, generation, 2)) : next;
    },
  };
}

function restarted({ strategy }: CmaState, random: Random): CmaState {
  const most = POPULATION_GROWTH_MAX * usualPopulation(strategy.dimension);
  const next = strategyOf(strategy.dimension, Math.min(2 * strategy.population, most));
  return cmaStart(
    next,
    Float64Array.from({ length: strategy.dimension }, () => random()),
    SIGMA_START,
  );
}

interface Drawing {
  readonly state: CmaState;
  /** Of each axis. */
  readonly margins: readonly number[];
}

/**
 * (point - mean) / sigma of a trial. Where there are whole numbers or steps, its point before rounding is drawn again, for
 * rounding would hide small moves.
 */
function stepOf(
  { params }: Trial,
  axes: readonly NumericParameter[],
  { state, margins, random }: Drawing & { readonly random: Random },
): Float64Array {
  const isRounded = axes.some((it) => it.step !== undefined);
  const again = isRounded ? drawnPoint({ state, margins }, random) : undefined;
  return Float64Array.from(axes, (axis, i) => {
    const value = valueIn(params, axis.name) ?? axis.min;
    const drawn = again?.[i];
    const unit = drawn !== undefined && valueAt(axis, drawn) === value ? drawn : unitOf(axis, value);
    return (unit - (state.mean[i] ?? 0.5)) / (state.sigma * (margins[i] ?? 1));
  });
}

function drawnPoint({ state, margins }: Drawing, random: Random): Float64Array {
  for (let draw = 1; ; draw++) {
    const normal = state.mean.map(() => normalDraw(random));
    const step = stretched(state.eigen, normal);
    const point = state.mean.map((it, i) => it + state.sigma * (margins[i] ?? 1) * (step[i] ?? 0));
    if (point.every((it) => it >= 0 && it <= 1)) return point;
    if (draw === DRAWS_MAX) return point.map((it) => Math.min(Math.max(it, 0), 1));
  }
}

/** How much wider than the distribution each axis is drawn, so that a whole number is left now and then. */
function marginsOf(state: CmaState, axes: readonly NumericParameter[]): readonly number[] {
  if (axes.every((it) => !Number.isFinite(valueCount(it)))) return axes.map(() => 1);
  const { dimension, population } = state.strategy;
  const reach = normalQuantile(1 - 1 / (2 * dimension * population));
  return axes.map((axis, i) => {
    const count = valueCount(axis);
    if (!Number.isFinite(count)) return 1;
    const width = state.sigma * Math.sqrt(state.covariance[i]?.[i] ?? 1);
    return Math.max(1, 0.5 / count / (reach * width));
  });
}
