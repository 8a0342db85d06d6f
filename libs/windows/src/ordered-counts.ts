import { compareFloats } from "./value-order.ts";

/** How often each of some numbers is there, in ascending order with NaN above all. */
export interface OrderedCounts {
  /** Adds to the count of a number, or takes away. A number whose count becomes 0 is not there any more. */
  raise(number: number, by: number): void;
  /** The numbers that are there, the least first. */
  numbers(): readonly number[];
  /** The sum of all counts. */
  total(): number;
  /** 0 for a number that is not there. */
  countOf(number: number): number;
}

export function orderedCounts(): OrderedCounts {
  const counts = new Map<number, number>();
  const numbers: number[] = [];
  let total = 0;
  const placeOf = (number: number): number => {
    let [low, high] = [0, numbers.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareFloats(numbers[middle] as number, number) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    raise(number, by) {
      total += by;
      const before = counts.get(number);
      const count = (before ?? 0) + by;
      if (count !== 0) {
        counts.set(number, count);
        if (before === undefined) numbers.splice(placeOf(number), 0, number);
      } else if (counts.delete(number)) numbers.splice(placeOf(number), 1);
    },
    numbers: () => numbers,
    total: () => total,
    countOf: (number) => counts.get(number) ?? 0,
  };
}
