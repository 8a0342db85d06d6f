import type { Steps } from "@throughline/kernel";
import { fastNormalCdf } from "./fast-normal.ts";
import { type Parameter, unitOf, valueCount, valueIn } from "./parameter.ts";
import { compare } from "./pareto.ts";
import { ranked } from "./ranking.ts";
import type { Space } from "./space.ts";
import { type Direction, losses, type Trial } from "./trial.ts";

/** How much a parameter decides whether a trial is among the best tenth; the importances of a space sum to 1. */
export interface Importance {
  readonly name: string;
  readonly importance: number;
}

/** The share of trials that count as best, and places at which the densities of a number are compared. */
const TARGET_SHARE = 0.1;
const PLACES = 50;
const EPSILON = 1e-12;

/**
 * PED-ANOVA (Watanabe et al. 2023, arXiv:2304.10255): the Pearson divergence between where the best tenth of the complete
 * trials lies along a parameter and where all of them lie, most important first. A parameter that exists in some trials alone
 * is weighed with how often it does (arXiv:2601.20800). Trials with infinite values are left out. Undefined if there are
 * fewer than two trials, or if all of them are equally good; parameters with one value have no importance.
 */
export function* importances(
  space: Space,
  directions: readonly Direction[],
  trials: readonly Trial[],
): Steps<readonly Importance[] | undefined> {
  const region = yield* ranked(
    trials.filter((it) => it.state === "COMPLETE" && it.values.every(Number.isFinite)),
    directions,
  );
  const target = bestTenth(region, directions);
  if (target.length === region.length) return undefined;
  const found: { readonly name: string; readonly divergence: number }[] = [];
  for (const it of space) {
    found.push({ name: it.name, divergence: weighted(it, target, region) });
    yield;
  }
  const total = found.reduce((sum, it) => sum + it.divergence, 0);
  if (!(total > 0)) return undefined;
  return found
    .map(({ name, divergence }) => ({ name, importance: divergence / total }))
    .toSorted((a, b) => compare(b.importance, a.importance));
}

/** The best tenth and whatever is as good. */
function bestTenth(region: readonly Trial[], directions: readonly Direction[]): readonly Trial[] {
  const count = Math.ceil(TARGET_SHARE * region.length);
  if (directions.length > 1) return region.slice(0, count);
  const lossOf = (it: Trial | undefined): number => losses(directions, it?.values ?? [])[0] ?? Number.NaN;
  return region.filter((it) => lossOf(it) <= lossOf(region[count - 1]));
}

function weighted(parameter: Parameter, target: readonly Trial[], region: readonly Trial[]): number {
  const has = (it: Trial): boolean => valueIn(it.params, parameter.name) !== undefined;
  const [best, all] = [target.filter(has), region.filter(has)];
  if (valueCount(parameter) === 1 || best.length === 0 || all.length < 2) return 0;
  const shares = best.length / target.length;
  return ((shares * shares) / (all.length / region.length)) * divergence(parameter, best, all);
}

function divergence(parameter: Parameter, best: readonly Trial[], all: readonly Trial[]): number {
  const [top, local] = [densityAt(parameter, best), densityAt(parameter, all)];
  return top.reduce((sum, it, i) => sum + ((it - (local[i] ?? 0)) ** 2 || 0) / (local[i] ?? 1), 0);
}

/** Probabilities of the places along a parameter: a mixture of one kernel for each trial and an even one of weight 1. */
function densityAt(parameter: Parameter, trials: readonly Trial[]): readonly number[] {
  const places = placesOf(parameter);
  const counts = new Array<number>(places).fill(0);
  for (const it of trials) {
    const place = placeOf(parameter, it, places);
    counts[place] = (counts[place] ?? 0) + 1;
  }
  const kernel = parameter.kind === "categorical" ? choiceKernel(counts) : normalKernel(counts);
  const even = parameter.kind === "categorical" ? () => 1 / places : broadKernel(places);
  const total = trials.length + 1;
  return counts.map((_, at) => {
    const mixture = counts.reduce((sum, count, from) => (count === 0 ? sum : sum + count * kernel(from, at)), even(at));
    return mixture / total + EPSILON;
  });
}

function placesOf(parameter: Parameter): number {
  if (parameter.kind === "categorical") return parameter.choices.length;
  if (parameter.kind === "int" && parameter.log)
    return Math.min(Math.ceil(Math.log2(parameter.max - parameter.min + 1)) + 1, PLACES);
  return Math.min(valueCount(parameter), PLACES);
}

/** The place nearest to the value, of places that stand evenly from the smallest value to the largest. */
function placeOf(parameter: Parameter, { params }: Trial, places: number): number {
  const value = valueIn(params, parameter.name) ?? 0;
  if (parameter.kind === "categorical") return Math.floor(unitOf(parameter, value) * places);
  const scale = (it: number): number => (parameter.log ? Math.log(it) : it);
  const [low, high] = [scale(parameter.min), scale(parameter.max)];
  const place = Math.ceil(((scale(Number(value)) - low) / (high - low)) * (places - 1) - 0.5);
  return Math.min(Math.max(place, 0), places - 1);
}

type Kernel = (from: number, at: number) => number;

function choiceKernel(counts: readonly number[]): Kernel {
  const share = 1 / (counts.filter((it) => it > 0).length + 1);
  const all = 1 + counts.length * share;
  return (from, at) => (share + (from === at ? 1 : 0)) / all;
}

/** A normal kernel of one width for all (Scott's rule), cut off at the ends, in steps of one place. */
function normalKernel(counts: readonly number[]): Kernel {
  const width = Math.max(scottWidth(counts), 0.5 / 1.64);
  return (from, at) => cellMass({ centre: from, width, at, places: counts.length });
}

const broadKernel =
  (places: number): ((at: number) => number) =>
  (at) =>
    cellMass({ centre: (places - 1) / 2, width: places, at, places });

function cellMass(it: {
  readonly centre: number;
  readonly width: number;
  readonly at: number;
  readonly places: number;
}): number {
  const below = (edge: number): number => fastNormalCdf((edge - it.centre) / it.width);
  return (below(it.at + 0.5) - below(it.at - 0.5)) / (below(it.places - 0.5) - below(-0.5));
}

/** 1.059 n^(-1/5) times the smaller of the standard deviation and the scaled interquartile range (Scott 1992). */
function scottWidth(counts: readonly number[]): number {
  const seen = counts.flatMap((count, place) => (count > 0 ? [{ count, place }] : []));
  const total = counts.reduce((sum, it) => sum + it, 0);
  const mean = seen.reduce((sum, it) => sum + it.count * it.place, 0) / total;
  const squares = seen.reduce((sum, it) => sum + it.count * (it.place - mean) ** 2, 0);
  let cumulated = 0;
  const sums = seen.map((it) => (cumulated += it.count));
  const last = seen.length - 1;
  const first = sums.findIndex((it) => it >= Math.floor(total / 4));
  const third = sums.findIndex((it) => it > Math.floor((total * 3) / 4));
  const range = (seen[third < 0 ? last : third]?.place ?? 0) - (seen[first]?.place ?? 0);
  return 1.059 * Math.min(range / 1.34, Math.sqrt(squares / Math.max(1, total - 1))) * total ** -0.2;
}
