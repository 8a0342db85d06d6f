import type { Steps } from "@throughline/kernel";
import type { Random } from "@throughline/stats";
import { chanceOf } from "./chance.ts";
import {
  type NumericParameter,
  type Parameter,
  type ParameterValue,
  type Params,
  unitOf,
  valueAt,
  valueIn,
} from "./parameter.ts";
import { rankedComplete } from "./ranking.ts";
import { chosen } from "./space.ts";
import type { Ask, Problem, Suggestion, Trial } from "./trial.ts";

/** How close children stay to their parents: the index of both distributions. */
const CLOSENESS = 20;
const CROSSOVER_SHARE = 0.9;

/**
 * NSGA-II (Deb et al. 2002, doi:10.1109/4235.996017) for one or several objectives: binary tournaments, simulated binary
 * crossover and polynomial mutation for numbers, exchange and redrawing for choices. A generation is full when as many of its
 * trials ended well as the population has; the best of it and of the one before live on. Trials that fail are not counted.
 */
export function* geneticSuggestion(
  { problem, number, past }: Ask,
  { population }: { readonly population: number },
): Steps<Suggestion> {
  const { parents, generation } = yield* living(problem, past, population);
  const random = chanceOf(problem.seed, number);
  if (parents.length === 0) {
    return { params: chosen(problem.space, (it) => valueAt(it, random())), generation };
  }
  const [mother, father] = [tournament(parents, random), tournament(parents, random)];
  return { params: child({ problem, mother, father, random }), generation };
}

/** The trials that may have children, best first, and the number of the generation that is being born, from 1 on. */
function* living(
  { directions }: Problem,
  past: readonly Trial[],
  population: number,
): Steps<{ readonly parents: readonly Trial[]; readonly generation: number }> {
  const born = Map.groupBy(
    past.filter((it) => it.state === "COMPLETE"),
    (it) => it.generation,
  );
  let parents: readonly Trial[] = [];
  for (let generation = 1; ; generation++) {
    const ended = born.get(generation) ?? [];
    if (ended.length < population) return { parents, generation };
    const candidates = [...parents, ...ended.slice(0, population)];
    parents = (yield* rankedComplete(candidates, directions)).slice(0, population);
    yield;
  }
}

/** The better of two by chance. */
function tournament(ranked: readonly Trial[], random: Random): Params {
  const draw = (): number => Math.floor(random() * ranked.length);
  return ranked[Math.min(draw(), draw())]?.params ?? {};
}

interface Couple {
  readonly problem: Problem;
  readonly mother: Params;
  readonly father: Params;
  readonly random: Random;
}

function child({ problem: { space }, mother, father, random }: Couple): Params {
  const crossed = random() < CROSSOVER_SHARE;
  return chosen(space, (parameter) => {
    const [mine, other] = random() < 0.5 ? [mother, father] : [father, mother];
    const first = valueIn(crossed ? mine : mother, parameter.name);
    const second = valueIn(crossed ? other : mother, parameter.name);
    // Neither parent has a parameter whose condition holds in the child alone.
    const value = first ?? second ?? valueAt(parameter, random());
    const inherited = crossed ? mixed(parameter, [value, second ?? value], random) : value;
    return random() < 1 / space.length ? mutated(parameter, inherited, random) : inherited;
  });
}

/** Simulated binary crossover (Deb and Agrawal 1995): children lie about their parents as far as these lie apart. */
function mixed(
  parameter: Parameter,
  [a, b]: readonly [ParameterValue, ParameterValue],
  random: Random,
): ParameterValue {
  if (parameter.kind === "categorical") return a;
  const [x, y] = [unitOf(parameter, a), unitOf(parameter, b)];
  const draw = random();
  const power = 1 / (CLOSENESS + 1);
  const spread = draw <= 0.5 ? (2 * draw) ** power : (1 / (2 * (1 - draw))) ** power;
  return bounded(parameter, 0.5 * ((1 + spread) * x + (1 - spread) * y), a);
}

function mutated(parameter: Parameter, value: ParameterValue, random: Random): ParameterValue {
  if (parameter.kind === "categorical") return valueAt(parameter, random());
  const draw = random();
  const power = 1 / (CLOSENESS + 1);
  const move = draw < 0.5 ? (2 * draw) ** power - 1 : 1 - (2 * (1 - draw)) ** power;
  return bounded(parameter, unitOf(parameter, value) + move, value);
}

/** The value at a place that may lie outside; unmoved places keep their value to the last digit. */
function bounded(parameter: NumericParameter, unit: number, value: ParameterValue): ParameterValue {
  return unit === unitOf(parameter, value) ? value : valueAt(parameter, Math.min(Math.max(unit, 0), 1));
}
