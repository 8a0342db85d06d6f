import type { Steps } from "@throughline/kernel";

/** True if `a` is nowhere worse than `b`, and somewhere better. Less is better. */
export const dominates = (a: readonly number[], b: readonly number[]): boolean =>
  a.every((it, i) => it <= (b[i] ?? it)) && a.some((it, i) => it < (b[i] ?? it));

/**
 * Positions of points by fronts: the first front is dominated by none, the next one by the first alone, and so on (by binary
 * search among the fronts so far: Zhang et al. 2015, doi:10.1109/TEVC.2014.2308305).
 */
export function* fronts(points: readonly (readonly number[])[]): Steps<readonly (readonly number[])[]> {
  const at = (i: number): readonly number[] => points[i] ?? [];
  const found: number[][] = [];
  // In this order none dominates one before it.
  for (const i of points.map((_, i) => i).sort((a, b) => compareInTurn(at(a), at(b)))) {
    let [first, end] = [0, found.length];
    while (first < end) {
      const middle = (first + end) >> 1;
      // What a front dominates, all fronts before it dominate too.
      if (found[middle]?.some((it) => dominates(at(it), at(i)))) first = middle + 1;
      else end = middle;
    }
    const front = found[first];
    if (front) front.push(i);
    else found.push([i]);
    yield;
  }
  return found.map((front) => front.sort((a, b) => a - b));
}

/** How lonely each point of a front is; the ends of every objective are the loneliest. From NSGA-II. */
export function crowding(points: readonly (readonly number[])[]): readonly number[] {
  const distance = points.map(() => 0);
  const objectives = points[0]?.length ?? 0;
  for (let m = 0; m < objectives; m++) {
    const at = (i: number | undefined): number => (i === undefined ? Number.NaN : (points[i]?.[m] ?? Number.NaN));
    const order = points.map((_, i) => i).sort((a, b) => compare(at(a), at(b)));
    const range = at(order.at(-1)) - at(order[0]);
    for (const [k, i] of order.entries()) {
      const gap = at(order[k + 1]) - at(order[k - 1]);
      const isEnd = k === 0 || k === order.length - 1;
      // Values that are equal or not finite say nothing about the room between points.
      const part = isEnd ? Number.POSITIVE_INFINITY : Number.isFinite(gap / range) ? gap / range : 0;
      distance[i] = (distance[i] ?? 0) + part;
    }
  }
  return distance;
}

/** Positions of points from the best to the worst: by fronts, and within a front the loneliest first. */
export function* paretoOrder(points: readonly (readonly number[])[]): Steps<readonly number[]> {
  const order: number[] = [];
  for (const front of yield* fronts(points)) {
    const lonely = crowding(front.map((i) => points[i] ?? []));
    const sorted = front
      .map((i, k) => ({ i, lonely: lonely[k] ?? 0 }))
      .sort((a, b) => compare(b.lonely, a.lonely) || a.i - b.i);
    order.push(...sorted.map(({ i }) => i));
    yield;
  }
  return order;
}

/** For sorting, infinities too. */
export const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);

/** By the first number in which they differ. */
function compareInTurn(a: readonly number[], b: readonly number[]): number {
  const differing = a.findIndex((it, m) => it !== b[m]);
  return compare(a[differing] ?? 0, b[differing] ?? 0);
}
