import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  distinctPoints,
  identityOf,
  isLater,
  latestMetrics,
  latestOf,
  type MetricPoint,
  mayBeKnown,
  NO_METRICS,
  withPoints,
} from "./metric.ts";

const point = (step: bigint, timeMs: number, value: number): MetricPoint => ({ key: "loss", step, timeMs, value });

/** Few steps, times and values, so that ties are common; and steps that floats cannot tell apart. */
const anyPoint: fc.Arbitrary<MetricPoint> = fc.record({
  key: fc.constantFrom("loss", "gain", "__proto__"),
  step: fc.constantFrom(-1n, 0n, 1n, 2n ** 53n, 2n ** 53n + 1n),
  timeMs: fc.integer({ min: 0, max: 2 }),
  value: fc.constantFrom(Number.NaN, Number.NEGATIVE_INFINITY, -1, 0, 1, Number.POSITIVE_INFINITY),
});

describe("isLater()", () => {
  test.each([
    ["the larger step wins", point(2n, 0, 0), point(1n, 9, 9)],
    ["steps beyond 2^53 are told apart", point(2n ** 53n + 1n, 0, 0), point(2n ** 53n, 0, 0)],
    ["then the later time", point(1n, 2, 0), point(1n, 1, 9)],
    ["then the larger value", point(1n, 1, 2), point(1n, 1, 1)],
    ["infinity is larger than any number", point(1n, 1, Number.POSITIVE_INFINITY), point(1n, 1, 1e308)],
    ["NaN counts as zero above", point(1n, 1, Number.NaN), point(1n, 1, -1)],
    ["NaN counts as zero below", point(1n, 1, 1), point(1n, 1, Number.NaN)],
  ])("%s", (_, later, earlier) => {
    expect(isLater(later, earlier)).toBe(true);
    expect(isLater(earlier, later)).toBe(false);
  });

  test("of equal ones neither is later", () => {
    expect(isLater(point(1n, 1, 1), point(1n, 1, 1))).toBe(false);
    expect(isLater(point(1n, 1, Number.NaN), point(1n, 1, 0))).toBe(false);
  });
});

describe("withPoints()", () => {
  test("however points come in batches, the latest is the first of the greatest, and every point is counted", () => {
    fc.assert(
      fc.property(fc.array(fc.array(anyPoint, { maxLength: 8 }), { maxLength: 8 }), (batches) => {
        const metrics = batches.reduce((before, batch) => withPoints(before, batch).metrics, NO_METRICS);
        const all = batches.flat();
        const found = latestMetrics(metrics);
        expect(found.map((it) => it.key).sort()).toEqual([...new Set(all.map((it) => it.key))].sort());
        for (const latest of found) {
          const ofKey = all.filter((it) => it.key === latest.key);
          const first = ofKey.find((it) => !ofKey.some((other) => isLater(other, it)));
          expect({ ...latest, count: 0 }).toEqual({ ...first, count: 0 });
          expect(latest.count).toBe(ofKey.length);
        }
      }),
    );
  });

  test("arrivals are numbered on from those of the metric before", () => {
    const other = { ...point(1n, 1, 1), key: "gain" };
    const { metrics, arrived } = withPoints(NO_METRICS, [point(1n, 1, 1), other, point(2n, 1, 1)]);
    expect(arrived.map((it) => it.arrival)).toEqual([1, 1, 2]);
    expect(withPoints(metrics, [point(0n, 1, 1)]).arrived[0]?.arrival).toBe(3);
  });

  test("one more point of a run with thousands of metrics changes few of them, and each keeps its place", () => {
    const many = Array.from({ length: 12_000 }, (_, i) => ({ ...point(0n, 0, i), key: `layer ${i}` }));
    let metrics = NO_METRICS;
    for (let at = 0; at < many.length; at += 700) {
      const before = metrics;
      const change = withPoints(before, many.slice(at, at + 700));
      metrics = change.metrics;
      for (const [i, piece] of metrics.pieces.entries())
        expect(piece.revision).toBe((before.pieces[i]?.revision ?? 0) + (change.changed.includes(i) ? 1 : 0));
    }
    expect(new Set(latestMetrics(metrics).map((it) => it.key)).size).toBe(12_000);
    expect(many.every((it) => latestOf(metrics, it.key)?.value === it.value)).toBe(true);
    const { changed, metrics: after } = withPoints(metrics, [{ ...point(1n, 0, -1), key: "layer 77" }]);
    expect(changed).toHaveLength(1);
    expect(after.pieces[changed[0] as number]?.latest.size).toBeLessThan(150);
    expect(latestOf(after, "layer 77")).toMatchObject({ value: -1, count: 2 });
  });
});

test("points are the same exactly if key, step, time and value are", () => {
  fc.assert(
    fc.property(fc.array(anyPoint), (points) => {
      const distinct = distinctPoints(points);
      const isSame = (a: MetricPoint, b: MetricPoint) =>
        a.key === b.key && a.step === b.step && a.timeMs === b.timeMs && Object.is(a.value, b.value);
      expect(distinct).toEqual(points.filter((it, i) => points.findIndex((other) => isSame(it, other)) === i));
    }),
  );
  expect(identityOf(point(0n, 0, -0))).toBe(identityOf(point(0n, 0, 0)));
});

test("a point that was logged before is always suspected, and one behind the latest never", () => {
  fc.assert(
    fc.property(fc.array(anyPoint, { minLength: 1 }), fc.nat(), (points, pick) => {
      const { metrics } = withPoints(NO_METRICS, points);
      const logged = points[pick % points.length] as MetricPoint;
      expect(mayBeKnown(logged, metrics)).toBe(true);
      expect(mayBeKnown({ ...logged, step: 2n ** 60n }, metrics)).toBe(false);
      expect(mayBeKnown({ ...logged, key: "other" }, metrics)).toBe(false);
    }),
  );
});
