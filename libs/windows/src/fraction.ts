/** A fraction for the oracle; `bottom` is positive. */
export interface Fraction {
  readonly top: bigint;
  readonly bottom: bigint;
}

/** The fraction of a finite number, found by doubling it until it is whole. */
export function fractionOf(value: number | bigint): Fraction {
  if (typeof value === "bigint") return { top: value, bottom: 1n };
  let [left, doublings] = [value, 0];
  for (; !Number.isInteger(left); left *= 2) doublings += 1;
  return { top: BigInt(left), bottom: 1n << BigInt(doublings) };
}

/** The nearest float, halves to the even one, found by halving the interval between floats. */
export const nearestFloat = ({ top, bottom }: Fraction): number =>
  top < 0n ? -nearest((it) => order(it, { top: -top, bottom })) : nearest((it) => order(it, { top, bottom }));

/** The float nearest to the square root of a fraction that is not negative. */
export const nearestRoot = (square: Fraction): number =>
  nearest(({ top, bottom }) => order({ top: top * top, bottom: bottom * bottom }, square));

const order = (a: Fraction, b: Fraction): number => {
  const difference = a.top * b.bottom - b.top * a.bottom;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
};

const view = new DataView(new ArrayBuffer(8));
/** The floats from 0 on are in the order of their bits. */
const floatAt = (bits: bigint): number => {
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
};
const INFINITY_BITS = 0x7ff0_0000_0000_0000n;

/** The float nearest to a number that is not negative, of which is known how any fraction compares with it. */
function nearest(compare: (it: Fraction) => number): number {
  let [low, high] = [0n, INFINITY_BITS];
  // Beyond all floats a number rounds as if the next one were 2 ** 1024.
  const exact = (bits: bigint): Fraction =>
    bits === INFINITY_BITS ? { top: 1n << 1024n, bottom: 1n } : fractionOf(floatAt(bits));
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (compare(exact(middle)) <= 0) low = middle;
    else high = middle;
  }
  const [below, above] = [exact(low), exact(high)];
  const half = { top: below.top * above.bottom + above.top * below.bottom, bottom: 2n * below.bottom * above.bottom };
  const side = compare(half);
  if (side === 0) return floatAt(low % 2n === 0n ? low : high);
  return floatAt(side < 0 ? high : low);
}
