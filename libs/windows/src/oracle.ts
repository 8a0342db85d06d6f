import { canonicalRowBytes, DomainError, type FeatureValue } from "@throughline/kernel";
import { type Aggregate, DISTINCT_VALUES_MAX, QUANTILE_EXACT_MAX, TOP_VALUES_MAX } from "./aggregate.ts";
import { type Fraction, fractionOf, nearestFloat, nearestRoot } from "./fraction.ts";

/** A value of a window with what orders it. */
export interface PlacedValue {
  /** Not null. */
  readonly value: FeatureValue;
  readonly eventNs: bigint;
  readonly knowledgeNs: bigint;
  readonly segment: number;
  readonly rowNumber: number;
}

/**
 * What the words of `Aggregate` say of all values of a window at once: lists, sorting and fractions, and no state, so that an
 * error in those cannot hide here as well. Undefined where the result is approximate: see `isNearly`.
 */
export function bruteForce(
  aggregate: Aggregate,
  values: readonly PlacedValue[],
  isWhole: boolean,
): FeatureValue | undefined {
  switch (aggregate.function) {
    case "count":
      return BigInt(values.length);
    case "sum":
    case "mean":
      return isWhole ? ofWholes(aggregate, values) : ofFloats(aggregate, values);
    case "variance":
    case "standardDeviation":
      return spread(aggregate, values);
    case "min":
      return inOrder(values)[0] ?? null;
    case "max":
      return inOrder(values).at(-1) ?? null;
    case "first":
      return byPlace(values)[aggregate.k - 1]?.value ?? null;
    case "last":
      return byPlace(values).at(-aggregate.k)?.value ?? null;
    case "top":
      return mostFrequent(values, aggregate.k);
    case "distinct": {
      const count = Map.groupBy(values, nameOf).size;
      return count > DISTINCT_VALUES_MAX ? null : BigInt(count);
    }
    case "approximateDistinct":
      return undefined;
    case "quantile":
      return values.length > QUANTILE_EXACT_MAX ? undefined : exactQuantile(aggregate.quantile, values);
  }
}

/** Standard errors that an estimate of distinct values may be off: one in some 10^9 estimates is more. */
const STANDARD_ERRORS_MAX = 6;

/** True if an approximate result is as near to the exact one as its aggregate says. Exact aggregates are never asked. */
export function isNearly(aggregate: Aggregate, values: readonly PlacedValue[], result: FeatureValue): boolean {
  if (aggregate.function === "approximateDistinct") {
    const count = Map.groupBy(values, nameOf).size;
    // Few values collide or not by chance alone: one is always allowed.
    return Math.abs(Number(result) - count) <= Math.max(1, STANDARD_ERRORS_MAX * aggregate.accuracy * count);
  }
  if (aggregate.function !== "quantile" || typeof result !== "number") return false;
  const exact = exactQuantile(aggregate.quantile, values);
  if (typeof exact !== "number" || !Number.isFinite(exact)) return Object.is(exact, result);
  // A logarithm near the end of a bucket may be rounded to the other side of it.
  return Math.abs(result - exact) <= aggregate.accuracy * Math.abs(exact) * (1 + 1e-9) + Number.MIN_VALUE;
}

const nameOf = ({ value }: PlacedValue): string => canonicalRowBytes([value]).toString("hex");

/** All values in the order of values. */
function inOrder(values: readonly PlacedValue[]): readonly FeatureValue[] {
  return values
    .map(({ value }) => (value === 0 ? 0 : value))
    .sort((a, b) => (isLess(a, b) ? -1 : Number(isLess(b, a))));
}

function isLess(a: FeatureValue, b: FeatureValue): boolean {
  if (Number.isNaN(a) || Number.isNaN(b)) return !Number.isNaN(a);
  if (typeof a === "string" && typeof b === "string") return isLess(Buffer.from(a), Buffer.from(b));
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    const at = a.findIndex((byte, i) => byte !== b[i]);
    return at < 0 ? a.length < b.length : at >= b.length ? false : (a[at] ?? 0) < (b[at] ?? 0);
  }
  if (typeof a === "object" && typeof b === "object" && a && b && "ns" in a && "ns" in b) return a.ns < b.ns;
  return (a as number) < (b as number);
}

const byPlace = (values: readonly PlacedValue[]): readonly PlacedValue[] =>
  values.toSorted(
    (a, b) =>
      Number(a.eventNs - b.eventNs) ||
      Number(a.knowledgeNs - b.knowledgeNs) ||
      a.segment - b.segment ||
      a.rowNumber - b.rowNumber,
  );

function mostFrequent(values: readonly PlacedValue[], k: number): FeatureValue {
  const groups = [...Map.groupBy(values, nameOf).values()];
  if (groups.length > TOP_VALUES_MAX) return null;
  const most = groups.map((it) => it.length).sort((a, b) => b - a);
  const ranked = [...new Set(most)].flatMap((count) =>
    inOrder(groups.filter((it) => it.length === count).flatMap((it) => it.slice(0, 1))),
  );
  return ranked[k - 1] ?? null;
}

function exactQuantile(quantile: number, values: readonly PlacedValue[]): FeatureValue {
  const floats = values.map((it) => ({ ...it, value: Number(it.value) }));
  const enough = quantile * values.length * (1 - 4 * Number.EPSILON);
  return inOrder(floats).find((_, i) => i + 1 >= enough) ?? null;
}

function ofWholes({ function: computes }: Aggregate, values: readonly PlacedValue[]): FeatureValue {
  if (values.length === 0) return null;
  const sum = values.reduce((before, { value }) => before + BigInt(value as bigint | boolean), 0n);
  if (BigInt.asIntN(64, sum) !== sum)
    throw new DomainError("precondition", "WINDOW_VALUE_RANGE", `the sum ${sum} does not fit into 64 bits`);
  return computes === "sum" ? sum : Number(sum) / values.length;
}

function ofFloats({ function: computes }: Aggregate, values: readonly PlacedValue[]): FeatureValue {
  const floats = values.map((it) => it.value as number);
  if (floats.length === 0) return null;
  const odd = floats.filter((it) => !Number.isFinite(it));
  if (odd.length > 0) return odd.reduce((sum, it) => sum + it, 0);
  const { top, bottom } = total(floats.map(fractionOf));
  return nearestFloat(computes === "sum" ? { top, bottom } : { top, bottom: bottom * BigInt(floats.length) });
}

/** The mean squared distance to the mean, by its definition. */
function spread({ function: computes }: Aggregate, values: readonly PlacedValue[]): FeatureValue {
  const numbers = values.map(({ value }) => (typeof value === "boolean" ? Number(value) : (value as number | bigint)));
  if (numbers.length < 2) return null;
  if (numbers.some((it) => typeof it === "number" && !Number.isFinite(it))) return Number.NaN;
  const count = BigInt(numbers.length);
  const exact = numbers.map(fractionOf);
  const sum = total(exact);
  const squares = exact.map(({ top, bottom }): Fraction => {
    const distance = top * sum.bottom * count - sum.top * bottom;
    return { top: distance * distance, bottom: (bottom * sum.bottom * count) ** 2n };
  });
  const { top, bottom } = total(squares);
  const variance = { top, bottom: bottom * (count - 1n) };
  return computes === "variance" ? nearestFloat(variance) : nearestRoot(variance);
}

/** The sum over the greatest denominator; all denominators here divide it. */
function total(fractions: readonly Fraction[]): Fraction {
  const bottom = fractions.reduce((most, it) => (it.bottom > most ? it.bottom : most), 1n);
  return { top: fractions.reduce((sum, it) => sum + it.top * (bottom / it.bottom), 0n), bottom };
}
