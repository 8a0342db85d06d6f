import { seededRandom } from "@throughline/stats";
import { describe, expect, test } from "vitest";
import { categoricalColumn, type DataColumn, type NumericColumn } from "./column.ts";
import { necessityReport } from "./necessity.ts";
import { rankingOf } from "./ranking.ts";

const ROWS = 1_000;
const chance = seededRandom(41);
const normal = (): number => Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance());
const column = (name: string, value: (row: number) => number): NumericColumn => ({
  kind: "numeric",
  name,
  values: Float64Array.from({ length: ROWS }, (_, row) => value(row)),
});
const at = (of: NumericColumn, row: number): number => of.values[row] ?? Number.NaN;

const speed = column("speed", normal);
const weight = column("weight", normal);
const noise = column("noise", normal);
const twin = { ...speed, name: "twin" };
const price = column("price", (row) => 2 * at(speed, row) + at(weight, row) + 0.5 * normal());
const late = categoricalColumn(
  "late",
  Array.from(price.values, (it) => (it > 0 ? "late" : "in time")),
);
const unique = categoricalColumn(
  "unique",
  Array.from({ length: ROWS }, (_, row) => `row ${row}`),
);

describe("a ranking", () => {
  test("has the features by mRMR, and says what a linear model loses without each and with the first ones alone", () => {
    const { order, rows, linear, enough } = rankingOf([noise, twin, weight, speed], price, 3);
    expect(rows).toBe(ROWS);
    expect(order.map((it) => it.name)).toEqual(["twin", "weight", "noise", "speed"]);
    expect(linear).toMatchObject({ loss: "SQUARED_ERROR", rows: ROWS, folds: 5 });
    // The variance of the noise is a quarter, that of the label 5.25.
    expect(linear?.lossOfAll).toBeCloseTo(0.25, 1);
    expect(linear?.lossOfNone).toBeGreaterThan(4.5);
    const costs = new Map(linear?.dropCosts.map((it) => [it.feature, it.rise]));
    expect(costs.get("weight")?.low).toBeLessThan(1);
    expect(costs.get("weight")?.high).toBeGreaterThan(0.9);
    // A copy stands in for what is left out, and nothing is lost without noise.
    for (const name of ["speed", "twin", "noise"]) expect(Math.abs(costs.get(name)?.estimate ?? 9)).toBeLessThan(0.01);
    expect(order[0]?.riseUpTo?.low).toBeGreaterThan(0.5);
    expect(order.at(-1)?.riseUpTo).toMatchObject({ estimate: 0, low: 0, high: 0 });
    expect(enough).toBe(2);
  });

  test("of classes judges by the Brier score", () => {
    const { linear, order } = rankingOf([noise, speed, weight], late, 3);
    expect(order.map((it) => it.name)).toEqual(["speed", "weight", "noise"]);
    expect(linear?.loss).toBe("BRIER_SCORE");
    expect(linear?.lossOfNone).toBeCloseTo(0.5, 2);
    expect(linear?.lossOfAll).toBeLessThan(0.25);
    expect(linear?.dropCosts.find((it) => it.feature === "speed")?.rise.low).toBeGreaterThan(0.1);
  });

  test("does not put first what is another in every row", () => {
    expect(rankingOf([unique, speed], late, 3).order.map((it) => it.name)).toEqual(["speed", "unique"]);
  });

  test("leaves out rows without a label, and asks for none of the features where they tell nothing", () => {
    const gappy = { ...price, values: price.values.map((it, row) => (row % 4 === 0 ? Number.NaN : it)) };
    expect(rankingOf([speed], gappy, 3)).toMatchObject({ rows: 750, linear: { rows: 750 }, enough: 1 });
    const flat = column("flat", () => 7);
    const nothing = rankingOf([flat], price, 3);
    expect(nothing.linear).not.toHaveProperty("riseOfNone");
    expect(nothing).toMatchObject({ enough: 0, linear: { dropCosts: [{ rise: { estimate: 0, low: 0, high: 0 } }] } });
  });

  test("finds noise to tell nothing, unless chance makes it look so in one interval of 40", () => {
    const seeds = Array.from({ length: 40 }, (_, seed) => seed);
    const enough = seeds.map((seed) => {
      const of = ["a", "b", "label"].map((name) => short(column(name, normal), 200));
      const [a, b, label] = of as [NumericColumn, NumericColumn, NumericColumn];
      return rankingOf([a, b], label, seed).enough;
    });
    expect(enough.filter((it) => it !== 0).length).toBeLessThanOrEqual(4);
  });

  test.each<[string, readonly DataColumn[], DataColumn]>([
    ["fewer than 50 rows", [short(speed, 40)], short(price, 40)],
    ["a label that never changes", [speed], column("label", () => 1)],
    ["more than 100 classes", [speed], unique],
    ["a label whose squares floats cannot hold", [speed], column("label", (row) => 1e200 * at(price, row))],
    [
      "more than 500 columns",
      Array.from({ length: 501 }, (_, i) => ({ ...short(speed, 60), name: `f${i}` })),
      short(price, 60),
    ],
  ])("of %s has an order and no linear reference", (_, features, label) => {
    const { order, linear, enough } = rankingOf(features, label, 3);
    expect([order.length, linear, enough]).toEqual([features.length, undefined, undefined]);
  });

  test("is part of the report where there is a label, the same each time, and moves with the seed alone", () => {
    const report = (seed: number) => necessityReport({ features: [speed, noise], label: price, seed }).ranking;
    expect(report(1)).toEqual(report(1));
    expect(report(2)?.linear?.lossOfAll).not.toBe(report(1)?.linear?.lossOfAll);
    expect(necessityReport({ features: [speed, noise], seed: 1 }).ranking).toBeUndefined();
  });
});

function short(of: NumericColumn, rows: number): NumericColumn {
  return { ...of, values: of.values.slice(0, rows) };
}
