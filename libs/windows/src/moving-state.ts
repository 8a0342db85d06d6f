import type { FeatureValue } from "@throughline/kernel";
import { DISTINCT_VALUES_MAX, QUANTILE_EXACT_MAX } from "./aggregate.ts";
import { nameOf } from "./distinct-state.ts";
import { type OrderedCounts, orderedCounts } from "./ordered-counts.ts";
import { bucketLogarithm, bucketQuantile, countValue, emptyBuckets, rankOf } from "./quantile-buckets.ts";
import { comparePlaces } from "./sequence-state.ts";
import type { StateKind } from "./state.ts";
import { minusSums, NO_SUMS, plusValue, sumsResult } from "./sums.ts";
import { compareValues, normal } from "./value-order.ts";
import type { RowPlace, WindowState } from "./window-state.ts";

/**
 * What is remembered of the values of a window that moves forward: they leave it in the order in which they came, so that
 * nothing has to be put together anew. Law: the result is that of a WindowState which was given the values that are there.
 */
export interface MovingState extends Pick<WindowState, "result"> {
  /** Takes a value that is not null. */
  add(value: FeatureValue, place: RowPlace): void;
  /** Takes out the value that came first, with the very place that it came with. */
  remove(value: FeatureValue, place: RowPlace): void;
}

/** A state of nothing; undefined for kinds that have none, whose windows are put together from tiles. */
export function movingState(kind: StateKind): MovingState | undefined {
  const state = stateOf(kind);
  if (!state) return undefined;
  const { add, remove, result } = state;
  return {
    add: (value, place) => add(normal(value), place),
    remove: (value, place) => remove(normal(value), place),
    result,
  };
}

function stateOf(kind: StateKind): MovingState | undefined {
  switch (kind.kind) {
    case "count":
      return movingCount();
    case "sums":
      return movingSums(kind);
    case "extremes":
      return movingExtremes();
    case "first":
    case "last":
      return kind.k === 1 ? movingEnd(kind.kind) : undefined;
    case "distinct":
      return movingDistinct();
    case "quantiles":
      return movingQuantiles(kind.accuracy);
    case "frequencies":
    case "hyperLogLog":
      return undefined;
  }
}

function movingCount(): MovingState {
  let count = 0n;
  return {
    add() {
      count += 1n;
    },
    remove() {
      count -= 1n;
    },
    result: () => count,
  };
}

/** Sums are exact, so that what is taken away leaves nothing behind. */
function movingSums({
  ofWholes,
  withSquares,
}: {
  readonly ofWholes: boolean;
  readonly withSquares: boolean;
}): MovingState {
  let sums = NO_SUMS;
  return {
    add(value) {
      sums = plusValue(sums, value, withSquares);
    },
    remove(value) {
      sums = minusSums(sums, plusValue(NO_SUMS, value, withSquares));
    },
    result: (aggregate) => sumsResult(sums, aggregate, ofWholes),
  };
}

interface Placed {
  readonly value: FeatureValue;
  readonly place: RowPlace;
}

/**
 * The best of the values that are there. Kept are those alone that no later one is better than: each of them is the best once
 * all before it have left.
 */
function best(isBetter: (a: Placed, b: Placed) => boolean) {
  const kept: Placed[] = [];
  let head = 0;
  return {
    add(it: Placed): void {
      while (kept.length > head && isBetter(it, kept.at(-1) as Placed)) kept.pop();
      kept.push(it);
    },
    remove(place: RowPlace): void {
      if (kept[head]?.place !== place) return;
      head += 1;
      // What has left is dropped once it is the greater part, so that each costs the same in the long run.
      if (head > kept.length / 2) head -= kept.splice(0, head).length;
    },
    value: (): FeatureValue => kept[head]?.value ?? null,
  };
}

function movingExtremes(): MovingState {
  const least = best((a, b) => compareValues(a.value, b.value) < 0);
  const most = best((a, b) => compareValues(a.value, b.value) > 0);
  return {
    add(value, place) {
      least.add({ value, place });
      most.add({ value, place });
    },
    remove(_, place) {
      least.remove(place);
      most.remove(place);
    },
    result: ({ function: computes }) => (computes === "min" ? least : most).value(),
  };
}

function movingEnd(kind: "first" | "last"): MovingState {
  const sign = kind === "first" ? -1 : 1;
  const end = best((a, b) => sign * comparePlaces(a.place, b.place) > 0);
  return {
    add: (value, place) => end.add({ value, place }),
    remove: (_, place) => end.remove(place),
    result: (aggregate) => ("k" in aggregate ? end.value() : null),
  };
}

function movingDistinct(): MovingState {
  const counts = new Map<string, number>();
  return {
    add(value) {
      const name = nameOf(value);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    },
    remove(value) {
      const name = nameOf(value);
      const count = counts.get(name) ?? 0;
      if (count > 1) counts.set(name, count - 1);
      else counts.delete(name);
    },
    result: () => (counts.size <= DISTINCT_VALUES_MAX ? BigInt(counts.size) : null),
  };
}

/**
 * The values are kept in order up to twice as many as are read exactly, so that a window around that number does not order them
 * anew with each step; and all of them in buckets.
 */
function movingQuantiles(accuracy: number): MovingState {
  const logarithm = bucketLogarithm(accuracy);
  const buckets = emptyBuckets();
  const values: number[] = [];
  let head = 0;
  let exact: OrderedCounts | undefined = orderedCounts();
  const size = (): number => values.length - head;
  return {
    add(value) {
      const number = Number(value);
      values.push(number);
      countValue(buckets, number, { logarithm, by: 1 });
      if (size() > 2 * QUANTILE_EXACT_MAX) exact = undefined;
      exact?.raise(number, 1);
    },
    remove() {
      const number = values[head] as number;
      head += 1;
      if (head > values.length / 2) head -= values.splice(0, head).length;
      countValue(buckets, number, { logarithm, by: -1 });
      exact?.raise(number, -1);
      if (!exact && size() <= QUANTILE_EXACT_MAX) exact = inOrder(values.slice(head));
    },
    result(aggregate) {
      if (!("quantile" in aggregate)) return null;
      if (size() > QUANTILE_EXACT_MAX || !exact) return bucketQuantile(buckets, aggregate.quantile, logarithm);
      return numberAt(exact, rankOf(aggregate.quantile, size()));
    },
  };
}

function inOrder(values: readonly number[]): OrderedCounts {
  const counts = orderedCounts();
  for (const it of values) counts.raise(it, 1);
  return counts;
}

/** The number at a place of the counted numbers, from 0. Null if there are fewer. */
function numberAt(counts: OrderedCounts, place: number): number | null {
  let left = place;
  for (const it of counts.numbers()) {
    left -= counts.countOf(it);
    if (left < 0) return it;
  }
  return null;
}
