import type { ClassCounts, ValueCounts } from "./class-counts.ts";

/** How much the classes leave open about a sensitive column (Machanavajjhala et al. 2007, doi:10.1145/1217299.1217302). */
export interface LDiversity {
  readonly column: string;
  /** The smallest number of different values in a class; infinite for no rows. */
  readonly distinct: number;
  /** The smallest effective number of values in a class: e to the power of the entropy. Entropy l-diverse for any l up to it. */
  readonly entropy: number;
  /**
   * For the l asked for: the largest r1 / (rl + ... + rm) of a class, r1 being the count of its commonest value. The table is
   * recursively (c, l)-diverse for every c above it; infinite if a class has fewer than l values.
   */
  readonly recursiveRatio: number;
}

/** The l-diversity of the sensitive column at a place. */
export function lDiversity(counts: ClassCounts, place: number, l: number): LDiversity {
  const classes = [...counts.classes.values()].map((it) => it.sensitive[place] ?? NO_VALUES);
  const least = (of: (values: ValueCounts) => number): number =>
    classes.reduce((found, it) => Math.min(found, of(it)), Number.POSITIVE_INFINITY);
  return {
    column: counts.sensitive[place] ?? "",
    distinct: least((it) => it.size),
    entropy: least(effectiveValues),
    recursiveRatio: classes.reduce((found, it) => Math.max(found, recursiveRatio(it, l)), 0),
  };
}

const NO_VALUES: ValueCounts = new Map();

function effectiveValues(values: ValueCounts): number {
  const counts = [...values.values()];
  const total = counts.reduce((sum, it) => sum + it, 0);
  return Math.exp(counts.reduce((sum, it) => sum - (it / total) * Math.log(it / total), 0));
}

function recursiveRatio(values: ValueCounts, l: number): number {
  const falling = [...values.values()].sort((a, b) => b - a);
  const tail = falling.slice(l - 1).reduce((sum, it) => sum + it, 0);
  return (falling[0] ?? 0) / tail;
}
