import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { auc } from "./auc.ts";
import {
  jensenShannon,
  lInfinity,
  normalizedAbsoluteDifference,
  populationStabilityIndex,
} from "./category-distances.ts";
import { normalCdf, normalQuantile } from "./distributions.ts";
import { alignHistograms, type Histogram, jensenShannonOfHistograms } from "./histogram-distances.ts";
import { bootstrapInterval, jackknifeInterval, wilsonInterval } from "./intervals.ts";
import { mergeMoments, momentsOf, NO_MOMENTS } from "./moments.ts";
import { seededRandom } from "./random.ts";
import { kolmogorovSmirnov } from "./two-sample.ts";

const numbers = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { maxLength: 50 });
const counts = fc.dictionary(fc.constantFrom("a", "b", "c", "d"), fc.nat(100));

describe("moments", () => {
  test("merging parts gives the moments of the whole", () => {
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        const merged = mergeMoments(momentsOf(a), momentsOf(b));
        const whole = momentsOf([...a, ...b]);
        expect(merged.count).toBe(whole.count);
        expect(Math.abs(merged.mean - whole.mean)).toBeLessThan(1e-6);
        expect(Math.abs(merged.m2 - whole.m2)).toBeLessThanOrEqual(1e-9 * (1 + whole.m2));
      }),
    );
  });
  test("nothing merged with something is that", () => {
    const some = momentsOf([1, 2]);
    expect([mergeMoments(NO_MOMENTS, some), mergeMoments(some, NO_MOMENTS)]).toEqual([some, some]);
  });
});

describe("intervals", () => {
  test("the normal quantile turns its distribution function around", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -6, max: 6, noNaN: true }),
        (x) => Math.abs(normalQuantile(normalCdf(x)) - x) < 1e-6,
      ),
    );
  });
  test("Wilson's interval covers a known share about as often as it says", () => {
    const random = seededRandom(11);
    let covered = 0;
    for (let trial = 0; trial < 2_000; trial++) {
      const successes = Array.from({ length: 80 }, random).filter((it) => it < 0.1).length;
      const { low, high } = wilsonInterval(successes, 80);
      if (low <= 0.1 && 0.1 <= high) covered += 1;
    }
    expect(covered / 2_000).toBeGreaterThan(0.93);
    expect(covered / 2_000).toBeLessThan(0.975);
  });
  test("bootstrap and jackknife of a mean come close to the normal interval, and the bootstrap repeats by its seed", () => {
    const random = seededRandom(5);
    const values = Array.from({ length: 400 }, () => random() * 10);
    const { mean, m2 } = momentsOf(values);
    const half = (1.96 * Math.sqrt(m2 / 399)) / 20;
    const statistic = (rows: Uint32Array): number =>
      rows.reduce((sum, row) => sum + (values[row] ?? 0), 0) / rows.length;
    const drawn = [1, 1].map((seed) => bootstrapInterval({ size: 400, statistic, random: seededRandom(seed) }));
    expect(drawn[0]).toEqual(drawn[1]);
    expect(drawn[0]?.low).toBeCloseTo(mean - half, 1);
    const leftOut = values.map((it) => (mean * 400 - it) / 399);
    expect(jackknifeInterval(mean, leftOut).high).toBeCloseTo(mean + half, 4);
  });
  test("the source of chance is even", () => {
    const random = seededRandom(3);
    const draws = Array.from({ length: 20_000 }, random);
    expect(draws.every((it) => it >= 0 && it < 1)).toBe(true);
    expect(
      kolmogorovSmirnov(
        draws,
        draws.map((_, i) => (i + 0.5) / 20_000),
      ).pValue,
    ).toBeGreaterThan(0.001);
  });
});

describe("distances", () => {
  test("are 0 for equal distributions, symmetric and within their bounds", () => {
    for (const distance of [jensenShannon, lInfinity, normalizedAbsoluteDifference]) {
      fc.assert(
        fc.property(counts, counts, (a, b) => {
          expect(distance(a, a)).toBeCloseTo(0, 12);
          expect(distance(a, b)).toBeCloseTo(distance(b, a), 12);
          expect(distance(a, b)).toBeGreaterThanOrEqual(0);
          expect(distance(a, b)).toBeLessThanOrEqual(1);
        }),
      );
    }
  });
  test("an empty distribution is as far from another as can be, and not from itself", () => {
    expect([jensenShannon({}, { a: 1 }), jensenShannon({}, {}), jensenShannon({ a: 0 }, {})]).toEqual([1, 0, 0]);
  });
  test("the normalised absolute difference is on counts", () => {
    expect(normalizedAbsoluteDifference({ a: 10, b: 5 }, { a: 4, c: 1 })).toBe(6 / 20);
  });
  test("PSI of an empty bucket is large but finite", () => {
    const expected = (0.5 - 1e-4) * Math.log(0.5 / 1e-4) + (0.5 - 1) * Math.log(0.5);
    expect(populationStabilityIndex([5, 5], [0, 10])).toBeCloseTo(expected, 12);
  });
  test("AUC equals the share of pairs in the right order", () => {
    const row = fc.tuple(fc.integer({ min: 0, max: 5 }), fc.boolean());
    fc.assert(
      fc.property(fc.array(row, { maxLength: 30 }), (rows) => {
        const pairs = rows.flatMap(([a, x]) =>
          rows.flatMap(([b, y]) => (x && !y ? [a > b ? 1 : a === b ? 0.5 : 0] : [])),
        );
        const expected = pairs.reduce<number>((sum, it) => sum + it, 0) / pairs.length;
        const found = auc(
          rows.map((it) => it[0]),
          rows.map((it) => it[1]),
        );
        if (pairs.length === 0) expect(found).toBeNaN();
        else expect(found).toBeCloseTo(expected, 12);
      }),
    );
  });
});

describe("numeric histograms", () => {
  const bucket = (low: number, high: number, count: number) => ({ low, high, count });
  test("are cut at all edges of either, with even mass inside a bucket", () => {
    const aligned = alignHistograms({ buckets: [bucket(0, 4, 8)] }, { buckets: [bucket(1, 3, 6)] });
    expect(aligned).toEqual({ first: [2, 4, 2, 0, 0], second: [0, 6, 0, 0, 0] });
  });
  test("the same mass in finer buckets is no difference", () => {
    const coarse: Histogram = { buckets: [bucket(0, 10, 30)] };
    const fine: Histogram = { buckets: [bucket(0, 1, 2), bucket(1, 6, 10), bucket(6, 10, 8)] };
    expect(jensenShannonOfHistograms(coarse, fine)).toBeCloseTo(0, 12);
  });
  test("a point mass is kept apart from the bucket around it", () => {
    expect(jensenShannonOfHistograms({ buckets: [bucket(5, 5, 3)] }, { buckets: [bucket(0, 10, 3)] })).toBe(1);
    expect(jensenShannonOfHistograms({ buckets: [bucket(5, 5, 3)] }, { buckets: [bucket(5, 5, 9)] })).toBe(0);
  });
  test("NaN matches nothing, not even NaN", () => {
    expect(jensenShannonOfHistograms({ buckets: [], unplacedCount: 5 }, { buckets: [], unplacedCount: 5 })).toBe(1);
  });
});
