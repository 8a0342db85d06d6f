import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { association } from "./association.ts";
import type { CategoricalColumn, DataColumn, NumericColumn } from "./column.ts";
import { countedInformation } from "./contingency.ts";
import { correlationInterval, pearson, spearman } from "./correlation.ts";
import { design, targets } from "./design.ts";
import { information } from "./information.ts";
import { judge } from "./linear-reference.ts";
import { nearestGroupInformation, nearestInformation } from "./nearest.ts";
import { importanceUnder, type Loss, lossesOf, type Predict } from "./permutation-importance.ts";
import { chooseFeatures } from "./redundancy.ts";

type Lists = Readonly<Record<string, readonly number[]>>;
interface Model {
  readonly weights: readonly number[];
  readonly start: number;
  readonly orders: readonly (readonly (readonly number[])[])[];
  readonly repeats: readonly (readonly number[])[];
}
interface Pair {
  readonly a: string;
  readonly b: string;
  readonly strength: number;
}

interface Rise {
  readonly mean: number;
  readonly error: number;
}
interface Ridge {
  readonly all: number;
  readonly none: number;
  readonly without: readonly Rise[];
  readonly upTo: readonly Rise[];
}

/** Made by fixtures/oracle.py from scikit-learn and SciPy. */
const oracle: {
  readonly columns: Lists;
  readonly groups: Lists;
  readonly quartiles: Lists;
  readonly numericLabel: readonly number[];
  readonly classLabel: readonly number[];
  readonly nearest: readonly { readonly name: string; readonly neighbours: number; readonly numeric: number }[];
  readonly nearestGroup: readonly { name: string; group: string; neighbours: number; nats: number }[];
  readonly counted: readonly { readonly a: string; readonly b: string; readonly nats: number }[];
  readonly publicRegression: Readonly<Record<string, number>>;
  readonly publicClassification: Readonly<Record<string, number>>;
  readonly correlations: readonly { a: string; b: string; pearson: number; spearman: number }[];
  readonly pearsonInterval: readonly [number, number];
  readonly correlationRatios: readonly Pair[];
  readonly cramersV: readonly Pair[];
  readonly mrmr: readonly { readonly name: string; readonly relevance: number; readonly redundancy: number }[];
  readonly folds: readonly number[];
  readonly ridge: Ridge;
  readonly ridgeOfClasses: Ridge;
  readonly linear: Model;
  readonly logistic: Model;
} = JSON.parse(readFileSync(new URL("../fixtures/oracle.json", import.meta.url), "utf8"));

const numeric = (name: string, values = oracle.columns[name] ?? []): NumericColumn => ({
  kind: "numeric",
  name,
  values: Float64Array.from(values),
});
const categorical = (name: string, values = oracle.groups[name] ?? []): CategoricalColumn => ({
  kind: "categorical",
  name,
  codes: Int32Array.from(values),
  categories: Math.max(...values) + 1,
});
const numericLabel = numeric("label", oracle.numericLabel);
const classLabel = categorical("label", oracle.classLabel);

describe("information agrees with scikit-learn", () => {
  test.each(oracle.nearest)(
    "of $name with a number, $neighbours neighbours, to 1e-11",
    ({ name, neighbours, numeric: nats }) => {
      expect(nearestInformation(numeric(name).values, numericLabel.values, neighbours)).toBeCloseTo(nats, 11);
    },
  );
  test.each(oracle.nearestGroup)("of $name with $group, $neighbours neighbours, to 1e-11", (it) => {
    const found = nearestGroupInformation(numeric(it.name).values, categorical(it.group).codes, it.neighbours);
    expect(found).toBeCloseTo(it.nats, 11);
  });
  test.each(oracle.counted)("of $a with $b by counts, to 1e-12", ({ a, b, nats }) => {
    expect(countedInformation(categorical(a).codes, categorical(b).codes).plain).toBeCloseTo(nats, 12);
  });

  const features: readonly DataColumn[] = [
    ...Object.keys(oracle.columns).map((it) => numeric(it)),
    ...Object.keys(oracle.groups).map((it) => categorical(it)),
  ];
  // Noise breaks the ties of whole numbers by chance, scikit-learn's otherwise than ours; continuous columns hardly feel it.
  const tolerance = (name: string): number => (name === "whole" ? 0.1 : 1e-6);
  test.each(features.map((it) => [it.name, it] as const))("mutual_info_regression of %s", (name, feature) => {
    const found = information(feature, numericLabel, { seed: 1 }).nats;
    expect(Math.abs(found - (oracle.publicRegression[name] ?? Number.NaN))).toBeLessThanOrEqual(tolerance(name));
  });
  test.each(features.map((it) => [it.name, it] as const))("mutual_info_classif of %s", (name, feature) => {
    const expected = oracle.publicClassification[name] ?? Number.NaN;
    if (feature.kind === "categorical") {
      expect(countedInformation(feature.codes, classLabel.codes).plain).toBeCloseTo(expected, 12);
      return;
    }
    const found = information(feature, classLabel, { seed: 1 }).nats;
    expect(Math.abs(found - expected)).toBeLessThanOrEqual(tolerance(name));
  });
});

describe("associations agree with SciPy and their formulas", () => {
  test.each(oracle.correlations)("Pearson and Spearman of $a and $b, to 1e-9", (it) => {
    const [a, b] = [numeric(it.a).values, numeric(it.b).values];
    expect(pearson(a, b)).toBeCloseTo(it.pearson, 9);
    expect(spearman(a, b)).toBeCloseTo(it.spearman, 12);
    const strongest = Math.max(Math.abs(it.pearson), Math.abs(it.spearman));
    expect(association(numeric(it.a), numeric(it.b)).strength).toBeCloseTo(strongest, 9);
  });
  test("Fisher's interval", () => {
    const found = correlationInterval(pearson(numeric("near").values, numeric("large").values), 300);
    expect(found.low).toBeCloseTo(oracle.pearsonInterval[0], 9);
    expect(found.high).toBeCloseTo(oracle.pearsonInterval[1], 9);
  });
  test("correlation ratios and corrected Cramer's V, to 1e-9", () => {
    for (const { a, b, strength } of oracle.correlationRatios) {
      expect(association(numeric(a), categorical(b)).strength).toBeCloseTo(strength, 9);
      expect(association(categorical(b), numeric(a)).strength).toBeCloseTo(strength, 9);
    }
    for (const { a, b, strength } of oracle.cramersV)
      expect(association(categorical(a), categorical(b)).strength).toBeCloseTo(strength, 9);
  });
});

describe("the linear reference is scikit-learn's ridge, fitted anew for each choice of features, to 1e-9", () => {
  const gappy = numeric(
    "gappy",
    (oracle.columns["near"] ?? []).map((it, row) => (row % 7 === 0 ? Number.NaN : it)),
  );
  const features = [gappy, categorical("tied"), numeric("noise"), categorical("rare")];
  test.each([
    ["a number", numericLabel, oracle.ridge],
    ["three classes", classLabel, oracle.ridgeOfClasses],
  ] as const)("of %s", (_, label, expected) => {
    const found = judge(design(features), targets(label), Int32Array.from(oracle.folds));
    expect(found.lossOfAll).toBeCloseTo(expected.all, 9);
    expect(found.lossOfNone).toBeCloseTo(expected.none, 9);
    const pairs = [
      ...found.dropCosts.map((it, i) => [it.rise, expected.without[i]] as const),
      ...found.risesUpTo.map((it, i) => [it, expected.upTo[i]] as const),
    ];
    expect(pairs.length).toBe(8);
    for (const [rise, { mean, error } = { mean: Number.NaN, error: Number.NaN }] of pairs) {
      expect(rise.estimate).toBeCloseTo(mean, 9);
      expect(rise.high).toBeCloseTo(mean + 1.959963984540054 * error, 9);
      expect(rise.low).toBeCloseTo(mean - 1.959963984540054 * error, 9);
    }
  });
});

test("mRMR chooses what a plain loop over scikit-learn's mutual_info_score, corrected by Miller's formula, chooses", () => {
  const groups = Object.keys(oracle.groups).map((it) => categorical(it));
  const quartiles = Object.entries(oracle.quartiles).map(([name, values]) => categorical(name, values));
  const found = chooseFeatures([...groups, ...quartiles], classLabel, 6);
  expect(found.map((it) => it.name)).toEqual(oracle.mrmr.map((it) => it.name));
  for (const [i, { relevance, redundancy }] of oracle.mrmr.entries()) {
    expect(found[i]?.relevance).toBeCloseTo(relevance, 12);
    expect(found[i]?.redundancy).toBeCloseTo(redundancy, 12);
  }
});

describe("permutation importances are scikit-learn's on its own shuffles, to 1e-10", () => {
  const names = ["near", "curve", "noise"];
  const columns = names.map((it) => numeric(it, (oracle.columns[it] ?? []).slice(0, 120)));
  const score =
    ({ weights, start }: Model): Predict =>
    (given) =>
      Float64Array.from({ length: 120 }, (_, row) =>
        given.reduce((sum, it, i) => sum + (weights[i] ?? 0) * ((it as NumericColumn).values[row] ?? 0), start),
      );
  const squared: Loss = (prediction, row) => (prediction - (oracle.numericLabel[row] ?? 0)) ** 2;
  const logLoss: Loss = (prediction, row) =>
    Math.log1p(Math.exp((oracle.classLabel[row] ?? 0) > 0 ? -prediction : prediction));
  test.each([
    ["squared error of a linear model", oracle.linear, squared],
    ["log loss of a logistic model", oracle.logistic, logLoss],
  ] as const)("%s", async (_, model, loss) => {
    const task = { columns, predict: score(model), loss };
    const base = await lossesOf(task, columns);
    for (const [i, name] of names.entries()) {
      const found = await importanceUnder(task, { group: [name], orders: model.orders[i] ?? [], base });
      for (const [n, expected] of (model.repeats[i] ?? []).entries())
        expect(found.repeats[n]).toBeCloseTo(expected, 10);
      const mean = found.repeats.reduce((sum, it) => sum + it, 0) / found.repeats.length;
      expect(found.rise.estimate).toBeCloseTo(mean, 10);
    }
  });
});
