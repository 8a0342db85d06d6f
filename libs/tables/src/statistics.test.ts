import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ScratchTables, scratchTables } from "./scratch-tables.ts";
import type { Column, Row } from "./table.ts";

let scratch: ScratchTables;
beforeAll(async () => {
  scratch = await scratchTables();
});
afterAll(() => scratch[Symbol.asyncDispose]());

const COLUMNS: Column[] = [
  { name: "x", type: "float64" },
  { name: "w", type: "float64" },
  { name: "s", type: "string" },
  { name: "n", type: "int64" },
];

const row = fc.tuple(
  fc.option(fc.oneof(fc.double({ min: -1e3, max: 1e3 }), fc.constantFrom(0, Number.POSITIVE_INFINITY, Number.NaN))),
  fc.option(fc.double({ min: -1, max: 5, noNaN: true })),
  fc.option(fc.constantFrom("", "a", "bb", "ü")),
  fc.option(fc.bigInt({ min: -9n, max: 9n })),
);

/** The plain-loop oracle of one float column. */
function expectedNumbers(rows: readonly Row[]) {
  const pairs = rows.map((it) => [it[0], Math.max(0, Number(it[1] ?? 0))] as const);
  const finite = pairs.filter((it): it is [number, number] => typeof it[0] === "number" && Number.isFinite(it[0]));
  const values = finite.map((it) => it[0]).sort((a, b) => a - b);
  const sum = (list: readonly number[]): number => list.reduce((total, it) => total + it, 0);
  const mean = values.length > 0 ? sum(values) / values.length : 0;
  const weight = sum(finite.map((it) => it[1]));
  const weightedMean = weight > 0 ? sum(finite.map(([x, w]) => x * w)) / weight : 0;
  return {
    values,
    mean,
    m2: sum(values.map((it) => (it - mean) ** 2)),
    weight,
    weightedMean,
    weightedVariance: weight > 0 ? sum(finite.map(([x, w]) => w * (x - weightedMean) ** 2)) / weight : 0,
    nan: pairs.filter((it) => Number.isNaN(it[0])).length,
    zero: values.filter((it) => it === 0).length,
  };
}

test("statistics are what plain loops over the rows find", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 40 }), async (rows) => {
      const { path } = await scratch.write(COLUMNS, rows);
      const found = await scratch.engine.statistics({
        segments: [path],
        weightColumn: "w",
        histogramBuckets: 4,
        topValues: 2,
      });
      const [x, , s, n] = found.columns;
      const expected = expectedNumbers(rows);
      expect(found.rowCount).toBe(rows.length);
      expect(x?.missing).toBe(rows.filter((it) => it[0] === null).length);
      expect(x?.numeric).toMatchObject({ nanCount: expected.nan, zeroCount: expected.zero });
      expect(x?.numeric?.moments.count).toBe(expected.values.length);
      expect(x?.numeric?.moments.mean).toBeCloseTo(expected.mean, 8);
      expect(x?.numeric?.moments.m2).toBeCloseTo(expected.m2, 3);
      expect(x?.numeric?.weighted?.mean).toBeCloseTo(expected.weightedMean, 6);
      expect(x?.numeric?.weighted?.variance).toBeCloseTo(expected.weightedVariance, 3);
      const ranks = x?.numeric?.quantiles.values.map(
        (_, p) => expected.values[Math.floor((p * (expected.values.length - 1)) / 100)],
      );
      expect(x?.numeric?.quantiles.values.map((it) => it + 0)).toEqual(ranks?.map((it) => (it ?? 0) + 0));
      const buckets = x?.numeric?.histogram ?? [];
      expect(buckets.reduce((sum, it) => sum + it.count, 0)).toBe(expected.values.length);
      const texts = rows.flatMap((it) => (it[2] === null ? [] : [it[2]]));
      const counts = [...Map.groupBy(texts, (it) => it)].map(([value, all]) => ({ value, count: all.length }));
      counts.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
      expect(s?.distinct).toEqual({ count: counts.length, exact: true });
      expect(s?.topValues.map(({ value, count }) => ({ value, count }))).toEqual(counts.slice(0, 2));
      const whole = rows.flatMap((it) => (it[3] === null ? [] : [it[3]])).sort((a, b) => Number(a - b));
      expect(n?.range).toEqual(whole.length > 0 ? { min: whole[0], max: whole.at(-1) } : undefined);
    }),
    { numRuns: 15 },
  );
});

test("slices have the statistics of their rows, the largest first", async () => {
  const rows: Row[] = [
    [1, 1, "a", 1n],
    [2, 1, "b", 1n],
    [3, 1, "b", 1n],
    [4, 1, null, 1n],
    [5, 1, "it's", 1n],
    [6, 1, "it's", 1n],
    [7, 1, "it's", 1n],
  ];
  const { path } = await scratch.write(COLUMNS, rows);
  const found = await scratch.engine.statistics({ segments: [path], columns: ["x"], sliceBy: ["s"], slicesMax: 3 });
  expect(found.slices.map((it) => [it.values, it.rowCount, it.columns[0]?.numeric?.moments.mean])).toEqual([
    [["it's"], 3, 6],
    [["b"], 2, 2.5],
    [["a"], 1, 1],
  ]);
  expect(found.slicesLeftOut).toBe(1);
});

test("a column of huge range and one of one value have histograms", async () => {
  const rows: Row[] = [-Number.MAX_VALUE, 0, Number.MAX_VALUE].map((x) => [x, 1, "a", 7n]);
  const { path } = await scratch.write(COLUMNS, rows);
  const { columns } = await scratch.engine.statistics({ segments: [path], columns: ["x", "n"], histogramBuckets: 2 });
  expect(columns[0]?.numeric?.histogram.map((it) => it.count)).toEqual([1, 2]);
  expect(columns[1]?.numeric?.histogram).toEqual([{ low: 7, high: 7, count: 3 }]);
});
