import { seededRandom } from "@throughline/stats";
import { describe, expect, test } from "vitest";
import { association } from "./association.ts";
import { categoricalColumn, type DataColumn, type NumericColumn } from "./column.ts";
import { dropCosts } from "./drop-one.ts";
import type { FeatureFacts } from "./evidence.ts";
import { necessityReport } from "./necessity.ts";
import { type Loss, type Predict, permutationImportances } from "./permutation-importance.ts";

const ROWS = 600;
const chance = seededRandom(17);
const normal = (): number => Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance());
const column = (name: string, value: (row: number) => number): NumericColumn => ({
  kind: "numeric",
  name,
  values: Float64Array.from({ length: ROWS }, (_, row) => value(row)),
});

const speed = column("speed", normal);
const weight = column("weight", normal);
const label = column("label", (row) => 2 * (speed.values[row] ?? 0) + (weight.values[row] ?? 0) + 0.3 * normal());
const twin = { ...speed, name: "twin" };
const nearSpeed = column("near_speed", (row) => 10 * (speed.values[row] ?? 0) + 2 * normal());
const noise = column("noise", normal);
const flat = column("flat", (row) => (row === 5 ? 1 : 0));
const frozen = column("frozen", () => 3);
const leak = column("leak", (row) => (label.values[row] ?? 0) + 0.1 * normal());
const FEATURES: readonly DataColumn[] = [speed, weight, twin, nearSpeed, noise, flat, frozen, leak];

/** Predicts by the true weights of speed and weight. */
const predict: Predict = (columns) => {
  const values = (name: string) => (columns.find((it) => it.name === name) as NumericColumn).values;
  const [first, second] = [values("speed"), values("weight")];
  return Float64Array.from({ length: ROWS }, (_, row) => 2 * (first[row] ?? 0) + (second[row] ?? 0));
};
const byPlace: Predict = (columns) => {
  const [first, second] = columns as readonly NumericColumn[];
  return Float64Array.from({ length: ROWS }, (_, row) => 2 * (first?.values[row] ?? 0) + (second?.values[row] ?? 0));
};
const squared: Loss = (prediction, row) => (prediction - (label.values[row] ?? 0)) ** 2;

describe("permutation importance", () => {
  const task = { columns: [speed, weight, noise], predict, loss: squared, seed: 3 };

  test("is twice the variance of what a feature brings, and exactly 0 for what the model does not read", async () => {
    const [first, second, third] = await permutationImportances({ ...task, repeats: 20 });
    // 2 Var(2 speed) = 8 and 2 Var(weight) = 2, up to the variance of 600 draws.
    expect(first?.rise.low).toBeLessThan(8);
    expect(first?.rise.high).toBeGreaterThan(8);
    expect(second?.rise.low).toBeLessThan(2);
    expect(second?.rise.high).toBeGreaterThan(2);
    expect(third?.rise).toMatchObject({ estimate: 0, low: 0, high: 0 });
    expect(first?.repeats).toHaveLength(20);
  });

  test("of a feature depends on the seed and itself, not on what is measured beside it", async () => {
    const all = await permutationImportances(task);
    const alone = await permutationImportances({ ...task, groups: [["weight"]] });
    expect(alone[0]).toEqual(all[1]);
    const renamed = { ...task, columns: [speed, { ...weight, name: "mass" }], predict: byPlace };
    const [, mass] = await permutationImportances(renamed);
    const [, same] = await permutationImportances({ ...renamed, columns: [speed, weight] });
    expect(mass?.rise.estimate).not.toBe(same?.rise.estimate);
    const other = await permutationImportances({ ...task, seed: 4 });
    expect(other[1]?.rise.estimate).not.toBe(all[1]?.rise.estimate);
  });

  test("of copies shows only if they are shuffled together", async () => {
    const mean: Predict = (columns) => {
      const [a, b] = columns as readonly NumericColumn[];
      return Float64Array.from({ length: ROWS }, (_, row) => (a?.values[row] ?? 0) + (b?.values[row] ?? 0));
    };
    const shared = { columns: [speed, twin], predict: mean, loss: squared, seed: 1 };
    const [apart] = await permutationImportances(shared);
    const [together] = await permutationImportances({ ...shared, groups: [["speed", "twin"]] });
    expect(together?.rise.estimate).toBeGreaterThan(3 * (apart?.rise.estimate ?? 0));
  });

  test("has 95% intervals that hold the truth in about 95 of 100 samples", async () => {
    const random = seededRandom(23);
    const draw = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    let held = 0;
    for (let n = 0; n < 100; n++) {
      const x = Float64Array.from({ length: 100 }, draw);
      const y = x.map((it) => it + draw());
      const [found] = await permutationImportances({
        columns: [{ kind: "numeric", name: "x", values: x }],
        predict: (columns) => (columns[0] as NumericColumn).values,
        loss: (prediction, row) => (prediction - (y[row] ?? 0)) ** 2,
        seed: n,
      });
      if (found && found.rise.low <= 2 && found.rise.high >= 2) held += 1;
    }
    expect(held).toBeGreaterThanOrEqual(87);
  });

  test.each([
    ["a group without a column", { groups: [["unheard-of"]] }],
    ["no repeats", { repeats: 0 }],
    ["too many calls", { repeats: 100_000 }],
    ["predictions of other rows", { predict: () => [1, 2] }],
  ])("%s is refused", async (_, change) => {
    await expect(permutationImportances({ ...task, ...change })).rejects.toThrow(
      expect.objectContaining({ reason: "IMPORTANCE_TASK" }),
    );
  });
});

/** Least squares on the first half of the rows, tested on the second: the model of the drop-one cost. */
function trainWithout(features: readonly NumericColumn[]) {
  return (left: readonly string[]): Float64Array => {
    const used = features.filter((it) => !left.includes(it.name));
    const [train, test] = [0, ROWS / 2];
    const at = (row: number): readonly number[] => [1, ...used.map((it) => it.values[row] ?? 0)];
    const size = used.length + 1;
    const normalEquations = Array.from({ length: size }, (_, i) =>
      Array.from({ length: size + 1 }, (_, j) => {
        let sum = i === j ? 1e-9 : 0;
        for (let row = train; row < test; row++)
          sum += (at(row)[i] ?? 0) * (j < size ? (at(row)[j] ?? 0) : (label.values[row] ?? 0));
        return sum;
      }),
    );
    const weights = solve(normalEquations);
    return Float64Array.from({ length: ROWS - test }, (_, i) => {
      const predicted = at(test + i).reduce((sum, it, k) => sum + it * (weights[k] ?? 0), 0);
      return (predicted - (label.values[test + i] ?? 0)) ** 2;
    });
  };
}

function solve(rows: readonly (readonly number[])[]): readonly number[] {
  const table = rows.map((it) => [...it]);
  for (const [i, pivot] of table.entries())
    for (const [j, row] of table.entries()) {
      if (i === j) continue;
      const factor = (row[i] ?? 0) / (pivot[i] ?? 1);
      for (const [k, it] of pivot.entries()) row[k] = (row[k] ?? 0) - factor * it;
    }
  return table.map((row, i) => (row.at(-1) ?? 0) / (row[i] ?? 1));
}

describe("drop-one cost", () => {
  test("shows what no other feature makes up for, and that a copy costs nothing", async () => {
    const found = await dropCosts(["speed", "weight", "noise", "twin"], trainWithout([speed, weight, noise, twin]));
    const rises = Object.fromEntries(found.map((it) => [it.feature, it.rise]));
    expect(rises["weight"]?.low).toBeGreaterThan(0.5);
    for (const name of ["speed", "twin", "noise"]) expect(Math.abs(rises[name]?.estimate ?? 9)).toBeLessThan(0.02);
  });
  test("losses of other rows are refused", async () => {
    const train = (left: readonly string[]) => new Array<number>(5 - left.length).fill(1);
    await expect(dropCosts(["a"], train)).rejects.toThrow(/without a it gave 4 losses, not 5/);
  });
});

describe("the report of a feature service", () => {
  const kinds = (report: ReturnType<typeof necessityReport>) => report.findings.map((it) => [it.kind, it.features[0]]);

  test("names what was planted, the gravest first, and nothing else", async () => {
    const importances = await permutationImportances({ columns: FEATURES, predict, loss: squared, seed: 1 });
    const facts = new Map<string, FeatureFacts>([
      ["speed", { cost: 10, readBy: ["model"] }],
      ["weight", { cost: 90 }],
      ["frozen", { readBy: [] }],
    ]);
    const report = necessityReport({ features: FEATURES, label, importances, facts, seed: 1 });
    expect(kinds(report)).toEqual([
      ["LEAKING", "leak"],
      ["DUPLICATE", "speed"],
      ["NEARLY_CONSTANT", "flat"],
      ["NEARLY_CONSTANT", "frozen"],
      ["UNUSED", "twin"],
      ["UNUSED", "near_speed"],
      ["UNUSED", "noise"],
      ["UNUSED", "flat"],
      ["UNUSED", "frozen"],
      ["UNUSED", "leak"],
      ["COSTLY", "weight"],
      ["REDUNDANT", "near_speed"],
    ]);
    const costly = report.findings.find((it) => it.kind === "COSTLY");
    expect(costly?.evidence).toMatchObject({ costShare: 0.9, threshold: 3 });
    expect(costly?.message).toMatch(/^weight takes 90.0% of the declared cost and brings [12]\d\.\d% of the gain/);
    expect(report.findings.find((it) => it.features[0] === "frozen")?.recommendation).toBe("REMOVE");
    expect(report).toEqual(necessityReport({ features: FEATURES, label, importances, facts, seed: 1 }));
  });

  test("finds a leak by missing values, and says so", () => {
    const outcome = categoricalColumn(
      "outcome",
      Array.from({ length: ROWS }, (_, row) => (row % 3 === 0 ? "late" : "on time")),
    );
    const delay = column("delay", (row) => (row % 3 === 0 ? 15 + (row % 7) : Number.NaN));
    const { findings } = necessityReport({ features: [delay, noise], label: outcome, seed: 1 });
    expect(findings.map((it) => it.kind)).toEqual(["LEAKING"]);
    expect(findings[0]?.message).toContain("mostly by whether it is there at all");
    expect(findings[0]?.evidence["shareToldByMissing"]).toBeGreaterThan(0.9);
  });

  test("is silent about strong associations in few rows, and about honest features", () => {
    const few = (it: NumericColumn): NumericColumn => ({ ...it, values: it.values.slice(0, 20) });
    expect(necessityReport({ features: [few(leak)], label: few(label), seed: 1 }).findings).toEqual([]);
    expect(necessityReport({ features: [speed, weight, noise], label, seed: 1 }).findings).toEqual([]);
    // A correlation of 0.9565 over 40 rows may well be 0.92: the lower bound decides.
    const random = seededRandom(13);
    const draw = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const x = Float64Array.from({ length: 40 }, draw);
    const y = x.map((it) => it + 0.3 * draw());
    const [feature, target] = [x, y].map((values) => ({ ...speed, values })) as [NumericColumn, NumericColumn];
    expect(association(feature, target).strength).toBeGreaterThan(0.95);
    expect(necessityReport({ features: [feature], label: target, seed: 1 }).findings).toEqual([]);
  });

  test("lets the drop-one cost decide where there is one", async () => {
    const used = [speed, weight, noise];
    const costs = await dropCosts(["speed", "weight", "noise"], trainWithout(used));
    const facts = new Map(used.map((it) => [it.name, { cost: 1 }] as const));
    const { findings } = necessityReport({ features: used, label, dropCosts: costs, facts, seed: 1 });
    expect(findings.map((it) => [it.kind, it.features[0]])).toEqual([
      ["UNUSED", "noise"],
      ["COSTLY", "noise"],
    ]);
    expect(Object.keys(findings[0]?.evidence ?? {})).toEqual(["dropCost", "dropCostLow", "dropCostHigh"]);
  });

  test("says of features without any value that they are empty, and stands no data at all", () => {
    const empty = column("empty", () => Number.NaN);
    const { findings } = necessityReport({ features: [empty, { ...empty, name: "also" }], label, seed: 1 });
    expect(findings.map((it) => [it.kind, it.recommendation])).toEqual([
      ["NEARLY_CONSTANT", "REMOVE"],
      ["NEARLY_CONSTANT", "REMOVE"],
    ]);
    expect(findings[0]?.message).toBe("empty is missing in every row, so no model can learn from it.");
    expect(necessityReport({ features: [], seed: 1 })).toMatchObject({ rows: 0, findings: [] });
    const none = { ...speed, values: new Float64Array(0) };
    expect(necessityReport({ features: [none], label: none, seed: 1 })).toMatchObject({ rows: 0, findings: [] });
    const city = categoricalColumn("city", Array<string>(ROWS).fill("Oslo"));
    const undefinedFigures = necessityReport({ features: [city, empty], label, seed: 1 }).findings;
    expect(undefinedFigures.length).toBe(2);
    for (const it of undefinedFigures) expect(Object.values(it.evidence).every(Number.isFinite), it.message).toBe(true);
  });

  test("looks at a sample of many rows, and at fewer for many features, and says at how many", () => {
    const many = (name: string, rows: number): NumericColumn => ({
      kind: "numeric",
      name,
      values: Float64Array.from({ length: rows }, (_, row) => (row * 7919) % 997),
    });
    const sampled = necessityReport({ features: [many("a", 6_000), { ...many("b", 6_000) }], seed: 1 });
    expect(sampled).toMatchObject({ rows: 6_000, rowsSampled: 5_000, rowsPaired: 5_000 });
    expect(sampled.findings.map((it) => it.kind)).toEqual(["DUPLICATE"]);
    const wide = Array.from({ length: 1_000 }, (_, i) => many(`f${i}`, 510));
    expect(necessityReport({ features: wide, seed: 1 })).toMatchObject({
      rows: 510,
      rowsSampled: 510,
      rowsPaired: 500,
    });
  });

  test("thresholds can be moved", () => {
    const input = { features: [speed, nearSpeed], label, seed: 1 };
    expect(necessityReport({ ...input, thresholds: { redundantStrength: 0.9999 } }).findings).toEqual([]);
    expect(kinds(necessityReport({ ...input, thresholds: { leakingStrength: 0.5 } }))[0]).toEqual(["LEAKING", "speed"]);
  });
});
