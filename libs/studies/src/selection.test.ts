import { seededRandom } from "@throughline/stats";
import { expect, test } from "vitest";
import { wholly } from "../bench/searched.ts";
import { normalDraw } from "./chance.ts";
import { correctedForSelection, type Told } from "./selection.ts";

const MAXIMIZE = { direction: "MAXIMIZE", seed: 1 } as const;

/** Configurations that are all equally good: whichever wins has won by luck. */
function luck(seed: number, { configurations, examples }: { configurations: number; examples: number }): Told[] {
  const random = seededRandom(seed);
  return Array.from({ length: configurations }, (_, number) => {
    const exampleValues = Float64Array.from({ length: examples }, () => (random() < 0.7 ? 1 : 0));
    const value = exampleValues.reduce((sum, it) => sum + it, 0) / examples;
    return { number, value, exampleValues, foldValues: [] };
  });
}

const mean = (values: readonly number[]): number => values.reduce((sum, it) => sum + it, 0) / values.length;

test("the bootstrap takes away what selection adds, where all trials are equally good", () => {
  const studies = Array.from({ length: 12 }, (_, seed) => luck(seed, { configurations: 30, examples: 100 }));
  const winners = studies.map((it) => Math.max(...it.map(({ value }) => value)));
  const corrected = studies.map((it) => wholly(correctedForSelection(it, MAXIMIZE)));
  const values = corrected.map((it) => (it.known ? it.value : Number.NaN));
  expect(mean(winners)).toBeGreaterThan(0.76);
  expect(Math.abs(mean(values) - 0.7)).toBeLessThan(0.02);
  const covered = corrected.filter(
    (it) => it.known && it.interval && it.interval.low <= 0.7 && it.interval.high >= 0.7,
  );
  expect(covered.length).toBeGreaterThanOrEqual(10);
});

test("folds take away most of it, and promise no interval", () => {
  const random = seededRandom(5);
  const found = Array.from({ length: 60 }, () => {
    const trials = Array.from({ length: 20 }, (_, number): Told => {
      const foldValues = Array.from({ length: 5 }, () => 0.7 + 0.05 * normalDraw(random));
      return { number, value: mean(foldValues), foldValues, exampleValues: [] };
    });
    const corrected = wholly(correctedForSelection(trials, MAXIMIZE));
    if (!corrected.known) throw new Error(corrected.why);
    expect(corrected.interval).toBeUndefined();
    return { winner: Math.max(...trials.map((it) => it.value)), value: corrected.value };
  });
  // The estimate is conservative here by design: each fold's own winner is a different trial.
  expect(mean(found.map((it) => it.winner))).toBeGreaterThan(0.73);
  expect(mean(found.map((it) => it.value))).toBeLessThan(0.7);
});

test("by hand: of two trials on two folds", () => {
  const trials: readonly Told[] = [
    { number: 0, value: 3, foldValues: [1, 5], exampleValues: [] },
    { number: 1, value: 4, foldValues: [6, 2], exampleValues: [] },
  ];
  // Trial 0 wins with 3; the best of the folds are 1 and 2, so that it is worse by 0 and 3.
  const corrected = wholly(correctedForSelection(trials, { direction: "MINIMIZE", seed: 1 }));
  expect(corrected).toEqual({ known: true, method: "FOLDS", value: 4.5 });
});

test.each([
  ["no trial", [], /no trial is complete/],
  ["no parts", [{ number: 0, value: 1, foldValues: [], exampleValues: [] }], /told no values of folds/],
  ["other parts", [{ number: 4, value: 1, foldValues: [1, 2], exampleValues: [] }], /value of trial 4 is not the mean/],
  [
    "parts of different sizes",
    [
      { number: 0, value: 1, foldValues: [1, 1], exampleValues: [] },
      { number: 1, value: 1, foldValues: [1, 1, 1], exampleValues: [] },
    ],
    /different numbers/,
  ],
  [
    "an infinite value",
    [{ number: 0, value: Number.NEGATIVE_INFINITY, foldValues: [], exampleValues: [] }],
    /infinite/,
  ],
])("with %s it says why it does not know", (_, trials, why) => {
  const corrected = wholly(correctedForSelection(trials, MAXIMIZE));
  expect(corrected.known ? "" : corrected.why).toMatch(why);
});
