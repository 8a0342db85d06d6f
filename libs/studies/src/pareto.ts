/** True if `a` is nowhere worse than `b`, and somewhere better. Less is better. */
export const dominates = (a: readonly number[], b: readonly number[]): boolean =>
  a.every((it, i) => it <= (b[i] ?? it)) && a.some((it, i) => it < (b[i] ?? it));

/**
 * Positions of points by fronts: the first front is dominated by none, the next one by the first alone, and so on (the fast
 * sorting of NSGA-II, Deb et al. 2002, doi:10.1109/4235.996017).
 */
export function fronts(points: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const below: number[][] = points.map(() => []);
  const above = points.map(() => 0);
  for (const [i, a] of points.entries())
    for (const [j, b] of points.entries()) {
      if (!dominates(a, b)) continue;
      below[i]?.push(j);
      above[j] = (above[j] ?? 0) + 1;
    }
  const found: number[][] = [];
  let front = points.flatMap((_, i) => (above[i] === 0 ? [i] : []));
  while (front.length > 0) {
    found.push(front);
    const next: number[] = [];
    for (const i of front)
      for (const j of below[i] ?? []) {
        above[j] = (above[j] ?? 0) - 1;
        if (above[j] === 0) next.push(j);
      }
    front = next.sort((a, b) => a - b);
  }
  return found;
}

/** How lonely each point of a front is; the ends of every objective are the loneliest. From the same paper. */
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
export function paretoOrder(points: readonly (readonly number[])[]): readonly number[] {
  return fronts(points).flatMap((front) => {
    const lonely = crowding(front.map((i) => points[i] ?? []));
    return front
      .map((i, k) => ({ i, lonely: lonely[k] ?? 0 }))
      .sort((a, b) => compare(b.lonely, a.lonely) || a.i - b.i)
      .map(({ i }) => i);
  });
}

/** For sorting, infinities too. */
export const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);
