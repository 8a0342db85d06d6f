import type { RandomBytes } from "./random-bytes.ts";

/** A fraction of whole numbers; `over` is above 0. */
export interface Ratio {
  readonly part: bigint;
  readonly over: bigint;
}

/** The fraction that a finite number is, exactly: every float64 is a whole number over a power of two. */
export function ratioOf(value: number): Ratio {
  let [part, over] = [value, 1n];
  while (!Number.isInteger(part)) {
    part *= 2;
    over *= 2n;
  }
  return { part: BigInt(part), over };
}

/** A whole number in [0, limit), each as likely as any other: draws above are drawn again. */
export function below(limit: bigint, random: RandomBytes): bigint {
  const bits = (limit - 1n).toString(2).length;
  const mask = (1n << BigInt(bits)) - 1n;
  for (;;) {
    const drawn = BigInt(`0x0${Buffer.from(random(Math.ceil(bits / 8))).toString("hex")}`) & mask;
    if (drawn < limit) return drawn;
  }
}

const chance = ({ part, over }: Ratio, random: RandomBytes): boolean => below(over, random) < part;

const ONE: Ratio = { part: 1n, over: 1n };

/**
 * True with the chance exp(-ratio), without a logarithm and without rounding (algorithm 1 of Canonne, Kamath and Steinke 2020,
 * arXiv:2004.00010). The ratio is not negative.
 */
export function chanceOfExp({ part, over }: Ratio, random: RandomBytes): boolean {
  for (let whole = part / over; whole > 0n; whole--) if (!chanceOfSmallExp(ONE, random)) return false;
  return chanceOfSmallExp({ part: part % over, over }, random);
}

/** For ratios up to 1: the parity of how long falling chances keep coming true. */
function chanceOfSmallExp({ part, over }: Ratio, random: RandomBytes): boolean {
  let count = 1n;
  while (chance({ part, over: over * count }, random)) count += 1n;
  return count % 2n === 1n;
}

/**
 * The discrete Laplace distribution, P(x) in proportion to exp(-|x| / scale) (algorithm 2 of the same paper). The scale is above 0.
 */
export function discreteLaplace({ part, over }: Ratio, random: RandomBytes): bigint {
  for (;;) {
    const start = below(part, random);
    if (!chanceOfExp({ part: start, over: part }, random)) continue;
    let turns = 0n;
    while (chanceOfSmallExp(ONE, random)) turns += 1n;
    const size = (start + part * turns) / over;
    const negative = chance({ part: 1n, over: 2n }, random);
    // Zero would be drawn with either sign.
    if (!(negative && size === 0n)) return negative ? -size : size;
  }
}

/** The discrete Gaussian distribution, P(x) in proportion to exp(-x² / (2 variance)) (algorithm 3 of the same paper). */
export function discreteGaussian(variance: Ratio, random: RandomBytes): bigint {
  const { part, over } = variance;
  const width = squareRoot(part / over) + 1n;
  for (;;) {
    const drawn = discreteLaplace({ part: width, over: 1n }, random);
    const distance = (drawn < 0n ? -drawn : drawn) * over * width - part;
    // (|drawn| - variance / width)² / (2 variance), over one denominator.
    const ratio = { part: distance * distance, over: 2n * part * over * width * width };
    if (chanceOfExp(ratio, random)) return drawn;
  }
}

/** The largest whole number whose square is not above the value (Newton). */
export function squareRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let root = 1n << BigInt(Math.ceil(value.toString(2).length / 2));
  for (;;) {
    const next = (root + value / root) / 2n;
    if (next >= root) return root;
    root = next;
  }
}
