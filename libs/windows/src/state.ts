import type { Aggregate } from "./aggregate.ts";
import { countState } from "./count-state.ts";
import { distinctState } from "./distinct-state.ts";
import { extremesState } from "./extremes-state.ts";
import { frequencyState } from "./frequency-state.ts";
import { hyperLogLog, precisionFor } from "./hyper-log-log.ts";
import { quantileState } from "./quantile-state.ts";
import { sequenceState } from "./sequence-state.ts";
import { sumsState } from "./sums-state.ts";
import { normal } from "./value-order.ts";
import type { WindowState } from "./window-state.ts";

/** What a state remembers: several aggregates of a column can share one. */
export type StateKind =
  | { readonly kind: "count" }
  | { readonly kind: "sums"; readonly ofWholes: boolean; readonly withSquares: boolean }
  | { readonly kind: "extremes" }
  | { readonly kind: "first" | "last"; readonly k: number }
  | { readonly kind: "frequencies" }
  | { readonly kind: "distinct" }
  | { readonly kind: "hyperLogLog"; readonly precision: number }
  | { readonly kind: "quantiles"; readonly accuracy: number };

/** What must be remembered for an aggregate; `isWhole` says that the column is bool or int64. */
export function stateKind(aggregate: Aggregate, isWhole: boolean): StateKind {
  switch (aggregate.function) {
    case "count":
      return { kind: "count" };
    case "sum":
    case "mean":
      return { kind: "sums", ofWholes: isWhole, withSquares: false };
    case "variance":
    case "standardDeviation":
      return { kind: "sums", ofWholes: isWhole, withSquares: true };
    case "min":
    case "max":
      return { kind: "extremes" };
    case "first":
    case "last":
      return { kind: aggregate.function, k: aggregate.k };
    case "top":
      return { kind: "frequencies" };
    case "distinct":
      return { kind: "distinct" };
    case "approximateDistinct":
      return { kind: "hyperLogLog", precision: precisionFor(aggregate.accuracy) };
    case "quantile":
      return { kind: "quantiles", accuracy: aggregate.accuracy };
  }
}

/** One kind that serves both, or undefined if two states are needed. */
export function sharedKind(a: StateKind, b: StateKind): StateKind | undefined {
  if (a.kind === "sums" && b.kind === "sums") return { ...a, withSquares: a.withSquares || b.withSquares };
  if ((a.kind === "first" || a.kind === "last") && a.kind === b.kind) return { kind: a.kind, k: Math.max(a.k, b.k) };
  if (a.kind === "hyperLogLog" && b.kind === a.kind) return a.precision === b.precision ? a : undefined;
  if (a.kind === "quantiles" && b.kind === a.kind) return a.accuracy === b.accuracy ? a : undefined;
  return a.kind === b.kind ? a : undefined;
}

/** A state of nothing. */
export function emptyState(kind: StateKind): WindowState {
  const state = stateOf(kind);
  return { ...state, add: (value, place) => state.add(normal(value), place) };
}

function stateOf(kind: StateKind): WindowState {
  switch (kind.kind) {
    case "count":
      return countState();
    case "sums":
      return sumsState(kind);
    case "extremes":
      return extremesState();
    case "first":
    case "last":
      return sequenceState(kind);
    case "frequencies":
      return frequencyState();
    case "distinct":
      return distinctState();
    case "hyperLogLog":
      return hyperLogLog(kind.precision);
    case "quantiles":
      return quantileState(kind.accuracy);
  }
}
