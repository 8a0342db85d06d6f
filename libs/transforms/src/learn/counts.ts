import { tooMuchToRemember } from "../errors.ts";

/** How often each value occurs, exactly. */
export type CountState<V> = Map<V, number>;

/** Counts a value. Fails with TRANSFORMS_TOO_MANY_VALUES; `output` is the column that the step makes. */
export function addCount<V>(
  counts: CountState<V>,
  [value, times]: readonly [V, number],
  { output, differentMax }: { readonly output: string; readonly differentMax: number },
): void {
  const before = counts.get(value);
  if (before === undefined && counts.size >= differentMax) throw tooMuchToRemember(output, differentMax);
  counts.set(value, (before ?? 0) + times);
}

/** The most frequent values, ties in the order of `compare`. */
export const mostFrequent = <V>(
  counts: ReadonlyMap<V, number>,
  compare: (a: V, b: V) => number,
): readonly (readonly [V, number])[] =>
  [...counts].sort(([a, timesA], [b, timesB]) => timesB - timesA || compare(a, b));

/** The order of code points, which is that of UTF-8 bytes and of other languages, and not that of JavaScript's `<`. */
export function byCodePoint(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    // Halves of pairs stand for code points above all others.
    if (x !== y) return lifted(x) - lifted(y);
  }
  return a.length - b.length;
}

const lifted = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);
