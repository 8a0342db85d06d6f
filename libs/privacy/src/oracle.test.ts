import { readFileSync } from "node:fs";
import { chiSquareTest } from "@throughline/stats";
import { describe, expect, test } from "vitest";
import { classCounter } from "./class-counts.ts";
import { discreteGaussian, discreteLaplace } from "./exact-chance.ts";
import { gaussianDeviation } from "./gaussian-deviation.ts";
import { privacyReport } from "./privacy-report.ts";
import { keyedBytes } from "./random-bytes.ts";

interface ColumnFigures {
  readonly distinct: number;
  readonly entropyWhole: number;
  readonly entropy: number;
  readonly recursiveRatio: number | null;
  readonly t: number;
}

/** Made by fixtures/oracle.py from pycanon, SciPy and the definitions. */
const oracle: {
  readonly tables: readonly {
    readonly rows: readonly (readonly [string, string, string, number])[];
    readonly k: number;
    readonly l: number;
    readonly rowsBelow5: number;
    readonly disease: ColumnFigures;
    readonly salary: ColumnFigures;
  }[];
  readonly gaussian: readonly Readonly<Record<"epsilon" | "delta" | "deviation" | "analytic" | "exactDelta", number>>[];
  readonly laplaceMasses: readonly { readonly scale: readonly [number, number]; readonly masses: readonly number[] }[];
  readonly gaussianMasses: readonly {
    readonly variance: readonly [number, number];
    readonly masses: readonly number[];
  }[];
} = JSON.parse(readFileSync(new URL("../fixtures/oracle.json", import.meta.url), "utf8"));

describe("reports agree with pycanon", () => {
  test.each(oracle.tables.map((it, i) => [i, it] as const))("table %i, to 1e-12", (_, table) => {
    const counter = classCounter({ quasiIdentifiers: ["age", "area"], sensitive: ["disease", "salary"] });
    for (const [age, area, disease, salary] of table.rows) counter.add([age, area], [disease, salary]);
    const report = privacyReport(counter.counts(), { k: 5, recursive: { c: 3, l: table.l } });
    expect(report.anonymity.k).toBe(table.k);
    expect(report.anonymity.rowsBelow).toBe(table.rowsBelow5);
    for (const [i, expected] of [table.disease, table.salary].entries()) {
      const found = report.diversity[i];
      expect(found?.distinct).toBe(expected.distinct);
      expect(Math.floor((found?.entropy ?? 0) + 1e-12)).toBe(expected.entropyWhole);
      expect(found?.entropy).toBeCloseTo(expected.entropy, 12);
      expect(found?.recursiveRatio).toBeCloseTo(expected.recursiveRatio ?? Number.POSITIVE_INFINITY, 12);
      expect(report.closeness[i]?.t).toBeCloseTo(expected.t, 12);
    }
    expect(report.closeness.map((it) => it.distance)).toEqual(["equal", "ordered"]);
  });
});

describe("the width of Gaussian noise", () => {
  test.each(oracle.gaussian)(
    "for epsilon $epsilon and delta $delta is that of the bound, and enough by the definition",
    (it) => {
      expect(gaussianDeviation(it.epsilon, it.delta) / it.deviation).toBeCloseTo(1, 8);
      expect(it.exactDelta).toBeLessThanOrEqual(it.delta);
      expect(it.deviation).toBeGreaterThan(it.analytic);
      expect(it.deviation / it.analytic).toBeLessThan(it.delta > 1e-5 ? 1.25 : 1.1);
    },
  );
});

/** Draws, by their size and sign, against the probabilities: a chi-square test that one right sampler in 10,000 fails, with a fixed key. */
function agrees(draw: () => bigint, masses: readonly number[], count: number): void {
  const expected = new Map<number, number>();
  for (const [size, mass] of masses.entries()) for (const sign of [-1, 1]) expected.set(sign * size, mass * count);
  const found = new Map<number, number>();
  for (let i = 0; i < count; i++) {
    const drawn = Number(draw());
    found.set(drawn, (found.get(drawn) ?? 0) + 1);
  }
  const common = [...expected].filter(([, mass]) => mass >= 10);
  const rest = (of: ReadonlyMap<number, number>): number =>
    count - common.reduce((sum, [at]) => sum + (of.get(at) ?? 0), 0);
  // A sample of a million times the draws stands for the probabilities themselves.
  const [scale, table] = [1e6, [...common.map(([at]) => at)]];
  const result = chiSquareTest([
    [...table.map((at) => found.get(at) ?? 0), rest(found)],
    [...table.map((at) => (expected.get(at) ?? 0) * scale), rest(expected) * scale],
  ]);
  expect(table.length).toBeGreaterThan(2);
  expect(result.pValue).toBeGreaterThan(1e-4);
}

describe("draws follow their distributions", () => {
  const random = keyedBytes(Buffer.alloc(32, 7));
  test.each(oracle.laplaceMasses)("discrete Laplace of scale $scale", ({ scale: [part, over], masses }) => {
    agrees(() => discreteLaplace({ part: BigInt(part), over: BigInt(over) }, random), masses, 10_000);
  });
  test.each(oracle.gaussianMasses)("discrete Gaussian of variance $variance", ({ variance: [part, over], masses }) => {
    agrees(() => discreteGaussian({ part: BigInt(part), over: BigInt(over) }, random), masses, 10_000);
  });
});
