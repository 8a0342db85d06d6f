/**
 * `mantissa * 2 ** exponent`, exactly. Every finite float64 and every int64 is one, and so are their sums and products:
 * adding them up in any order, and taking some away again, gives the same number.
 */
export interface ExactNumber {
  readonly mantissa: bigint;
  readonly exponent: number;
}

export const ZERO: ExactNumber = { mantissa: 0n, exponent: 0 };

const MANTISSA_BITS = 52;
/** Exponent of the last bit of the smallest floats. */
const LEAST_EXPONENT = -1074;

const scratch = new DataView(new ArrayBuffer(8));

/** The exact number of a finite float or a whole number. */
export function exactNumber(value: number | bigint): ExactNumber {
  if (typeof value === "bigint") return { mantissa: value, exponent: 0 };
  if (Number.isSafeInteger(value)) return { mantissa: BigInt(value), exponent: 0 };
  scratch.setFloat64(0, value);
  const bits = scratch.getBigUint64(0);
  const biased = Number((bits >> BigInt(MANTISSA_BITS)) & 0x7ffn);
  const fraction = bits & 0xf_ffff_ffff_ffffn;
  const magnitude = biased === 0 ? fraction : fraction | (1n << BigInt(MANTISSA_BITS));
  return { mantissa: value < 0 ? -magnitude : magnitude, exponent: Math.max(biased, 1) - 1 + LEAST_EXPONENT };
}

export function plus(a: ExactNumber, b: ExactNumber): ExactNumber {
  if (a.exponent === b.exponent) return { mantissa: a.mantissa + b.mantissa, exponent: a.exponent };
  if (a.exponent < b.exponent) return plus(b, a);
  return { mantissa: (a.mantissa << BigInt(a.exponent - b.exponent)) + b.mantissa, exponent: b.exponent };
}

export const negative = ({ mantissa, exponent }: ExactNumber): ExactNumber => ({ mantissa: -mantissa, exponent });

export const times = (a: ExactNumber, b: ExactNumber): ExactNumber => ({
  mantissa: a.mantissa * b.mantissa,
  exponent: a.exponent + b.exponent,
});

/** The one way to write a number: an odd mantissa, or zero with exponent zero. */
export function canonical({ mantissa, exponent }: ExactNumber): ExactNumber {
  if (mantissa === 0n) return ZERO;
  let [odd, raised] = [mantissa, exponent];
  while ((odd & 0xffff_ffffn) === 0n) [odd, raised] = [odd >> 32n, raised + 32];
  const low = Number(odd & 0xffff_ffffn);
  const zeros = 31 - Math.clz32(low & -low);
  return { mantissa: odd >> BigInt(zeros), exponent: raised + zeros };
}

/** `a / b` rounded once to the nearest float, halves to even; infinite where no float is near enough. `b` is positive. */
export function quotient(a: ExactNumber, b: ExactNumber): number {
  const [top, bottom] = fraction(a, b);
  return top < 0n ? -roundedQuotient(-top, bottom) : roundedQuotient(top, bottom);
}

/** The square root of `a / b`, rounded once. `a` is not negative, `b` is positive. */
export function rootOfQuotient(a: ExactNumber, b: ExactNumber): number {
  const [top, bottom] = fraction(a, b);
  if (top === 0n) return 0;
  // Two bits more than a float has, and a last one that says whether anything was cut off, so that it rounds right.
  const unit = Math.floor((bitCount(top) - bitCount(bottom)) / 2) - MANTISSA_BITS - 4;
  const [scaledTop, scaledBottom] = scaled(top, bottom, -2 * unit);
  const root = wholeRoot(scaledTop / scaledBottom);
  const isCut = root * root * scaledBottom !== scaledTop;
  return quotient({ mantissa: 2n * root + (isCut ? 1n : 0n), exponent: unit - 1 }, exactNumber(1n));
}

/** The nearest float. */
export const rounded = (value: ExactNumber): number => quotient(value, exactNumber(1n));

/** A quotient as one of whole numbers. */
function fraction(a: ExactNumber, b: ExactNumber): readonly [bigint, bigint] {
  return scaled(a.mantissa, b.mantissa, a.exponent - b.exponent);
}

/** `top * 2 ** exponent / bottom` as a quotient of whole numbers. */
const scaled = (top: bigint, bottom: bigint, exponent: number): readonly [bigint, bigint] =>
  exponent >= 0 ? [top << BigInt(exponent), bottom] : [top, bottom << BigInt(-exponent)];

/** `top` is not negative. */
function roundedQuotient(top: bigint, bottom: bigint): number {
  if (top === 0n) return 0;
  // The quotient has this many bits before the point, or one less.
  const bits = bitCount(top) - bitCount(bottom) + 1;
  const unit = Math.max(bits - MANTISSA_BITS - 1, LEAST_EXPONENT);
  const [scaledTop, scaledBottom] = scaled(top, bottom, -unit);
  if (scaledTop / scaledBottom < 1n << BigInt(MANTISSA_BITS) && unit > LEAST_EXPONENT)
    return toFloat(scaled(top, bottom, 1 - unit), unit - 1);
  return toFloat([scaledTop, scaledBottom], unit);
}

/** A quotient below 2 ** 53, rounded to a whole number, times `2 ** unit`: both factors and the product are exact. */
function toFloat([top, bottom]: readonly [bigint, bigint], unit: number): number {
  const whole = top / bottom;
  const twiceRest = 2n * (top - whole * bottom);
  const isUp = twiceRest > bottom || (twiceRest === bottom && (whole & 1n) === 1n);
  return Number(isUp ? whole + 1n : whole) * 2 ** unit;
}

/** Number of bits of a positive number. */
function bitCount(value: bigint): number {
  const digits = value.toString(16);
  return (digits.length - 1) * 4 + 32 - Math.clz32(Number.parseInt(digits.charAt(0), 16));
}

/** The largest whole number whose square is not more than `value`, which a float can hold roughly. */
function wholeRoot(value: bigint): bigint {
  let root = BigInt(Math.floor(Math.sqrt(Number(value))));
  // The first guess is off by no more than its rounding: a step of Newton's method, and then by ones.
  if (root > 0n) root = (root + value / root) >> 1n;
  while (root * root > value) root -= 1n;
  while ((root + 1n) * (root + 1n) <= value) root += 1n;
  return root;
}
