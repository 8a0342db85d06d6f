import { addValue, type Moments, NO_MOMENTS } from "../moments.ts";
import { capitalBound, hasReached, logCapital, type Mixture, type SelfNormalized } from "./mixtures.ts";

/**
 * What is kept of two arms whose means are compared: plain numbers, of one size however many observations there were. `sum` has
 * increments whose expectation is `weight`'s times the difference of the means, candidate minus baseline.
 */
export interface DifferenceSums {
  readonly candidate: Moments;
  readonly baseline: Moments;
  readonly weight: number;
  readonly sum: number;
  /** Of the increments. */
  readonly squares: number;
  /** What stands for the squares where values have no bounds: when it is asked whether the sum is too great, and too small. */
  readonly squaresAbove: number;
  readonly squaresBelow: number;
}

export const NO_DIFFERENCE: DifferenceSums = {
  candidate: NO_MOMENTS,
  baseline: NO_MOMENTS,
  weight: 0,
  sum: 0,
  squares: 0,
  squaresAbove: 0,
  squaresBelow: 0,
};

/** One observation of one of two arms that chance chose. */
export interface ArmObservation {
  readonly isCandidate: boolean;
  readonly value: number;
  /** The probability with which the candidate was to be chosen, above 0 and below 1. */
  readonly share: number;
}

/**
 * Takes in an observation: the increment is (chosen - share) (value - expected), with what was expected from the observations before.
 * Its expectation is share (1 - share) times the difference of the arms' means at this moment, whatever was expected, whatever the
 * share, and though means may move as long as both do; so observations of steps with different shares add up, each with the weight that its
 * information has, and increments stay within the range of the values (Robinson 1988, doi:10.2307/1912705, as a test martingale).
 *
 * What stands for the squares makes tests of equal arms exact for values of any distribution, however heavy its tails: given the
 * distance of the value from what was expected, an increment has one of two values, by chance alone. Where the one away from zero is on
 * the side that is asked about and rarer, its own square serves (it is heavy on the other side: Bercu and Touati 2008,
 * doi:10.1214/07-AAP506); where it is on the other side, its variance does, since that only falls as a bet leans against it.
 *
 * What is expected, (1 - share) candidate mean + share baseline mean, gives them the least variance. The first has nothing expected
 * and only counts for the means.
 */
export function addArm(sums: DifferenceSums, observation: ArmObservation): DifferenceSums {
  const { isCandidate, value, share } = observation;
  const expected = expectedOf(sums, share);
  const noted = noteArm(sums, observation);
  if (expected === undefined) return noted;
  const distance = value - expected;
  const increment = ((isCandidate ? 1 : 0) - share) * distance;
  const weight = share * (1 - share);
  const square = increment * increment;
  const variance = weight * distance * distance;
  const isRarelyAbove = distance > 0 === share < 0.5;
  return {
    ...noted,
    weight: sums.weight + weight,
    sum: sums.sum + increment,
    squares: sums.squares + square,
    squaresAbove: sums.squaresAbove + (isRarelyAbove ? square : variance),
    squaresBelow: sums.squaresBelow + (isRarelyAbove ? variance : square),
  };
}

/** Takes an observation into the means alone. */
export const noteArm = (sums: DifferenceSums, { isCandidate, value }: ArmObservation): DifferenceSums =>
  isCandidate
    ? { ...sums, candidate: addValue(sums.candidate, value) }
    : { ...sums, baseline: addValue(sums.baseline, value) };

function expectedOf({ candidate, baseline }: DifferenceSums, share: number): number | undefined {
  if (candidate.count === 0) return baseline.count === 0 ? undefined : baseline.mean;
  if (baseline.count === 0) return candidate.mean;
  return (1 - share) * candidate.mean + share * baseline.mean;
}

/** What both arms gave for one request. */
export interface PairObservation {
  readonly candidate: number;
  readonly baseline: number;
}

/**
 * Takes in a pair: the increment is its difference. Between equal arms differences are symmetric, so that their squares make tests
 * exact without bounds too (de la Peña 1999, doi:10.1214/aop/1022677270).
 */
export function addPair(sums: DifferenceSums, pair: PairObservation): DifferenceSums {
  const increment = pair.candidate - pair.baseline;
  return {
    ...notePair(sums, pair),
    weight: sums.weight + 1,
    sum: sums.sum + increment,
    squares: sums.squares + increment * increment,
    squaresAbove: sums.squaresAbove + increment * increment,
    squaresBelow: sums.squaresBelow + increment * increment,
  };
}

/** Takes a pair into the means alone. */
export const notePair = (sums: DifferenceSums, { candidate, baseline }: PairObservation): DifferenceSums => ({
  ...sums,
  candidate: addValue(sums.candidate, candidate),
  baseline: addValue(sums.baseline, baseline),
});

/** A side of a hypothesis about the difference of means: that it is above, or below, a value. */
export interface Claim {
  readonly side: "above" | "below";
  readonly difference: number;
}

/** The sums as seen from a claim: their increments have no positive expectation while it is false. */
function claimed(sums: DifferenceSums, { side, difference }: Claim, { scale }: Mixture): SelfNormalized {
  const sum = sums.sum - difference * sums.weight;
  const isAbove = side === "above";
  const unbounded = isAbove ? sums.squaresAbove : sums.squaresBelow;
  return { sum: isAbove ? sum : -sum, squares: scale === undefined ? unbounded : sums.squares };
}

/** ln of the e-value for a claim: while it is false, the e-value ever reaches 1/alpha with a probability of at most alpha. */
export const logEValue = (sums: DifferenceSums, claim: Claim, mixture: Mixture): number =>
  logCapital(claimed(sums, claim, mixture), mixture);

/** True if the e-value for a claim has reached 1/alpha. */
export const isShown = (
  sums: DifferenceSums,
  claim: Claim,
  { mixture, alpha }: { readonly mixture: Mixture; readonly alpha: number },
): boolean => hasReached(claimed(sums, claim, mixture), mixture, -Math.log(alpha));

/**
 * The differences for which neither claim is shown: they have the true one at all times together with a probability of at least
 * 1 - 2 alpha.
 */
export function differenceSequence(
  sums: DifferenceSums,
  { mixture, alpha }: { readonly mixture: Mixture; readonly alpha: number },
): { readonly low: number; readonly high: number } {
  if (!(sums.weight > 0)) return { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  const boundOf = (side: Claim["side"]): number =>
    capitalBound(claimed(sums, { side, difference: 0 }, mixture).squares, mixture, -Math.log(alpha));
  return { low: (sums.sum - boundOf("above")) / sums.weight, high: (sums.sum + boundOf("below")) / sums.weight };
}
