import { readFileSync } from "node:fs";
import { seededRandom } from "@throughline/stats";
import { describe, expect, test } from "vitest";
import type { ScoredRows } from "./evaluation.ts";
import { sliceMetrics } from "./slice-metrics.ts";

interface OracleCase {
  readonly name: string;
  readonly task?: "REGRESSION";
  readonly threshold: number;
  readonly level: number;
  readonly labels: readonly number[];
  readonly scores: readonly number[];
  readonly expected: Readonly<
    Record<string, { readonly value: number; readonly low?: number; readonly high?: number }>
  >;
}

const ORACLE = new URL("../../fixtures/evaluation_oracle.json", import.meta.url);

/** Two programs adding up the same floats in another order agree to about 15 digits; intervals go through quantiles. */
const TOLERANCE = { value: 12, interval: 9 } as const;

const rows = (labels: readonly number[], scores: readonly number[]): ScoredRows => ({
  labels: Uint8Array.from(labels),
  scores: Float64Array.from(scores),
});

const values = (labels: readonly number[], predicted: readonly number[]): ScoredRows => ({
  labels: Float64Array.from(labels),
  scores: Float64Array.from(predicted),
});

const metric = (of: ScoredRows, name: string, options = { threshold: 0.5, level: 0.95 }) =>
  sliceMetrics(of, options).metrics.find((it) => it.name === name);

describe("metrics agree with scikit-learn and SciPy", () => {
  const cases = JSON.parse(readFileSync(ORACLE, "utf8")) as readonly OracleCase[];
  test.each(cases)("$name", ({ labels, scores, threshold, level, task, expected }) => {
    const of = task ? values(labels, scores) : rows(labels, scores);
    const found = sliceMetrics(of, { threshold, level, ...(task && { task }) });
    expect(found.metrics.map((it) => it.name)).toEqual(Object.keys(expected));
    for (const { name, value, interval } of found.metrics) {
      const right = expected[name];
      expect(value, name).toBeCloseTo(right?.value ?? Number.NaN, TOLERANCE.value);
      if (right?.low === undefined) continue;
      expect(interval?.low, `${name} low`).toBeCloseTo(right.low, TOLERANCE.interval);
      expect(interval?.high, `${name} high`).toBeCloseTo(right.high ?? Number.NaN, TOLERANCE.interval);
      expect(interval?.level).toBe(level);
    }
  });
});

describe("rows that leave a metric undefined", () => {
  test("no rows: every metric is NaN, without interval", () => {
    const { rowCount, positiveCount, metrics } = sliceMetrics(rows([], []), { threshold: 0.5, level: 0.95 });
    expect([rowCount, positiveCount]).toEqual([0, 0]);
    for (const it of metrics) expect(it).toEqual({ name: it.name, value: Number.NaN });
  });

  test("rows of one label have no AUC, and the other metrics", () => {
    const one = rows([1, 1, 1], [0.2, 0.5, 0.9]);
    expect(metric(one, "auc")).toEqual({ name: "auc", value: Number.NaN });
    expect(metric(one, "positive_rate")?.value).toBe(1);
    expect(metric(one, "brier")?.value).toBeCloseTo((0.64 + 0.25 + 0.01) / 3, 12);
  });

  test("one row of each label gives an AUC, and no interval", () => {
    expect(metric(rows([1, 0], [0.9, 0.1]), "auc")).toEqual({ name: "auc", value: 1 });
  });
});

test("a certain score that is wrong costs a finite log loss", () => {
  expect(metric(rows([1, 0], [0, 1]), "log_loss")?.value).toBeCloseTo(52 * Math.LN2, 9);
});

test("the threshold decides at equality for the positive class", () => {
  expect(metric(rows([1, 0], [0.3, 0.2]), "accuracy", { threshold: 0.3, level: 0.95 })?.value).toBe(1);
});

describe("metrics of a regression", () => {
  const of = (labels: readonly number[], predicted: readonly number[]) =>
    sliceMetrics(values(labels, predicted), { threshold: 0.5, level: 0.95, task: "REGRESSION" });

  test("that are not defined are NaN, without interval", () => {
    for (const it of of([], []).metrics) expect(it).toEqual({ name: it.name, value: Number.NaN });
    expect(of([3, 3, 3], [1, 2, 3]).metrics.find((it) => it.name === "r2")).toEqual({ name: "r2", value: Number.NaN });
    // Squares of such values are no numbers any more; their sizes are.
    const [mae, rmse] = of([1e200, -1e200], [-1e200, 1e200]).metrics;
    expect([mae?.value, rmse]).toEqual([2e200, { name: "rmse", value: Number.NaN }]);
  });

  test("one row has values, and no intervals", () => {
    expect(of([2], [5]).metrics).toEqual([
      { name: "mae", value: 3 },
      { name: "rmse", value: 3 },
      { name: "mean_error", value: 3 },
      { name: "r2", value: Number.NaN },
    ]);
  });

  test("have intervals that cover the truth about as often as their level says", () => {
    const random = seededRandom(5);
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    // Errors are normal with mean 1 and deviation 2, the values themselves normal with deviation 3.
    const truth: Readonly<Record<string, number>> = { mean_error: 1, rmse: Math.sqrt(5), r2: 1 - 5 / 9 };
    const covered: Record<string, number> = {};
    for (let trial = 0; trial < 400; trial++) {
      const labels = Array.from({ length: 300 }, () => 3 * normal());
      const found = of(
        labels,
        labels.map((it) => it + 1 + 2 * normal()),
      );
      for (const { name, interval } of found.metrics)
        if (interval && interval.low <= (truth[name] ?? Number.NaN) && (truth[name] ?? Number.NaN) <= interval.high)
          covered[name] = (covered[name] ?? 0) + 1;
    }
    // 95 % of 400 are 380; three standard errors are 13.
    for (const name of Object.keys(truth)) expect(covered[name], name).toBeGreaterThan(380 - 13 - 4);
  });
});

describe("the interval of the calibration error", () => {
  const random = seededRandom(11);
  const draw = (bias: number): ScoredRows => {
    const scores = Array.from({ length: 500 }, () => 0.05 + 0.8 * random());
    return rows(
      scores.map((it) => (random() < it + bias ? 1 : 0)),
      scores,
    );
  };

  test.each([0, 0.1])("covers the true error at least as often as its level says, at a bias of %d", (bias) => {
    const intervals = Array.from({ length: 120 }, () => metric(draw(bias), "calibration_error")?.interval);
    const covering = intervals.filter((it) => it && it.low <= bias && bias <= it.high);
    // 95 % of 120 are 114; fewer than 108 would have a probability of 1 % at that coverage.
    expect(covering.length).toBeGreaterThanOrEqual(108);
  });

  test("is the same for the same rows", () => {
    const of = draw(0.05);
    expect(metric(of, "calibration_error")).toEqual(metric(of, "calibration_error"));
  });
});
