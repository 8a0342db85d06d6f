import { type Aggregate, aggregateProblem, resultType } from "@throughline/windows";
import type { Column, ValueType } from "./value-type.ts";

/** What an aggregate computes. */
export type AggregateFunction = Aggregate["function"];

/** An aggregate over the rows that became known in a window. */
export interface WindowKind {
  readonly kind: "aggregate";
  readonly function: AggregateFunction;
  /** Empty for a count. */
  readonly column: string;
  /** Length of the window `(cut-off - windowNs, cut-off]`. */
  readonly windowNs: bigint;
  /** For the first, the last and the most frequent values: which of them, from 1. */
  readonly k?: number;
  /** For a quantile: the share of the values that are not above it. */
  readonly quantile?: number;
  /** For what may be approximate; see Aggregate. */
  readonly accuracy?: number;
}

/** What follows from an aggregate and its column: all parameters that it has, the column's type, and the type of the values. */
export interface ResolvedWindow extends Pick<WindowKind, "k" | "quantile" | "accuracy"> {
  /** Undefined for a count, and for views of before it was kept, whose columns were all of whole numbers. */
  readonly columnType?: ValueType;
  readonly type: ValueType;
}

/** What is wrong with a feature; `field` is within it, in proto field names. */
export interface FeatureProblem {
  readonly field: string;
  readonly problem: string;
}

/** A window reaches back before the first time that 64 bits of nanoseconds can hold; longer ones are mistakes. */
const WINDOW_NS_MAX = 1n << 62n;

/** Parameters that are not said. */
const ACCURACY = { quantile: 0.01, approximateDistinct: 0.02 } as const;

/** Checks an aggregate over a column of the source, which is undefined if there is none of this name. */
export function resolveWindow(window: WindowKind, column: Column | undefined): ResolvedWindow | FeatureProblem {
  const { function: computes } = window;
  if (window.windowNs < 1n || window.windowNs > WINDOW_NS_MAX)
    return { field: "aggregate.window", problem: "a window is longer than nothing and shorter than 146 years" };
  const other = parametersOfOthers(window);
  if (other !== undefined) return { field: `aggregate.${other}`, problem: `a ${computes} has none: leave it out` };
  if (computes === "count") {
    if (window.column === "") return { type: "int64" };
    return { field: "aggregate.column", problem: "a count is over rows: leave the column out" };
  }
  if (!column) return { field: "aggregate.column", problem: `the source has no column "${window.column}"` };
  if (computes === "quantile" && window.quantile === undefined)
    return { field: "aggregate.quantile", problem: "say which quantile, such as 0.5 for the median" };
  const aggregate = aggregateOf(window);
  const wrong = aggregateProblem(aggregate, column.type);
  if (wrong) return { field: `aggregate.${wrong.part}`, problem: wrong.problem };
  const { function: _, ...parameters } = aggregate;
  return { ...parameters, columnType: column.type, type: resultType(aggregate, column.type) };
}

/** The aggregate of a feature, with all of its parameters. */
export function aggregateOf({ function: computes, k = 1, quantile = 0, accuracy }: WindowKind): Aggregate {
  switch (computes) {
    case "first":
    case "last":
    case "top":
      return { function: computes, k };
    case "quantile":
      return { function: computes, quantile, accuracy: accuracy ?? ACCURACY.quantile };
    case "approximateDistinct":
      return { function: computes, accuracy: accuracy ?? ACCURACY.approximateDistinct };
    default:
      return { function: computes };
  }
}

/** A parameter that was given though the function has none of its name. */
function parametersOfOthers(window: WindowKind): "k" | "quantile" | "accuracy" | undefined {
  const own = aggregateOf(window);
  return (["k", "quantile", "accuracy"] as const).find((it) => window[it] !== undefined && !(it in own));
}

/**
 * True if the aggregate is a count, or an exact sum of whole numbers: the join and the online store keep running totals of
 * these, which cost the least.
 */
export const isRunningTotal = (feature: WindowKind & { readonly columnType?: ValueType }): boolean =>
  feature.function === "count" ||
  ((feature.function === "sum" || feature.function === "mean") && feature.columnType !== "float64");

/** True for a column of whole numbers. */
export const isWholeType = (type: ValueType | undefined): boolean => type === "int64" || type === "bool";
