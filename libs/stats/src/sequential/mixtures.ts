import { normalCdf } from "../distributions.ts";
import { incompleteGamma, logGamma } from "../gamma.ts";

/**
 * How a mixture weighs the bets it is made of. `rho` says for which sum of squares it is tightest (see `rhoFor`). With a `scale` no
 * increment of the sum is below -scale, and that is all that is assumed of it; without one the squares have to make
 * exp(λ sum - λ² squares / 2) a supermartingale for every λ above 0.
 */
export interface Mixture {
  readonly rho: number;
  readonly scale?: number;
}

/** A sum of increments, and the sum of their squares or of what stands for these. */
export interface SelfNormalized {
  readonly sum: number;
  readonly squares: number;
}

/**
 * ln of the capital of one who bet on the sum being positive: a supermartingale that begins at 1 while no increment has a positive
 * expectation, so that it ever reaches 1/alpha with a probability of at most alpha (Ville's inequality), however often it is looked at.
 *
 * With a scale: the gamma-exponential mixture of empirical-Bernstein bets (Howard, Ramdas, McAuliffe and Sekhon 2021,
 * doi:10.1214/20-AOS1991, theorem 4 and proposition 9; as bets Waudby-Smith and Ramdas 2023, doi:10.1093/jrsssb/qkad009).
 * Without: the half-normal mixture of exp(λ sum - λ² squares / 2), proposition 6 there.
 */
export function logCapital({ sum, squares }: SelfNormalized, { rho, scale }: Mixture): number {
  return scale === undefined ? logHalfNormal(sum, squares, rho) : logGammaExponential({ sum, squares }, rho, scale);
}

function logHalfNormal(sum: number, squares: number, rho: number): number {
  const total = squares + rho;
  return (
    Math.LN2 + 0.5 * Math.log(rho / total) + (sum * sum) / (2 * total) + Math.log(normalCdf(sum / Math.sqrt(total)))
  );
}

function logGammaExponential({ sum, squares }: SelfNormalized, rho: number, scale: number): number {
  const [s, v, r] = [sum / scale, squares / scale ** 2, rho / scale ** 2];
  const rate = s + v + r;
  // So far below zero that all bets but the least have lost everything.
  if (!(rate > 0)) return Number.NEGATIVE_INFINITY;
  const before = r * Math.log(r) - logGamma(r) - Math.log(incompleteGamma(r, r).lower);
  const after = logGamma(v + r) + Math.log(incompleteGamma(v + r, rate).lower) - (v + r) * Math.log(rate);
  return before + after + s + v;
}

/** True if the capital has reached exp(`logThreshold`). Cheap where it is far from it. */
export function hasReached(state: SelfNormalized, mixture: Mixture, logThreshold: number): boolean {
  if (!(state.sum > 0) || logBest(state, mixture) < logThreshold) return false;
  return logCapital(state, mixture) >= logThreshold;
}

/** What the best bet has, chosen afterwards; no mixture of bets has more. */
function logBest({ sum, squares }: SelfNormalized, { scale }: Mixture): number {
  if (scale === undefined) return (sum * sum) / (2 * squares);
  return sum / scale - (squares / scale ** 2) * Math.log1p((scale * sum) / squares);
}

/** The sum at which the capital reaches exp(`logThreshold`) with so many squares. It grows with both. */
export function capitalBound(squares: number, mixture: Mixture, logThreshold: number): number {
  const excess = (sum: number) => logCapital({ sum, squares }, mixture) - logThreshold;
  let low = Math.sqrt(2 * squares * logThreshold);
  let atLow = excess(low);
  if (atLow >= 0) return low;
  let high = Math.max(2 * low, Math.sqrt(mixture.rho), mixture.scale ?? 0);
  let atHigh = excess(high);
  while (atHigh < 0) {
    [low, atLow] = [high, atHigh];
    high *= 2;
    atHigh = excess(high);
  }
  // Regula falsi; where one end stays, it is weighed less (Illinois, Dowell and Jarratt 1971, doi:10.1007/BF01934364).
  for (let i = 0; i < 200 && high - low > 1e-12 * high; i++) {
    const middle = low - (atLow * (high - low)) / (atHigh - atLow);
    const found = excess(middle);
    if (!(middle > low && middle < high)) break;
    if (found < 0) {
      [low, atLow] = [middle, found];
      atHigh /= 2;
    } else {
      [high, atHigh] = [middle, found];
      atLow /= 2;
    }
    if (found === 0 || Math.abs(found) < 1e-13 * logThreshold) return middle;
  }
  return high;
}

/** The `rho` for which the bound is about tightest at a sum of squares (proposition 3 and section 3.5 of Howard et al. 2021). */
export function rhoFor(squares: number, alpha: number): number {
  const log = Math.log(1 / (2 * alpha));
  return squares / (2 * Math.max(log, 0.5) + Math.log(1 + 2 * Math.max(log, 0.5)));
}
