import { seededRandom } from "@throughline/stats";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inferSchema } from "./infer-schema.ts";
import { type ColumnSchema, checkSchema } from "./schema.ts";
import type { ColumnStatistics } from "./statistics.ts";
import { normals, numbers, texts, truths } from "./testing-columns.ts";
import { validateStatistics } from "./validate-statistics.ts";

const cycle = (values: readonly string[], count: number) =>
  Array.from({ length: count }, (_, i) => values[i % values.length] as string);

const anomalies = (columns: readonly ColumnStatistics[], schema: readonly ColumnSchema[], rowCount = 1_000) =>
  validateStatistics({ rowCount, columns }, schema);

describe("an inferred schema", () => {
  test("fits the data that it was inferred from, whatever they are", () => {
    const float = fc.option(fc.double(), { nil: null });
    const word = fc.option(fc.constantFrom("a", "b", "c", "", "é"), { nil: null });
    fc.assert(
      fc.property(fc.array(float, { maxLength: 250 }), fc.array(word, { maxLength: 250 }), (xs, words) => {
        const columns = [numbers("x", xs), texts("c", words), truths("b", xs.length, words.length)];
        const schema = inferSchema(columns);
        checkSchema(schema);
        expect(anomalies(columns, schema)).toEqual([]);
      }),
    );
  });

  test("has the range with a tenth to either side, which keeps its sign", () => {
    const values = Array.from({ length: 101 }, (_, i) => i);
    expect(inferSchema([numbers("x", values, "INT64")])[0]).toMatchObject({ type: "INT64", min: 0, max: 110 });
    const below = values.map((it) => it - 50);
    expect(inferSchema([numbers("x", below)])[0]).toMatchObject({ min: -60, max: 60 });
  });

  test("has a domain for text with few values, and none for names of rows", () => {
    expect(inferSchema([texts("c", cycle(["b", "a"], 200))])[0]).toMatchObject({
      domain: ["a", "b"],
      minDomainMass: 1,
    });
    const ids = Array.from({ length: 200 }, (_, i) => `id-${i}`);
    expect(inferSchema([texts("c", ids)])[0]).toMatchObject({ domain: [], minDomainMass: 0 });
  });

  test("asks for presence by the lower end of the Wilson interval, and for all where all rows have a value", () => {
    const full = normals(seededRandom(1), 1_000);
    const holes = full.map((it, i) => (i % 50 === 0 ? null : it));
    const [first, second] = inferSchema([numbers("full", full), numbers("holes", holes)]);
    expect(first?.minPresentShare).toBe(1);
    expect(second?.minPresentShare).toBeGreaterThan(0.95);
    expect(second?.minPresentShare).toBeLessThan(0.98);
  });

  test("has no range from NaN, from few rows and for times", () => {
    const few = numbers("few", [1, 2, 3]);
    const nan = numbers("nan", [...normals(seededRandom(2), 200), Number.NaN]);
    const time = numbers("time", normals(seededRandom(3), 200), "TIMESTAMP");
    for (const it of inferSchema([few, nan, time])) expect([it.min, it.max]).toEqual([undefined, undefined]);
  });
});

describe("anomalies", () => {
  const base = { minPresentShare: 0, domain: [], minDomainMass: 0 } as const;
  const x = (more: Partial<ColumnSchema> = {}): ColumnSchema => ({ ...base, name: "x", type: "FLOAT64", ...more });
  const text = { ...base, name: "c", type: "STRING", domain: ["a", "b"], minDomainMass: 0.9 } as const;

  test.each<[string, string, ColumnStatistics[], ColumnSchema[], number, number]>([
    ["SCHEMA_MISSING_COLUMN", "ERROR", [], [x()], 0, 1],
    ["SCHEMA_NEW_COLUMN", "WARNING", [numbers("x", [1])], [], 1, 0],
    ["UNEXPECTED_DATA_TYPE", "ERROR", [numbers("x", [1], "INT64")], [x()], 1, 0],
    [
      "FEATURE_TYPE_LOW_FRACTION_PRESENT",
      "WARNING",
      [numbers("x", [1, 2, 3, null])],
      [x({ minPresentShare: 0.8 })],
      0.75,
      0.8,
    ],
    ["FEATURE_TYPE_LOW_FRACTION_PRESENT", "ERROR", [numbers("x", [1, null])], [x({ minPresentShare: 0.8 })], 0.5, 0.8],
    ["FEATURE_TYPE_NOT_PRESENT", "ERROR", [numbers("x", [null])], [x({ minPresentShare: 0.01 })], 0, 0.01],
    ["FLOAT_TYPE_BIG_FLOAT", "WARNING", [numbers("x", [1, 9])], [x({ max: 8 })], 9, 8],
    ["FLOAT_TYPE_SMALL_FLOAT", "WARNING", [numbers("x", [1, 9])], [x({ min: 2 })], 1, 2],
    ["FLOAT_TYPE_HAS_NAN", "ERROR", [numbers("x", [1, NaN])], [x({ min: 0 })], 1, 0],
    ["FLOAT_TYPE_HAS_INF", "ERROR", [numbers("x", [1, Infinity, -Infinity])], [x({ max: 5 })], 2, 0],
    ["INT_TYPE_BIG_INT", "WARNING", [numbers("x", [9], "INT64")], [x({ type: "INT64", max: 8 })], 9, 8],
    ["INT_TYPE_SMALL_INT", "WARNING", [numbers("x", [-1], "INT64")], [x({ type: "INT64", min: 0 })], -1, 0],
    ["BOOL_TYPE_BIG_INT", "WARNING", [truths("x", 1, 1)], [x({ type: "BOOL", max: 0 })], 1, 0],
    ["ENUM_TYPE_UNEXPECTED_STRING_VALUES", "ERROR", [texts("c", ["a", "z", "b", "a"])], [text], 0.75, 0.9],
  ])("%s is raised (%s), with its figures", (type, severity, columns, schema, observed, expected) => {
    const found = anomalies(columns, schema);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ type, severity, observed, expected, column: columns[0]?.name ?? "x" });
    expect(found[0]?.description).toMatch(/^(The|[\d.]+ ).*[.]$/);
    expect(found[0]?.description).not.toMatch(/"[xc]"/);
  });

  test("tell counts with their thousands apart, and leave the column's name to its own member", () => {
    const holes = Array.from({ length: 17_051 }, (_, i) => (i < 13_636 ? 1 : null));
    const found = anomalies([numbers("x", holes)], [x({ minPresentShare: 0.95 })], holes.length);
    expect(found).toMatchObject([
      { column: "x", description: "13,636 of 17,051 rows (79.97 %) have a value; at least 95 % are expected to." },
    ]);
  });

  test("no rows are one anomaly of the data set, and none of its columns", () => {
    const empty = [numbers("x", []), texts("c", [])];
    const schema = [x({ minPresentShare: 1, min: 0 }), { ...text, minPresentShare: 1, minDomainMass: 1 }];
    expect(anomalies(empty, schema, 0)).toMatchObject([
      { column: "", type: "DATASET_LOW_NUM_EXAMPLES", severity: "ERROR" },
    ]);
  });

  test("values that are not listed count as inside while the domain has values that are not listed", () => {
    const many = cycle(["a", "b", "q"], 300);
    const found = texts("c", many, 2);
    expect(anomalies([found], [{ ...text, domain: ["a", "b", "q"], minDomainMass: 1 }])).toEqual([]);
    expect(anomalies([found], [{ ...text, minDomainMass: 1 }])).toMatchObject([{ observed: 200 / 300 }]);
  });
});

describe("a schema that contradicts itself is refused, with the field", () => {
  const column: ColumnSchema = { name: "x", type: "FLOAT64", minPresentShare: 0, domain: [], minDomainMass: 0 };
  test.each<[string, readonly ColumnSchema[]]>([
    ["schema.columns[1].name", [column, column]],
    ["schema.columns[0].min", [{ ...column, min: 2, max: 1 }]],
    ["schema.columns[0].max", [{ ...column, max: Number.NaN }]],
    ["schema.columns[0].min", [{ ...column, type: "STRING", min: 1 }]],
    ["schema.columns[0].domain", [{ ...column, domain: ["a"] }]],
    ["schema.columns[0].drift_limit.distance", [{ ...column, driftLimit: { distance: "L_INFINITY", limit: 1 } }]],
    [
      "schema.columns[0].drift_limit.limit",
      [{ ...column, driftLimit: { distance: "WASSERSTEIN", limit: Number.NaN } }],
    ],
  ])("%s", (path, columns) => {
    expect(() => checkSchema(columns)).toThrow(
      expect.objectContaining({ violations: [expect.objectContaining({ path })] }),
    );
  });
});
