import { normalQuantile } from "../distributions.ts";
import { capitalBound, type Mixture, rhoFor } from "./mixtures.ts";

/** What is to be found, and how surely. */
export interface Aim {
  /** Of one side. */
  readonly alpha: number;
  readonly power: number;
  /** The difference of means that is to be found, above 0. */
  readonly effect: number;
  /** Weight of one observation, and variance of its increment. */
  readonly weight: number;
  readonly variance: number;
  /** See Mixture. Without a rho: the tightest for what is asked. */
  readonly scale?: number;
  readonly rho?: number;
}

/** The weight and variance of the increments of two arms, whose values have these variances. */
export function armIncrements(
  share: number,
  variances: { readonly candidate: number; readonly baseline: number },
): Pick<Aim, "weight" | "variance"> {
  const weight = share * (1 - share);
  return { weight, variance: weight * ((1 - share) * variances.candidate + share * variances.baseline) };
}

/**
 * How many observations (of both arms, or pairs) it takes until a difference of `effect` is shown with a probability of `power`: the
 * least n with n weight effect - z sqrt(n variance) at the bound of the mixture that is tightest there. An observation more or less of
 * the effect's own square in the variance is counted. Infinity above 1e12.
 */
export function horizonCount(aim: Aim): number {
  const z = normalQuantile(aim.power);
  const logThreshold = -Math.log(aim.alpha);
  const increments = aim.variance + (aim.weight * aim.effect) ** 2;
  const isEnough = (count: number): boolean => {
    const squares = count * increments;
    const reached = count * aim.weight * aim.effect - z * Math.sqrt(squares);
    return reached >= capitalBound(squares, mixtureAt(squares, aim), logThreshold);
  };
  let [low, high] = [0, 1];
  while (!isEnough(high)) {
    low = high;
    high *= 2;
    if (high > 1e12) return Number.POSITIVE_INFINITY;
  }
  while (high - low > Math.max(1, 1e-6 * high)) {
    const middle = Math.floor((low + high) / 2);
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

function mixtureAt(squares: number, { alpha, scale, rho = rhoFor(squares, alpha) }: Aim): Mixture {
  return scale === undefined ? { rho } : { rho, scale };
}
