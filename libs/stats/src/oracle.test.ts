import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { auc, aucInterval } from "./auc.ts";
import { jensenShannonOfCounts } from "./category-distances.ts";
import { chiSquareTest } from "./chi-square.ts";
import { accuracy, brierScore, calibration, logLoss } from "./classification.ts";
import {
  chiSquareCdf,
  chiSquareQuantile,
  chiSquareSurvival,
  kolmogorovSurvival,
  normalCdf,
  normalQuantile,
} from "./distributions.ts";
import { symmetricEigen } from "./eigen.ts";
import { quantileOfSorted, wilsonInterval } from "./intervals.ts";
import { momentsOf, sampleVariance } from "./moments.ts";
import { benjaminiHochberg, holm } from "./multiplicity.ts";
import { seededRandom } from "./random.ts";
import { kolmogorovSmirnov, wassersteinDistance } from "./two-sample.ts";

/** Made by fixtures/oracle.py from SciPy, scikit-learn and statsmodels. */
const oracle = JSON.parse(readFileSync(new URL("../fixtures/oracle.json", import.meta.url), "utf8"));

/** Equal to `relative` of the expected figure, and to 1e-300 where that is 0. */
function close(actual: number, expected: number, relative = 1e-11): void {
  expect(Math.abs(actual - expected), `${actual} should be ${expected}`).toBeLessThanOrEqual(
    Math.abs(expected) * relative + 1e-300,
  );
}

describe("distributions agree with SciPy", () => {
  test("normal, to 1e-11 of the figure also in the tails", () => {
    for (const { x, cdf } of oracle.normal) close(normalCdf(x), cdf);
    for (const { p, x } of oracle.normalQuantile)
      p === 0.5 ? expect(normalQuantile(p)).toBe(0) : close(normalQuantile(p), x, 1e-9);
  });
  test("chi-square, to 1e-10 of the figure", () => {
    for (const { x, k, cdf, sf } of oracle.chiSquare) {
      // Below 1e-290 the factors of the series leave the range of normal numbers.
      if (cdf > 1e-290) close(chiSquareCdf(x, k), cdf, 1e-9);
      if (sf > 1e-290) close(chiSquareSurvival(x, k), sf, 1e-9);
    }
    for (const { p, k, x } of oracle.chiSquareQuantile) close(chiSquareQuantile(p, k), x, 1e-9);
  });
  test("Kolmogorov", () => {
    for (const { x, sf } of oracle.kolmogorov) close(kolmogorovSurvival(x), sf, 1e-10);
  });
});

describe("intervals and moments agree with statsmodels and NumPy", () => {
  test("Wilson", () => {
    for (const { successes, trials, level, bounds } of oracle.wilson) {
      const { low, high } = wilsonInterval(successes, trials, level);
      expect(low).toBeCloseTo(bounds[0], 12);
      expect(high).toBeCloseTo(bounds[1], 12);
    }
  });
  test("mean, variance and quantile", () => {
    const { values, mean, variance, quantile30 } = oracle.moments;
    close(momentsOf(values).mean, mean, 1e-12);
    close(sampleVariance(momentsOf(values)), variance, 1e-12);
    close(
      quantileOfSorted(
        values.toSorted((a: number, b: number) => a - b),
        0.3,
      ),
      quantile30,
      1e-12,
    );
  });
});

describe("classification figures agree with scikit-learn", () => {
  test.each([0, 1])("case %i: AUC with ties, DeLong's error, log loss, Brier, accuracy, calibration", (i) => {
    const it = oracle.classification[i];
    close(auc(it.probabilities, it.labels), it.auc);
    close(aucInterval(it.probabilities, it.labels).standardError, it.aucStandardError);
    close(logLoss(it), it.logLoss);
    close(brierScore(it), it.brier);
    close(accuracy(it), it.accuracy);
    close(calibration(it).expectedError, it.expectedError);
  });
});

describe("distances and tests agree with SciPy", () => {
  test("Kolmogorov-Smirnov with exact p-value (to 1e-9), and Wasserstein", () => {
    for (const { a, b, ks, exactP, wasserstein } of oracle.twoSample) {
      const found = kolmogorovSmirnov(a, b);
      close(found.statistic, ks);
      expect(found.pValue).toBeCloseTo(exactP, 9);
      close(wassersteinDistance(a, b), wasserstein, 1e-10);
    }
  });
  test("chi-square test with effect size", () => {
    for (const { table, statistic, p, degrees, v } of oracle.chiSquareTest) {
      const found = chiSquareTest(table);
      close(found.statistic, statistic);
      close(found.pValue, p, 1e-9);
      expect(found.degrees).toBe(degrees);
      close(found.cramersV, v);
    }
  });
  test("Jensen-Shannon divergence, base 2", () => {
    for (const { p, q, divergence } of oracle.jensenShannon)
      expect(jensenShannonOfCounts(p, q)).toBeCloseTo(divergence, 12);
  });
  test("corrections for many tests", () => {
    for (const { p, bh, holm: expected } of oracle.multiplicity) {
      benjaminiHochberg(p).forEach((it, i) => {
        close(it, bh[i]);
      });
      holm(p).forEach((it, i) => {
        close(it, expected[i]);
      });
    }
  });
});

test("an eigen decomposition takes as long as some ten products of such matrices, not hundreds", () => {
  const n = 64;
  const random = seededRandom(3);
  const factor = Array.from({ length: n }, () => Float64Array.from({ length: n }, () => random() - 0.5));
  const product = () =>
    factor.map((a) =>
      Float64Array.from(factor, (b) => {
        let sum = 0;
        for (let k = 0; k < n; k++) sum += (a[k] ?? 0) * (b[k] ?? 0);
        return sum;
      }),
    );
  const matrix = product();
  const timeOf = (work: () => unknown, times: number): number => {
    const before = process.threadCpuUsage();
    for (let i = 0; i < times; i++) work();
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / times;
  };
  for (const warm of [product, () => symmetricEigen(matrix)]) timeOf(warm, 5);
  expect(timeOf(() => symmetricEigen(matrix), 5)).toBeLessThan(100 * timeOf(product, 200));
});

describe("eigen decompositions agree with NumPy", () => {
  for (const { matrix, values, vectors } of oracle.eigen as readonly EigenFigures[]) {
    const n = matrix.length;
    const found = symmetricEigen(matrix.map((it) => Float64Array.from(it)));
    const order = [...found.values.keys()].sort((a, b) => (found.values[a] ?? 0) - (found.values[b] ?? 0));
    const greatest = values.at(-1) ?? 0;
    const columnOf = (rows: readonly ArrayLike<number>[], k: number) => rows.map((row) => row[k] ?? Number.NaN);

    test(`values of ${n} rows, to 1e-14 of the greatest`, () => {
      for (const [k, at] of order.entries())
        expect(Math.abs((found.values[at] ?? 0) - (values[k] ?? 0))).toBeLessThanOrEqual(1e-14 * greatest);
    });
    test(`vectors of ${n} rows, up to their signs`, () => {
      for (const [k, at] of order.entries()) {
        // Each matrix of the oracle has either different values, or equal ones whose vectors are not compared.
        if (order.some((_, other) => other !== k && Math.abs((values[other] ?? 0) - (values[k] ?? 0)) < 1e-9)) continue;
        const [mine, theirs] = [columnOf(found.vectors, at), columnOf(vectors, k)];
        const product = mine.reduce((sum, it, i) => sum + it * (theirs[i] ?? 0), 0);
        expect(Math.abs(product)).toBeCloseTo(1, 9);
      }
    });
    test(`vectors and values of ${n} rows rebuild the matrix`, () => {
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++) {
          let sum = 0;
          for (let k = 0; k < n; k++)
            sum += (found.vectors[i]?.[k] ?? 0) * (found.values[k] ?? 0) * (found.vectors[j]?.[k] ?? 0);
          expect(Math.abs(sum - (matrix[i]?.[j] ?? 0))).toBeLessThanOrEqual(1e-14 * greatest);
        }
    });
  }
});

interface EigenFigures {
  readonly matrix: readonly (readonly number[])[];
  readonly values: readonly number[];
  readonly vectors: readonly (readonly number[])[];
}
