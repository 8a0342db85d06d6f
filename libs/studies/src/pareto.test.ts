import { seededRandom } from "@throughline/stats";
import { expect, test } from "vitest";
import { wholly } from "../bench/searched.ts";
import { dominates, fronts } from "./pareto.ts";

/** By the definition: what none of the rest dominates, again and again. */
function peeled(points: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const found: number[][] = [];
  let rest = points.map((_, i) => i);
  while (rest.length > 0) {
    const front = rest.filter((i) => !rest.some((j) => dominates(points[j] ?? [], points[i] ?? [])));
    rest = rest.filter((i) => !front.includes(i));
    found.push(front);
  }
  return found;
}

test.each([1, 2, 3, 4])(
  "fronts are what the definition says, of points that are equal or infinite too (%s numbers)",
  (size) => {
    const random = seededRandom(size);
    const some = [Number.NEGATIVE_INFINITY, 0, -0, 1, 2, 3, Number.POSITIVE_INFINITY];
    for (const count of [0, 1, 2, 30, 200]) {
      const drawn = Array.from({ length: count }, () => Array.from({ length: size }, random));
      const coarse = drawn.map((point) => point.map((it) => some[Math.floor(it * some.length)] ?? 0));
      for (const points of [drawn, coarse]) expect(wholly(fronts(points))).toEqual(peeled(points));
    }
  },
);
