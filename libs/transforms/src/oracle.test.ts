import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { checkTransforms } from "./check.ts";
import { type Columns, columnOf } from "./column.ts";
import type { Step } from "./definition.ts";
import { learnConstants } from "./learning.ts";
import { applyTransforms, readyTransforms } from "./transforms.ts";

type Numbers = readonly (number | null)[];
type ByName = Readonly<Record<string, readonly number[]>>;

interface Oracle {
  readonly rows: Readonly<Record<"x" | "y" | "z" | "w" | "gaps", Numbers>> &
    Readonly<Record<"city" | "text" | "time", readonly string[]>>;
  readonly cityCounts: Readonly<Record<string, number>>;
  readonly oneHot: ByName;
  readonly parts: readonly (readonly number[])[];
  readonly pca: {
    readonly components: readonly (readonly number[])[];
    readonly explained: readonly number[];
    readonly scores: readonly (readonly number[])[];
    readonly white: readonly (readonly number[])[];
  };
}

const oracle = JSON.parse(readFileSync(new URL("../fixtures/oracle.json", import.meta.url), "utf8")) as Oracle &
  Readonly<Record<string, Numbers & ByName>>;
const { rows } = oracle;
const COLUMNS = ["x", "y", "z", "w", "gaps"].map((name) => ({ name, type: "float64" as const }));
const DATA: Columns = new Map([
  ...COLUMNS.map(({ name }) => [name, columnOf(name, "float64", rows[name as "x"])] as const),
  ["city", columnOf("city", "string", rows.city)],
  ["text", columnOf("text", "string", rows.text)],
  ["time", columnOf("time", "timestamp", rows.time.map(BigInt))],
]);

async function learned(...steps: readonly Step[]) {
  const output = steps.at(-1)?.output ?? "";
  const transforms = checkTransforms({
    columns: [
      ...COLUMNS,
      { name: "city", type: "string" },
      { name: "text", type: "string" },
      { name: "time", type: "timestamp" },
    ],
    steps,
    outputs: [{ name: "out", columns: [output], type: "float64" }],
  });
  return readyTransforms(transforms, await learnConstants(transforms, () => [DATA]));
}

/** Learns and applies steps, and gives the elements of the last one's output by their names. */
async function made(...steps: readonly Step[]): Promise<Readonly<Record<string, readonly number[]>>> {
  const ready = await learned(...steps);
  const values = [...(applyTransforms(ready, DATA).get("out")?.values ?? [])].map(Number);
  const names = ready.outputs[0]?.elementNames() ?? [];
  return Object.fromEntries(names.map((name, i) => [name, values.filter((_, at) => at % names.length === i)]));
}

const only = async (...steps: readonly Step[]): Promise<readonly number[]> =>
  Object.values(await made(...steps))[0] ?? [];

/** A few roundings, relative to the greatest number of a column. */
const ROUNDING = 1e-13;

/** Equal to rounding, relative to the greatest of the expected numbers. */
function expectClose(found: readonly number[] | undefined, expected: Numbers, tolerance: number): void {
  const size = Math.max(...expected.map((it) => Math.abs(it ?? 0)));
  expect(found).toHaveLength(expected.length);
  found?.forEach((it, i) => {
    expect(Math.abs(it - (expected[i] as number)), `row ${i}: ${it}, expected ${expected[i]}`).toBeLessThanOrEqual(
      tolerance * size,
    );
  });
}

const to = { output: "out" } as const;

describe("as scikit-learn and NumPy do it:", () => {
  const NUMBERS: readonly (readonly [string, Step, number])[] = [
    ["minMax", { kind: "scale", input: "x", ...to, method: "min-max" }, ROUNDING],
    ["minMaxRange", { kind: "scale", input: "x", ...to, method: "min-max", range: [-1, 3] }, ROUNDING],
    // The variance of numbers around a million: scikit-learn's own error is the larger one.
    ["zScore", { kind: "scale", input: "y", ...to, method: "z-score" }, 1e-9],
    ["robust", { kind: "scale", input: "x", ...to, method: "robust" }, ROUNDING],
    ["robustWide", { kind: "scale", input: "x", ...to, method: "robust", quantiles: [0.05, 0.95] }, ROUNDING],
    ["log", { kind: "log", input: "x", ...to }, 1e-15],
    ["log10", { kind: "log", input: "x", ...to, base: 10 }, 1e-15],
    ["log1p", { kind: "log", input: "x", ...to, plusOne: true }, 1e-15],
    ["mean", { kind: "impute", input: "gaps", ...to, with: "mean" }, ROUNDING],
    ["median", { kind: "impute", input: "gaps", ...to, with: "median" }, 0],
    ["mostFrequent", { kind: "impute", input: "gaps", ...to, with: "most-frequent" }, 0],
    ["clip", { kind: "clip", input: "z", ...to, min: -2, max: 2.5 }, 0],
    ["bucket", { kind: "bucket", input: "x", ...to, boundaries: [1, 5, 20] }, 0],
    ["deciles", { kind: "quantile-bucket", input: "x", ...to, buckets: 10 }, 0],
    ["hash", { kind: "hash", input: "city", ...to, buckets: 13, seed: 7 }, 0],
  ];
  test.each(NUMBERS)("%s", async (name, step, tolerance) => {
    expectClose(await only(step), oracle[name] as Numbers, tolerance);
  });

  test("indicators of missing values", async () => {
    const transforms = checkTransforms({
      columns: COLUMNS,
      steps: [{ kind: "impute", input: "gaps", output: "filled", with: "constant", value: -1, indicator: "gone" }],
      outputs: [{ name: "out", columns: ["gone"] }],
    });
    const ready = readyTransforms(transforms, await learnConstants(transforms, () => [DATA]));
    expect([...(applyTransforms(ready, DATA).get("out")?.values ?? [])]).toEqual(oracle["indicator"]);
  });

  test("vocabularies by frequency, and one-hot", async () => {
    const found = await made(
      { kind: "vocabulary", input: "city", output: "word" },
      { kind: "one-hot", input: "word", ...to },
    );
    const byCount = Object.entries(oracle.cityCounts).sort(([, a], [, b]) => b - a);
    expect(Object.keys(found)).toEqual([...byCount.map(([city]) => `word=${city}`), "word=other 0", "word=missing"]);
    for (const [city, expected] of Object.entries(oracle.oneHot)) expect(found[`word=${city}`]).toEqual(expected);
  });

  const nGrams = { kind: "n-grams", input: "text", ...to, tokens: { separator: " " } } as const;
  const TEXTS: readonly (readonly [string, Step])[] = [
    ["grams", { ...nGrams, lengths: [1, 2], lowercase: true }],
    ["binary", { ...nGrams, lengths: [1, 1], weight: "binary" }],
    ["tfIdf", { ...nGrams, lengths: [1, 1], lowercase: true, weight: "tf-idf" }],
    ["characters", { ...nGrams, tokens: "characters", lengths: [2, 2] }],
  ];
  test.each(TEXTS)("n-grams: %s", async (name, step) => {
    const found = await made(step);
    const expected = oracle[name] as ByName;
    expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
    for (const [gram, counts] of Object.entries(expected)) expectClose(found[gram], counts, 1e-15);
  });

  test.each(["year", "month", "day", "weekday", "hour", "minute", "second"] as const)(
    "date parts: %s",
    async (part) => {
      const place = ["year", "month", "day", "weekday", "hour", "minute", "second"].indexOf(part);
      expect(await only({ kind: "date-part", input: "time", ...to, part })).toEqual(
        oracle.parts.map((it) => it[place]),
      );
    },
  );

  test.each([false, true])("principal components, but for their signs (whitened: %s)", async (whiten) => {
    const found = await made({ kind: "pca", inputs: ["x", "y", "z", "w"], ...to, components: 2, whiten });
    Object.values(found).forEach((scores, c) => {
      const expected = oracle.pca[whiten ? "white" : "scores"].map((it) => it[c] as number);
      const component = oracle.pca.components[c] ?? [];
      const greatest = component.reduce((best, it) => (Math.abs(it) > Math.abs(best) ? it : best), 0);
      expectClose(
        scores,
        expected.map((it) => it * Math.sign(greatest)),
        1e-9,
      );
    });
  });

  test("how much of the variance components explain", async () => {
    const { constants } = await learned({ kind: "pca", inputs: ["x", "y", "z", "w"], ...to, components: 2 });
    expectClose((constants.steps["out"] as { explained: number[] }).explained, oracle.pca.explained, 1e-9);
  });
});
