import type { Steps } from "@throughline/kernel";
import { type Interval, quantileOfSorted, type Random } from "@throughline/stats";
import { chanceOf } from "./chance.ts";
import { type Direction, losses } from "./trial.ts";

/** What a complete trial of one objective told. */
export interface Told {
  readonly number: number;
  readonly value: number;
  /** The values of the folds of a cross-validation, whose mean is the value; empty if not told. */
  readonly foldValues: readonly number[];
  /** What each example contributes while it is held out, whose mean is the value; empty if not told. */
  readonly exampleValues: ArrayLike<number>;
}

/**
 * The value that the best trial may be expected to have on new data. The best of many values is too good, because it was
 * chosen for being the best.
 */
export type Corrected =
  | {
      readonly known: true;
      readonly method: "BOOTSTRAP" | "FOLDS";
      readonly value: number;
      /** Absent for FOLDS, whose few folds are no sample that an interval could rest on. */
      readonly interval?: Interval;
    }
  | { readonly known: false; readonly why: string };

/** Sums of products that one correction takes at most. */
const WORK_MAX = 200_000_000;
const RESAMPLES_MAX = 1_000;
const RESAMPLES_MIN = 200;
const LEVEL = 0.95;

/** Corrects the value of the best trial for its having been selected. All of the trials have competed. */
export function* correctedForSelection(
  trials: readonly Told[],
  { direction, seed }: { readonly direction: Direction; readonly seed: number },
): Steps<Corrected> {
  if (trials.length === 0) return unknown("no trial is complete");
  if (!trials.every((it) => Number.isFinite(it.value))) return unknown("a complete trial has an infinite value");
  const examples = trials.map((it) => it.exampleValues);
  const folds = trials.map((it) => it.foldValues);
  const byExamples = whyNot(examples, trials, "values of examples");
  if (byExamples === undefined) return yield* bootstrapped(examples, direction, chanceOf(seed, 3));
  const byFolds = whyNot(folds, trials, "values of folds");
  return byFolds === undefined ? byEachFold(folds, direction) : unknown(`${byFolds}, and ${byExamples}`);
}

const unknown = (why: string): Corrected => ({ known: false, why });

/** Why the parts of the trials' values cannot be used; undefined if they can. */
function whyNot(parts: readonly ArrayLike<number>[], trials: readonly Told[], what: string): string | undefined {
  const missing = parts.filter((it) => it.length === 0).length;
  if (missing > 0) return `${missing} of ${trials.length} complete trials told no ${what}`;
  const size = parts[0]?.length ?? 0;
  if (size < 2 || parts.some((it) => it.length !== size)) return `trials told different numbers of ${what}, or one`;
  const wrong = trials.find((it, i) => !isMean(parts[i] ?? [], it.value));
  return wrong && `the value of trial ${wrong.number} is not the mean of its ${what}`;
}

/** To six digits: callers tell rounded figures, and floats of 32 bits. */
function isMean(parts: ArrayLike<number>, value: number): boolean {
  let sum = 0;
  for (let i = 0; i < parts.length; i++) sum += parts[i] ?? Number.NaN;
  const mean = sum / parts.length;
  return Math.abs(mean - value) <= 1e-6 * Math.max(Math.abs(mean), Math.abs(value), 1e-3);
}

/**
 * Tibshirani and Tibshirani 2009 (arXiv:0908.2904): on each fold, how much worse the overall winner is than the winner of
 * that fold; the mean of this is the bias.
 */
function byEachFold(folds: readonly (readonly number[])[], direction: Direction): Corrected {
  const lossesOf = folds.map((it) => it.map((value) => losses([direction], [value])[0] ?? value));
  const means = lossesOf.map((it) => it.reduce((sum, loss) => sum + loss, 0) / it.length);
  const winner = smallest(means);
  const mine = lossesOf[winner] ?? [];
  const bias = mine.reduce((sum, loss, k) => sum + loss - Math.min(...lossesOf.map((it) => it[k] ?? loss)), 0);
  const loss = (means[winner] ?? Number.NaN) + bias / mine.length;
  return { known: true, method: "FOLDS", value: losses([direction], [loss])[0] ?? loss };
}

/**
 * Bootstrap bias-corrected cross-validation (Tsamardinos, Greasidou and Borboudakis 2018, doi:10.1007/s10994-018-5714-4):
 * resamples of the examples choose a winner each, which is valued on the examples that the resample left out.
 */
function* bootstrapped(examples: readonly ArrayLike<number>[], direction: Direction, random: Random): Steps<Corrected> {
  const size = examples[0]?.length ?? 0;
  const resamples = Math.min(RESAMPLES_MAX, Math.floor(WORK_MAX / (size * examples.length)));
  if (resamples < RESAMPLES_MIN)
    return unknown(`${examples.length} trials of ${size} examples are more than can be resampled at once`);
  const sign = direction === "MAXIMIZE" ? -1 : 1;
  const counts = new Float64Array(size);
  const found: number[] = [];
  for (let n = 0; n < resamples; n++) {
    counts.fill(0);
    for (let i = 0; i < size; i++) {
      const row = Math.floor(random() * size);
      counts[row] = (counts[row] ?? 0) + 1;
    }
    const winner = smallest(examples.map((it) => sign * weightedSum(it, counts)));
    const value = leftOutMean(examples[winner] ?? [], counts);
    if (Number.isFinite(value)) found.push(value);
    yield;
  }
  const value = found.reduce((sum, it) => sum + it, 0) / found.length;
  const sorted = Float64Array.from(found).sort();
  const [low, high] = [quantileOfSorted(sorted, (1 - LEVEL) / 2), quantileOfSorted(sorted, (1 + LEVEL) / 2)];
  return { known: true, method: "BOOTSTRAP", value, interval: { estimate: value, low, high, level: LEVEL } };
}

function weightedSum(values: ArrayLike<number>, weights: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += (values[i] ?? 0) * (weights[i] ?? 0);
  return sum;
}

function leftOutMean(values: ArrayLike<number>, counts: Float64Array): number {
  let [sum, count] = [0, 0];
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] !== 0) continue;
    sum += values[i] ?? 0;
    count += 1;
  }
  return sum / count;
}

const smallest = (numbers: readonly number[]): number =>
  numbers.reduce((best, it, i) => (it < (numbers[best] ?? it) ? i : best), 0);
