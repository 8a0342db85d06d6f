import { readFileSync } from "node:fs";
import { digestOfBytes } from "@throughline/kernel";
import { describe, expect, test } from "vitest";
import { calibratedAnswer } from "./answer.ts";
import { type CalibrationRow, calibrating } from "./calibrate.ts";
import type { Calibration, CalibrationMethod, ScoreDefinition } from "./calibration.ts";
import { coverageRange } from "./quantile.ts";

type Interval = readonly [number, number];
interface Randomised {
  readonly quantile: number;
  readonly sets: readonly (readonly number[])[];
}

/** Made by fixtures/oracle.py from MAPIE and crepes. */
const oracle: {
  readonly regression: {
    readonly rows: readonly (readonly [prediction: number, scale: number, group: string, actual: number])[];
    readonly asked: readonly (readonly [prediction: number, scale: number, group: string])[];
    readonly answers: Readonly<
      Record<string, Readonly<Record<"plain" | "mapie" | "normalised" | "mondrian", readonly Interval[]>>>
    >;
  };
  readonly quantiles: {
    readonly rows: readonly (readonly [low: number, high: number, actual: number])[];
    readonly asked: readonly (readonly [low: number, high: number])[];
    readonly intervals: readonly Interval[];
  };
  readonly classes: {
    readonly rows: readonly (readonly [probabilities: readonly number[], label: number, uniform: number])[];
    readonly asked: readonly (readonly [probabilities: readonly number[], uniform: number])[];
    readonly sets: readonly (readonly boolean[])[];
    readonly randomised: Readonly<Record<"adaptive" | "regularised", Randomised>>;
  };
} = JSON.parse(readFileSync(new URL("../fixtures/oracle.json", import.meta.url), "utf8"));

const definition = (
  method: CalibrationMethod,
  columnCount: number,
  more: Partial<ScoreDefinition> = {},
): ScoreDefinition => ({
  method,
  columnCount,
  labels: [],
  isRandomized: false,
  allowsEmpty: false,
  penalty: 0,
  penaltyRank: 0,
  ...more,
});

function calibrated(
  spec: { readonly alpha: number; readonly score: ScoreDefinition; readonly grouped?: boolean },
  rows: Iterable<CalibrationRow>,
): Calibration {
  const { alpha, score, grouped = false } = spec;
  const groups = grouped ? { groupField: "group", groupRowsLeast: 9 } : { groupField: "", groupRowsLeast: 0 };
  const work = calibrating({ alpha, score, ...groups });
  for (const row of rows) work.add(row);
  return work.finish(digestOfBytes("oracle"));
}

/** The largest difference of two bounds: one rounding of numbers of this size. */
const TOLERANCE = 1e-12;

function expectIntervals(
  calibration: Calibration,
  asked: readonly { readonly predictions: readonly number[]; readonly group: string }[],
  wanted: readonly Interval[],
): void {
  expect(asked).toHaveLength(wanted.length);
  for (const [i, it] of asked.entries()) {
    const found = calibratedAnswer(calibration, { ...it, uniform: 0 });
    if (found?.kind !== "interval") throw new Error("there is no interval");
    expect(Math.abs(found.low - (wanted[i]?.[0] ?? Number.NaN))).toBeLessThan(TOLERANCE);
    expect(Math.abs(found.high - (wanted[i]?.[1] ?? Number.NaN))).toBeLessThan(TOLERANCE);
  }
}

describe.each(Object.entries(oracle.regression.answers))("intervals at alpha %s", (alphaText, answers) => {
  const alpha = Number(alphaText);
  const { rows, asked } = oracle.regression;
  const given = (wide: boolean) =>
    rows.map(([prediction, scale, group, actual]) => ({
      predictions: wide ? [prediction, scale] : [prediction],
      actual,
      group,
      uniform: 0,
    }));
  const questions = (wide: boolean) =>
    asked.map(([prediction, scale, group]) => ({ predictions: wide ? [prediction, scale] : [prediction], group }));

  test("around a prediction are those of crepes and of MAPIE", () => {
    const calibration = calibrated({ alpha, score: definition("ABSOLUTE_RESIDUAL", 1) }, given(false));
    expectIntervals(calibration, questions(false), answers.plain);
    expectIntervals(calibration, questions(false), answers.mapie);
  });

  test("that a scale normalises are those of crepes", () => {
    const calibration = calibrated({ alpha, score: definition("NORMALIZED_RESIDUAL", 2) }, given(true));
    expectIntervals(calibration, questions(true), answers.normalised);
  });

  test("by group are those of crepes, where the group has enough rows", () => {
    const calibration = calibrated({ alpha, score: definition("ABSOLUTE_RESIDUAL", 1), grouped: true }, given(false));
    const known = asked.map(([, , group]) => Object.hasOwn(calibration.groups, group));
    expect(known.filter(Boolean).length).toBeGreaterThan(30);
    expectIntervals(
      calibration,
      questions(false).filter((_, i) => known[i]),
      answers.mondrian.filter((_, i) => known[i]),
    );
  });
});

test("intervals of two quantiles are those of MAPIE", () => {
  const { rows, asked, intervals } = oracle.quantiles;
  const calibration = calibrated(
    { alpha: 0.1, score: definition("QUANTILE_REGRESSION", 2) },
    rows.map(([low, high, actual]) => ({ predictions: [low, high], actual, group: "", uniform: 0 })),
  );
  expectIntervals(
    calibration,
    asked.map((predictions) => ({ predictions, group: "" })),
    intervals,
  );
});

describe("sets of labels", () => {
  const labels = ["0", "1", "2"];
  const { rows, asked, sets, randomised } = oracle.classes;
  const given = rows.map(([predictions, actual, uniform]) => ({ predictions, actual, uniform, group: "" }));
  const setsOf = (score: ScoreDefinition) => {
    const calibration = calibrated({ alpha: 0.15, score }, given);
    const found = asked.map(([predictions, uniform]) =>
      calibratedAnswer(calibration, { predictions, uniform, group: "" }),
    );
    return { calibration, found: found.map((it) => (it?.kind === "labels" ? [...it.labels].sort() : undefined)) };
  };

  test("are those of MAPIE", () => {
    const { found } = setsOf(definition("ADAPTIVE_SET", 3, { labels, isRandomized: true, allowsEmpty: true }));
    expect(found).toEqual(sets.map((it) => labels.filter((_, i) => it[i])));
  });

  test.each([
    ["adaptive", definition("ADAPTIVE_SET", 3, { labels, isRandomized: true, allowsEmpty: true })],
    [
      "regularised",
      definition("REGULARIZED_ADAPTIVE_SET", 3, {
        labels,
        isRandomized: true,
        allowsEmpty: true,
        penalty: 0.1,
        penaltyRank: 1,
      }),
    ],
  ] as const)("%s and randomised are what the formula gives, label by label", (name, score) => {
    const { calibration, found } = setsOf(score);
    expect(calibration.all.quantile).toBeCloseTo(randomised[name].quantile, 12);
    expect(found).toEqual(randomised[name].sets.map((it) => it.map(String).sort()));
  });
});

test("the coverage of 1,000 calibration rows lies where the Beta law says", () => {
  // scipy.stats.beta(901, 100).ppf((0.025, 0.975)), and for 99 rows of alpha 0.2 beta(80, 20).
  const { low, high } = coverageRange(1_000, 0.1, 0.95);
  expect(low).toBeCloseTo(0.8807915173, 9);
  expect(high).toBeCloseTo(0.9178946656, 9);
  expect(coverageRange(99, 0.2, 0.95).low).toBeCloseTo(0.7166323708, 9);
});
