/**
 * An exact sum of float64 numbers: the order in which they come, and the parts in which they are summed, leave no trace.
 *
 * Each number is cut into two halves of at most 27 bits, and each half is added to the limb of its exponent, eight exponents to
 * a limb. A half is a multiple of 2^(8g - 1049) and less than 2^(8g - 1015) for limb g, so that a limb takes 2^19 halves before
 * a float64 rounds; before that it is cut and spread over the limbs again.
 */
export interface ExactSum {
  readonly limbs: Float64Array;
  /** How many numbers the limbs have taken since they were last spread. */
  taken: number;
}

/** Numbers beyond are not finite for the purpose of sums: they teach nothing. */
export const SUMMABLE_MAX = 2 ** 500;
/** Numbers (and products) closer to zero count as 0. */
const NEGLIGIBLE = 2 ** -900;
const LIMBS = 256;
const TAKEN_MAX = 2 ** 18;
/** The unit of `exactValue`: 2 to this power. */
export const SUM_EXPONENT = -1049;

export const noSum = (): ExactSum => ({ limbs: new Float64Array(LIMBS), taken: 0 });

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
double[0] = 1;
/** Where the word with the exponent is: machines differ in the order of bytes. */
const HIGH = words[1] === 0 ? 0 : 1;
const LOW = 1 - HIGH;

/** Adds a number that is finite and at most SUMMABLE_MAX, or the product of two such. */
export function addToSum(sum: ExactSum, value: number): void {
  if (Math.abs(value) < NEGLIGIBLE) return;
  if (sum.taken >= TAKEN_MAX) spread(sum);
  sum.taken += 1;
  take(sum.limbs, value);
}

function take(limbs: Float64Array, value: number): void {
  double[0] = value;
  words[LOW] = (words[LOW] as number) & 0xf8000000;
  const upper = double[0];
  addHalf(limbs, upper);
  addHalf(limbs, value - upper);
}

function addHalf(limbs: Float64Array, half: number): void {
  double[0] = half;
  const limb = (((words[HIGH] as number) >>> 20) & 0x7ff) >>> 3;
  limbs[limb] = (limbs[limb] as number) + half;
}

/** Adds a product exactly: it is the rounded product and what the rounding took away (Dekker 1971). */
export function addProductToSum(sum: ExactSum, a: number, b: number): void {
  const product = a * b;
  const [aHigh, bHigh] = [upperHalf(a), upperHalf(b)];
  const [aLow, bLow] = [a - aHigh, b - bHigh];
  addToSum(sum, product);
  addToSum(sum, aHigh * bHigh - product + aHigh * bLow + aLow * bHigh + aLow * bLow);
}

/** The upper 26 bits, rounded (Veltkamp). */
function upperHalf(value: number): number {
  const scaled = 134_217_729 * value;
  return scaled - (scaled - value);
}

function spread(sum: ExactSum): void {
  const old = sum.limbs.slice();
  sum.limbs.fill(0);
  for (const it of old) if (it !== 0) take(sum.limbs, it);
  // A limb gets the halves of a few limbs around it at most.
  sum.taken = 16;
}

/** Adds another sum, which may be spread over its limbs anew but stays the same number. */
export function addSum(sum: ExactSum, other: ExactSum): void {
  if (sum.taken + other.taken >= TAKEN_MAX) {
    spread(sum);
    spread(other);
  }
  sum.taken += other.taken;
  other.limbs.forEach((it, i) => {
    sum.limbs[i] = (sum.limbs[i] as number) + it;
  });
}

/** The sum as a multiple of 2^SUM_EXPONENT. */
export function exactValue({ limbs }: ExactSum): bigint {
  let value = 0n;
  limbs.forEach((limb, g) => {
    if (limb !== 0) value += BigInt(limb / 2 ** (8 * g + SUM_EXPONENT)) << BigInt(8 * g);
  });
  return value;
}

/** The float64 nearest to numerator / denominator * 2^exponent. The denominator is positive. */
export function nearest(numerator: bigint, denominator: bigint, exponent: number): number {
  if (numerator === 0n) return 0;
  const magnitude = numerator < 0n ? -numerator : numerator;
  // As many bits as make the quotient longer than a float64; what is left only has to be seen to be there.
  const shift = 66 + denominator.toString(2).length - magnitude.toString(2).length;
  const [top, bottom] =
    shift >= 0 ? [magnitude << BigInt(shift), denominator] : [magnitude, denominator << BigInt(-shift)];
  const quotient = (top / bottom) | (top % bottom === 0n ? 0n : 1n);
  const power = exponent - shift;
  // In two steps, since the power alone may be less than the least float64.
  const value = Number(quotient) * 2 ** Math.trunc(power / 2) * 2 ** (power - Math.trunc(power / 2));
  return numerator < 0n ? -value : value;
}
