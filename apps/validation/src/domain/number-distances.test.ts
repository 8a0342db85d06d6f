import { kolmogorovSmirnov, seededRandom, wassersteinDistance } from "@throughline/stats";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareNumbers, kolmogorovSmirnovOf } from "./number-distances.ts";
import { numberDistribution } from "./number-distribution.ts";
import type { NumericStatistics } from "./statistics.ts";
import { normals, numbers } from "./testing-columns.ts";

const of = (values: readonly number[], type: "FLOAT64" | "INT64" = "FLOAT64") =>
  numberDistribution(numbers("x", values, type).numeric as NumericStatistics, type);

const sample = (value: fc.Arbitrary<number>) => fc.array(value, { minLength: 1, maxLength: 300 });
/** Without numbers so near 0 that a part of the distance between two of them is no number any more: buckets between such have no width. */
const float = fc
  .oneof(
    fc.double({ min: -100, max: 100, noNaN: true }),
    fc.constantFrom(0, 0, 1, 5),
    fc.double({ min: 0, max: 1e6, noNaN: true }),
  )
  .map((it) => (Math.abs(it) < 1e-300 ? 0 : it));

describe("the least Kolmogorov-Smirnov distance", () => {
  test("is never above the true distance of floats, ties and long tails included", () => {
    fc.assert(
      fc.property(sample(float), sample(float), (a, b) => {
        expect(kolmogorovSmirnovOf(of(a), of(b)).least).toBeLessThanOrEqual(kolmogorovSmirnov(a, b).statistic + 1e-9);
      }),
    );
  });

  test("is never above the true distance of whole numbers, of any range", () => {
    const whole = fc.oneof(fc.integer({ min: -20, max: 20 }), fc.integer({ min: 0, max: 5_000 }));
    fc.assert(
      fc.property(sample(whole), sample(whole), (a, b) => {
        const least = kolmogorovSmirnovOf(of(a, "INT64"), of(b, "INT64")).least;
        expect(least).toBeLessThanOrEqual(kolmogorovSmirnov(a, b).statistic + 1e-9);
      }),
    );
  });

  test("is the true distance of whole numbers that span less than the number of buckets", () => {
    const whole = fc.integer({ min: 0, max: 40 });
    fc.assert(
      fc.property(sample(whole), sample(whole), (a, b) => {
        const least = kolmogorovSmirnovOf(of(a, "INT64"), of(b, "INT64")).least;
        expect(least).toBeCloseTo(kolmogorovSmirnov(a, b).statistic, 9);
      }),
    );
  });

  test("sees most of a shift by half a standard deviation, whose true distance is 0.197", () => {
    const random = seededRandom(1);
    const { least, likely } = kolmogorovSmirnovOf(of(normals(random, 5_000)), of(normals(random, 5_000, 0.5)));
    expect(least).toBeGreaterThan(0.14);
    expect(likely).toBeGreaterThan(0.175);
    expect(likely).toBeLessThan(0.22);
  });
});

describe("the likely Kolmogorov-Smirnov distance is near the true one", () => {
  const random = seededRandom(7);
  const whole = (values: number[]) => values.map((it) => Math.round(Math.exp(it + 3)));
  test.each<[string, "FLOAT64" | "INT64", (shift: number) => number[]]>([
    ["normal values", "FLOAT64", (shift) => normals(random, 4_000, shift)],
    ["a long tail", "FLOAT64", (shift) => normals(random, 4_000, shift).map(Math.exp)],
    ["half of the values 0", "FLOAT64", (shift) => normals(random, 4_000, shift).map((it) => Math.max(0, it))],
    ["whole numbers with a long tail", "INT64", (shift) => whole(normals(random, 4_000, shift))],
  ])("of %s", (_, type, draw) => {
    for (const shift of [0, 0.2, 0.5, 1]) {
      const [a, b] = [draw(0), draw(shift)];
      const { likely } = kolmogorovSmirnovOf(of(a, type), of(b, type));
      expect(Math.abs(likely - kolmogorovSmirnov(a, b).statistic)).toBeLessThan(0.05);
    }
  });
});

test("two samples of one distribution are called different no more often than the p-value says", () => {
  const random = seededRandom(2);
  const draws: readonly (() => number[])[] = [
    () => normals(random, 400),
    () => normals(random, 400).map(Math.exp),
    () => normals(random, 400).map((it) => Math.max(0, it)),
  ];
  for (const draw of draws) {
    const pValues = Array.from({ length: 150 }, () => compareNumbers(of(draw()), of(draw())).pValue);
    // 5 % of 150 are 7.5; 15 or more would have a probability of 1 % if the p-values were exact.
    expect(pValues.filter((it) => it < 0.05).length).toBeLessThan(15);
  }
});

describe("the other distances of numbers", () => {
  const value = (a: readonly number[], b: readonly number[], distance: string) =>
    compareNumbers(of(a), of(b)).distances.find((it) => it.distance === distance)?.value;

  test("are 0 between equal samples", () => {
    const values = normals(seededRandom(3), 500);
    for (const it of compareNumbers(of(values), of(values)).distances) expect(it.value).toBeCloseTo(0, 9);
    expect(compareNumbers(of(values), of(values)).pValue).toBe(1);
  });

  test.each([2, 20, 100, 1_000, 100_000])(
    "stay small between samples of one distribution over %d whole numbers",
    (kinds) => {
      const random = seededRandom(kinds);
      const draw = () =>
        of(
          Array.from({ length: 20_000 }, () => Math.floor(random() * kinds)),
          "INT64",
        );
      for (const it of compareNumbers(draw(), draw()).distances) expect(it.value, it.distance).toBeLessThan(0.03);
    },
  );

  test("Wasserstein is near the area between the two distribution functions, in standard deviations", () => {
    const random = seededRandom(4);
    const [a, b] = [normals(random, 2_000), normals(random, 2_000, 0.7)];
    const deviation = (numbers("x", a).numeric as NumericStatistics).standardDeviation;
    expect(value(a, b, "WASSERSTEIN")).toBeCloseTo(wassersteinDistance(a, b) / deviation, 2);
  });

  test("have no Wasserstein distance where the baseline does not vary, which gives no unit", () => {
    const constant = new Array<number>(200).fill(5);
    expect(value(constant, normals(seededRandom(5), 200), "WASSERSTEIN")).toBeUndefined();
    expect(value(constant, constant, "JENSEN_SHANNON")).toBe(0);
    expect(value(constant, new Array<number>(200).fill(6), "KOLMOGOROV_SMIRNOV")).toBe(1);
  });

  test("stay small between two samples of a long-tailed distribution whose largest values differ", () => {
    const random = seededRandom(6);
    const [a, b] = [normals(random, 20_000).map(Math.exp), normals(random, 20_000).map(Math.exp)];
    expect(value(a, [...b, 500], "POPULATION_STABILITY")).toBeLessThan(0.02);
    expect(value(a, [...b, 500], "JENSEN_SHANNON")).toBeLessThan(0.02);
  });
});
