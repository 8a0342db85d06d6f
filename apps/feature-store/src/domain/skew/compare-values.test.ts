import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canonicalRowBytes, type FeatureValue } from "@throughline/kernel";
import { type Column, openTables, type TableEngine } from "@throughline/tables";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ValueType } from "../value-type.ts";
import { type ComparedRows, differencesOf, differingRows, examplesOf } from "./compare-values.ts";
import { distancesOf } from "./distribution-distances.ts";
import type { ComparedFeature } from "./joined-rows.ts";

/** Rows with a served and a joined value of each type, compared by the table engine and by plain loops. */
const dir = mkdtempSync(join(tmpdir(), "throughline-compare-"));
let tables: TableEngine;
beforeAll(async () => {
  tables = await openTables({ dataDir: join(dir, "tables"), memoryLimitMiB: 128, threads: 2, processes: 1 });
});
afterAll(async () => {
  await tables.close();
  rmSync(dir, { recursive: true, force: true });
});

const int64 = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: -2n, max: 2n }));
const VALUES: Readonly<Record<ValueType, fc.Arbitrary<FeatureValue>>> = {
  bool: fc.boolean(),
  int64,
  float64: fc.oneof(fc.double(), fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, 1, 1e308, -1e308)),
  string: fc.constantFrom("", "a", "A", "ä", "'\"", "\u{1F600}"),
  bytes: fc.uint8Array({ maxLength: 2 }),
  timestamp: fc.bigInt({ min: -5n, max: 5n }).map((ns) => ({ ns })),
};
const TYPES = Object.keys(VALUES) as ValueType[];
const anyValue = (type: ValueType) => fc.option(VALUES[type], { nil: null, freq: 4 });

const featureOf = (type: ValueType): ComparedFeature => ({
  name: `v__${type}`,
  view: "v",
  viewVersion: 1,
  servedViewVersion: 1,
  type,
  served: `l_${type}`,
  logged: "",
});
const FEATURES = TYPES.map(featureOf);
const COLUMNS: readonly Column[] = [
  { name: "n", type: "int64" },
  { name: "p", type: "string" },
  { name: "as_of", type: "timestamp" },
  ...FEATURES.flatMap((it) => [
    { name: it.served, type: it.type },
    { name: it.name, type: it.type },
  ]),
];

type Pair = readonly [served: FeatureValue, joined: FeatureValue];
let files = 0;

async function written(rows: readonly (readonly Pair[])[]): Promise<ComparedRows> {
  const path = join(dir, `rows-${files++}.parquet`);
  const cells = rows.map((row, i) => [BigInt(i), `p${i}`, { ns: BigInt(i) }, ...row.flat()]);
  await tables.importRows({ columns: COLUMNS, output: path }, cells);
  return { path, features: FEATURES, signal: new AbortController().signal };
}

const isSame = ([a, b]: Pair): boolean => canonicalRowBytes([a]).equals(canonicalRowBytes([b]));

/** The distance of two values; undefined where there is none. */
function distance([a, b]: Pair): number | undefined {
  if (typeof a === "bigint" && typeof b === "bigint") return Number(a > b ? a - b : b - a);
  if (typeof a !== "number" || typeof b !== "number" || !Number.isFinite(a - b)) return undefined;
  return Math.abs(a - b);
}

const row = fc.tuple(...TYPES.map((it) => fc.tuple(anyValue(it), anyValue(it)))) as unknown as fc.Arbitrary<Pair[]>;
const alike = row.map((it) => it.map(([served]): Pair => [served, served]));

describe("served and joined values", () => {
  test("are compared as plain loops compare their canonical bytes, of every type", async () => {
    const property = fc.asyncProperty(fc.array(fc.oneof(row, alike), { minLength: 1, maxLength: 12 }), async (rows) => {
      const compared = await written(rows);
      const found = await differencesOf(tables, compared);
      for (const [i, feature] of FEATURES.entries()) {
        const pairs = rows.map((it) => it[i] as Pair);
        const differing = pairs.filter((it) => !isSame(it));
        const distances = differing.flatMap((it) => distance(it) ?? []);
        expect(found[i]).toMatchObject({
          differingCount: differing.length,
          servedMissingCount: differing.filter(([a]) => a === null).length,
          joinedMissingCount: differing.filter(([, b]) => b === null).length,
        });
        expect(found[i]?.absoluteDifference?.max).toBe(distances.length === 0 ? undefined : Math.max(...distances));
        const examples = await examplesOf(tables, compared, { feature, count: 20 });
        const bytes = (values: readonly FeatureValue[]) => canonicalRowBytes(values).toString("hex");
        expect(examples.map((it) => bytes([it.served, it.joined])).sort()).toEqual(differing.map(bytes).sort());
        expect(examples.map((it) => `p${it.asOfNs}`)).toEqual(examples.map((it) => it.prediction));
      }
      const anywhere = rows.filter((it) => it.some((pair) => !isSame(pair))).length;
      expect(await differingRows(tables, compared)).toBe(anywhere);
    });
    await fc.assert(property, { numRuns: 12 });
  });

  test("show the largest differences first, then those in the log's order", async () => {
    const pairs: Pair[] = [
      [1, 2],
      [null, 5],
      [0, 10],
      [3, 4],
      [7, 7],
    ];
    const rows = pairs.map((pair) => TYPES.map((it): Pair => (it === "float64" ? pair : [null, null])));
    const compared = await written(rows);
    const feature = featureOf("float64");
    const names = async (count: number) =>
      (await examplesOf(tables, compared, { feature, count })).map((it) => it.prediction);
    expect(await names(10)).toEqual(["p2", "p0", "p3", "p1"]);
    expect(await names(2)).toEqual(["p2", "p0"]);
    const [, , found] = await differencesOf(tables, compared);
    expect(found?.absoluteDifference).toEqual({ max: 10, mean: 4 });
  });

  test("have distances of 0 where they are distributed alike, and of 1 where they never meet", async () => {
    const numbers = (served: readonly number[], joined: readonly number[]) =>
      served.map((it, i) => TYPES.map((type): Pair => (type === "float64" ? [it, joined[i] ?? null] : [null, null])));
    const turned = await written(numbers([1, 2, 3, 4], [4, 3, 2, 1]));
    expect(await distancesOf(tables, turned, featureOf("float64"))).toEqual({
      jensenShannon: 0,
      populationStability: 0,
      wasserstein: 0,
    });
    const apart = await written(numbers([1, 2, 3, 4], [101, 102, 103, 104]));
    const far = await distancesOf(tables, apart, featureOf("float64"));
    expect(far?.jensenShannon).toBeCloseTo(1, 10);
    expect(far?.wasserstein).toBeCloseTo(100, 10);
    const texts = ["a", "a", "b", "b"].map((it, i) =>
      TYPES.map((type): Pair => (type === "string" ? [it, i === 0 ? "b" : it] : [null, null])),
    );
    const counted = await distancesOf(tables, await written(texts), featureOf("string"));
    expect(counted?.lInfinity).toBeCloseTo(0.25, 10);
    expect(await distancesOf(tables, apart, featureOf("string"))).toBeUndefined();
  });
});
