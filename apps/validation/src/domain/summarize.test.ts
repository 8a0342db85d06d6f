import type { ColumnStatistics as TableColumn, NumericStatistics as TableNumbers } from "@throughline/tables";
import { describe, expect, test } from "vitest";
import { parseStatistics, type StatisticsContent, statisticsText } from "./statistics.ts";
import { summarize } from "./summarize.ts";

const NUMBERS: TableNumbers = {
  moments: { count: 4, mean: 2.5, m2: 5 },
  min: 1,
  max: 4,
  standardDeviation: 1.2909944487358056,
  zeroCount: 0,
  nanCount: 1,
  positiveInfinityCount: 1,
  negativeInfinityCount: 2,
  quantiles: { values: Array.from({ length: 101 }, (_, i) => i), rankError: 0 },
  histogram: [{ low: 1, high: 4, count: 4 }],
};

const column = (more: Partial<TableColumn>): TableColumn => ({
  name: "x",
  type: "float64",
  count: 8,
  missing: 2,
  distinct: { count: 7, exact: true },
  topValues: [],
  ...more,
});

const summarized = (more: Partial<TableColumn>) => {
  const [found] = summarize({ rowCount: 10, columns: [column(more)] });
  if (!found) throw new Error("no column");
  return found;
};

const content = (more: Partial<TableColumn>): StatisticsContent => ({
  dataDigest: "sha256:00",
  rowCount: 10,
  columns: [summarized(more)],
});

describe("statistics of a table become those of the contract", () => {
  test("numbers: deciles out of percentiles, infinities of both signs together", () => {
    expect(summarized({ numeric: NUMBERS })).toMatchObject({
      type: "FLOAT64",
      presentCount: 8,
      missingCount: 2,
      distinctCount: 7,
      numeric: { mean: 2.5, nanCount: 1, infiniteCount: 3, deciles: [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100] },
    });
  });

  test("no finite value: figures are NaN, and lists are empty", () => {
    const none = { ...NUMBERS, moments: { count: 0, mean: 0, m2: 0 }, quantiles: { values: [], rankError: 0 } };
    const { numeric } = summarized({ numeric: { ...none, histogram: [] } });
    expect(numeric).toMatchObject({
      mean: NaN,
      standardDeviation: NaN,
      min: NaN,
      max: NaN,
      deciles: [],
      histogram: [],
    });
  });

  test("truth values are the numbers 0 and 1", () => {
    const { numeric } = summarized({ type: "bool", bool: { trueCount: 3, falseCount: 1 } });
    expect(numeric).toMatchObject({ mean: 0.75, standardDeviation: 0.5, min: 0, max: 1, zeroCount: 1 });
    expect(numeric?.histogram.map((it) => it.count)).toEqual([1, 3]);
  });

  test("text, lists and bytes", () => {
    const text = { lengthMin: 1, lengthMax: 2, lengthMean: 1.5, emptyCount: 0 };
    const topValues = [{ value: "a", count: 5 }];
    expect(summarized({ type: "string", text, topValues }).text).toEqual({ meanLength: 1.5, topValues });
    expect(summarized({ type: "list<int64>" })).toMatchObject({ type: "LIST" });
    expect(summarized({ type: "bytes", text })).not.toHaveProperty("text");
  });
});

describe("the bytes that statistics are addressed by", () => {
  test("are the same when a sum differs in its last digits", () => {
    const shaken = { ...NUMBERS, moments: { ...NUMBERS.moments, mean: 2.5000000000000004 } };
    const more = { standardDeviation: 1.290994448735806 };
    expect(statisticsText(content({ numeric: { ...shaken, ...more } }))).toBe(
      statisticsText(content({ numeric: NUMBERS })),
    );
  });

  test("read back as what they were written from, undefined figures and texts like keys included", () => {
    const none = { ...NUMBERS, moments: { count: 0, mean: 0, m2: 0 }, histogram: [] };
    const topValues = [{ value: "mean", count: 2 }];
    const text = { lengthMin: 0, lengthMax: 4, lengthMean: 4, emptyCount: 0 };
    for (const it of [{ numeric: NUMBERS }, { numeric: none }, { type: "string", text, topValues } as const]) {
      expect(parseStatistics(statisticsText(content(it)))).toEqual(content(it));
    }
  });
});
