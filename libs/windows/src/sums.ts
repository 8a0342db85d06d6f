import { DomainError, type FeatureValue } from "@throughline/kernel";
import type { Aggregate } from "./aggregate.ts";
import type { Reader, Writer } from "./encoding.ts";
import {
  canonical,
  type ExactNumber,
  exactNumber,
  negative,
  plus,
  quotient,
  rootOfQuotient,
  rounded,
  times,
  ZERO,
} from "./exact-number.ts";

/**
 * Exact sums of values and of their squares. They are a group: sums of a part can be taken from sums of the whole again, so
 * the sums of a window are those until its end less those until its start.
 */
export interface Sums {
  readonly count: number;
  /** Values that no sum can hold; they are counted, and decide the result if there are any. */
  readonly notNumbers: number;
  readonly infinities: number;
  readonly negativeInfinities: number;
  /** Of the finite values. */
  readonly sum: ExactNumber;
  readonly squares: ExactNumber;
}

export const NO_SUMS: Sums = {
  count: 0,
  notNumbers: 0,
  infinities: 0,
  negativeInfinities: 0,
  sum: ZERO,
  squares: ZERO,
};

/** Adds a bool (0 or 1), an int64 or a float64. */
export function plusValue(sums: Sums, value: FeatureValue, withSquares: boolean): Sums {
  const count = sums.count + 1;
  if (typeof value === "number" && !Number.isFinite(value)) {
    if (Number.isNaN(value)) return { ...sums, count, notNumbers: sums.notNumbers + 1 };
    if (value > 0) return { ...sums, count, infinities: sums.infinities + 1 };
    return { ...sums, count, negativeInfinities: sums.negativeInfinities + 1 };
  }
  const exact = exactNumber(typeof value === "boolean" ? BigInt(value) : (value as number | bigint));
  const squares = withSquares ? plus(sums.squares, times(exact, exact)) : ZERO;
  return { ...sums, count, sum: plus(sums.sum, exact), squares };
}

export const plusSums = (a: Sums, b: Sums): Sums => ({
  count: a.count + b.count,
  notNumbers: a.notNumbers + b.notNumbers,
  infinities: a.infinities + b.infinities,
  negativeInfinities: a.negativeInfinities + b.negativeInfinities,
  sum: plus(a.sum, b.sum),
  squares: plus(a.squares, b.squares),
});

/** What `whole` has more than `part`. */
export const minusSums = (whole: Sums, part: Sums): Sums =>
  plusSums(whole, {
    count: -part.count,
    notNumbers: -part.notNumbers,
    infinities: -part.infinities,
    negativeInfinities: -part.negativeInfinities,
    sum: negative(part.sum),
    squares: negative(part.squares),
  });

/** Counts, then the sums, each with its exponent first. Equal sums have equal bytes. */
export function writeSums(to: Writer, sums: Sums, withSquares: boolean): void {
  for (const it of [sums.count, sums.notNumbers, sums.infinities, sums.negativeInfinities]) to.count(it);
  for (const it of withSquares ? [sums.sum, sums.squares] : [sums.sum]) {
    const { mantissa, exponent } = canonical(it);
    to.signed(exponent);
    to.whole(mantissa);
  }
}

export function readSums(from: Reader, withSquares: boolean): Sums {
  const [count, notNumbers, infinities, negativeInfinities] = [from.count(), from.count(), from.count(), from.count()];
  const exact = (): ExactNumber => {
    const exponent = from.signed();
    return { exponent, mantissa: from.whole() };
  };
  const sum = exact();
  return { count, notNumbers, infinities, negativeInfinities, sum, squares: withSquares ? exact() : ZERO };
}

/** See Aggregate; `ofWholes` says that the values are bool or int64. */
export function sumsResult(sums: Sums, { function: computes }: Aggregate, ofWholes: boolean): FeatureValue {
  if (computes === "variance" || computes === "standardDeviation") return spread(sums, computes);
  if (sums.count === 0) return null;
  if (ofWholes) {
    const sum = wholeSum(sums.sum);
    return computes === "sum" ? sum : Number(sum) / sums.count;
  }
  const odd = infinite(sums);
  if (odd !== undefined) return odd;
  return computes === "sum" ? rounded(sums.sum) : quotient(sums.sum, exactNumber(BigInt(sums.count)));
}

/** (n Σx² - (Σx)²) / (n (n - 1)), exactly, rounded once. */
function spread(sums: Sums, computes: "variance" | "standardDeviation"): number | null {
  if (sums.count < 2) return null;
  if (infinite(sums) !== undefined) return Number.NaN;
  const count = exactNumber(BigInt(sums.count));
  const top = plus(times(count, sums.squares), negative(times(sums.sum, sums.sum)));
  const bottom = exactNumber(BigInt(sums.count) * BigInt(sums.count - 1));
  return computes === "variance" ? quotient(top, bottom) : rootOfQuotient(top, bottom);
}

/** What values that are not finite add up to; undefined if all are. */
function infinite({ notNumbers, infinities, negativeInfinities }: Sums): number | undefined {
  if (notNumbers > 0 || (infinities > 0 && negativeInfinities > 0)) return Number.NaN;
  if (infinities > 0) return Number.POSITIVE_INFINITY;
  return negativeInfinities > 0 ? Number.NEGATIVE_INFINITY : undefined;
}

function wholeSum({ mantissa, exponent }: ExactNumber): bigint {
  const sum = mantissa << BigInt(exponent);
  if (BigInt.asIntN(64, sum) === sum) return sum;
  throw new DomainError(
    "precondition",
    "WINDOW_VALUE_RANGE",
    `A sum over a window is ${sum}, which does not fit into 64 bits. Take a shorter window, or a column of smaller numbers.`,
    { metadata: { sum: String(sum) } },
  );
}
