import type { Steps } from "@throughline/kernel";
import type { Random } from "@throughline/stats";
import { chanceOf } from "./chance.ts";
import { type ParameterValue, type Params, valueAt, valueIn } from "./parameter.ts";
import { type Density, densityOf } from "./parzen.ts";
import { ranked } from "./ranking.ts";
import { sobolSuggestion } from "./sobol-sampler.ts";
import { isActive, type Space, unitsOf } from "./space.ts";
import type { Ask, Suggestion, Trial } from "./trial.ts";

/** Trials that end before anything is learnt. Points of a Sobol sequence until then. */
const STARTUP = 10;
/** Draws of which the best is taken. */
const CANDIDATES = 64;
/** The share of trials that count as good, and how many do at most. */
const GOOD_SHARE = 0.15;
const GOOD_MAX = 25;
/** So many of the latest trials have full weight; of those before, the older the less. */
const RECENT = 25;

/**
 * Tree-structured Parzen estimator (Bergstra et al. 2011; the multivariate form and its parts: Watanabe 2023,
 * arXiv:2304.11127): learns one density from the good trials and one from the others, and takes of some draws from the first
 * the one that is likeliest good. Running trials count as bad ones, so that parallel workers keep out of each other's way.
 */
export function* tpeSuggestion(ask: Ask, { multivariate }: { readonly multivariate: boolean }): Steps<Suggestion> {
  const learnt = yield* splitOf(ask);
  if (learnt === undefined) return sobolSuggestion(ask);
  const { problem, number } = ask;
  if (!multivariate) return { params: yield* completed(ask, {}, learnt), generation: 0 };
  return { params: yield* likeliest(problem.space, learnt, chanceOf(problem.seed, number)), generation: 0 };
}

/** The given parameters and, chosen one by one, those that are missing. */
export function* tpeCompletion(ask: Ask, given: Params): Steps<Params> {
  return yield* completed(ask, given, yield* splitOf(ask));
}

function* completed({ problem, number }: Ask, given: Params, learnt: Split | undefined): Steps<Params> {
  const { space, seed } = problem;
  const random = chanceOf(seed, number, 1);
  const params: Record<string, ParameterValue> = {};
  for (const parameter of space) {
    if (!isActive(parameter, params)) continue;
    const { name } = parameter;
    // Whether its condition holds is settled: by itself it always exists.
    const { when: _, ...alone } = parameter;
    let value = valueIn(given, name);
    if (value === undefined && learnt !== undefined) value = valueIn(yield* likeliest([alone], learnt, random), name);
    params[name] = value ?? valueAt(parameter, random());
  }
  return params;
}

interface Split {
  readonly good: readonly Trial[];
  readonly bad: readonly Trial[];
}

/** Undefined as long as there is too little to learn from. */
function* splitOf({ problem, past }: Ask): Steps<Split | undefined> {
  const known = yield* ranked(past, problem.directions);
  if (known.length < STARTUP) return undefined;
  const goodCount = Math.min(Math.ceil(GOOD_SHARE * known.length), GOOD_MAX);
  const running = past.filter((it) => it.state === "RUNNING");
  return { good: known.slice(0, goodCount), bad: [...known.slice(goodCount), ...running] };
}

function* likeliest(space: Space, { good, bad }: Split, random: Random): Steps<Params> {
  const [likely, unlikely] = [yield* densityFrom(space, good), yield* densityFrom(space, bad)];
  let best: Params = {};
  let bestGain = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < CANDIDATES; i++) {
    const drawn = likely.draw(random);
    const gain = likely.logOf(drawn) - unlikely.logOf(drawn);
    if (gain > bestGain) [best, bestGain] = [drawn, gain];
    yield;
  }
  return best;
}

function* densityFrom(space: Space, trials: readonly Trial[]): Steps<Density> {
  const some = trials
    .filter((trial) => space.some(({ name }) => valueIn(trial.params, name) !== undefined))
    .toSorted((a, b) => a.number - b.number);
  const weights = some.map((_, i) => weightOf(i, some.length));
  const units: ReturnType<typeof unitsOf>[] = [];
  for (const it of some) {
    units.push(unitsOf(space, it.params));
    yield;
  }
  return yield* densityOf(space, { units, weights });
}

/** Grows evenly from one over the number of trials to 1. */
function weightOf(position: number, count: number): number {
  const old = count - RECENT;
  if (position >= old) return 1;
  return 1 / count + (1 - 1 / count) * (position / Math.max(old - 1, 1));
}
