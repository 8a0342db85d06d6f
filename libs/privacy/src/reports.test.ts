import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ClassCounts, classCounter } from "./class-counts.ts";
import type { Row } from "./column.ts";
import { privacyReport } from "./privacy-report.ts";

const COLUMNS = { quasiIdentifiers: ["age", "area"], sensitive: ["disease", "salary"] };

const counted = (rows: readonly (readonly [Row, Row])[], cellsMax?: number): ClassCounts => {
  const counter = classCounter(COLUMNS, cellsMax === undefined ? {} : { cellsMax });
  for (const [quasi, sensitive] of rows) counter.add(quasi, sensitive);
  return counter.counts();
};

const row = fc.tuple(
  fc.tuple(fc.constantFrom("a", "b", null), fc.constantFrom(1n, 2n, null)),
  fc.tuple(fc.constantFrom("x", "y", "z", null), fc.constantFrom(1, 2.5, 7, Number.NaN, null)),
);
const rows = fc.array(row, { maxLength: 60 });

describe("class counts", () => {
  test("of parts, merged in any order, give the report of the whole", () => {
    fc.assert(
      fc.property(rows, rows, rows, (a, b, c) => {
        const whole = privacyReport(counted([...a, ...b, ...c]), { k: 3 });
        const merged = classCounter(COLUMNS);
        for (const part of [c, a, b]) merged.merge(counted(part));
        const found = privacyReport(merged.counts(), { k: 3 });
        expect(found.anonymity).toEqual(whole.anonymity);
        for (const [i, it] of whole.diversity.entries()) {
          expect(found.diversity[i]?.distinct).toBe(it.distinct);
          expect(found.diversity[i]?.recursiveRatio).toBe(it.recursiveRatio);
          expect(found.closeness[i]?.t).toBeCloseTo(whole.closeness[i]?.t ?? Number.NaN, 12);
        }
      }),
    );
  });

  test("more classes than the limit are refused, with what to do", () => {
    const many = Array.from({ length: 200 }, (_, i): readonly [Row, Row] => [
      [`${i}`, null],
      ["x", 1],
    ]);
    expect(counted(many, 600).classes.size).toBe(200);
    expect(() => counted(many, 599)).toThrow(
      expect.objectContaining({ reason: "TOO_MANY_CLASSES", kind: "exhausted" }),
    );
    const merge = () => classCounter(COLUMNS, { cellsMax: 599 }).merge(counted(many));
    expect(merge).toThrow(/Generalise the quasi-identifiers more/);
  });

  test("no rows: infinitely anonymous, and nothing to be close to", () => {
    const report = privacyReport(counted([]), { k: 5, distinctL: 2, entropyL: 2, recursive: { c: 1, l: 2 }, t: 0 });
    expect(report.unmet).toEqual([]);
    expect(report.anonymity.k).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("reports obey the laws of their figures", () => {
  test("entropy l is at most distinct l; t lies in [0, 1]; the demand that is found is met, and more is not", () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 60 }), (it) => {
        const { anonymity, diversity, closeness } = privacyReport(counted(it));
        for (const [i, { distinct, entropy, recursiveRatio }] of diversity.entries()) {
          expect(entropy).toBeLessThanOrEqual(distinct + 1e-9);
          expect(entropy).toBeGreaterThanOrEqual(1 - 1e-9);
          expect(distinct).toBeLessThanOrEqual(anonymity.rows);
          expect(recursiveRatio).toBeGreaterThan(0);
          expect(closeness[i]?.t).toBeGreaterThanOrEqual(0);
          expect(closeness[i]?.t).toBeLessThanOrEqual(1);
        }
        const least = Math.min(...diversity.map((one) => one.distinct));
        expect(privacyReport(counted(it), { k: anonymity.k, distinctL: least }).unmet).toEqual([]);
        const more = privacyReport(counted(it), { k: anonymity.k + 1, distinctL: least + 1 }).unmet.map(
          (one) => one.demand,
        );
        expect(new Set(more)).toEqual(new Set(["k", "distinctL"]));
      }),
    );
  });

  test("one class is exactly as the table; classes without a common value are as far as they can be", () => {
    const one = counted([
      [
        ["a", null],
        ["x", 1],
      ],
      [
        ["a", null],
        ["y", 2],
      ],
    ]);
    expect(privacyReport(one).closeness.map((it) => it.t)).toEqual([0, 0]);
    const apart = counted([
      [
        ["a", 1n],
        ["x", 1],
      ],
      [
        ["b", 1n],
        ["y", 2],
      ],
    ]);
    expect(privacyReport(apart).closeness.map((it) => it.t)).toEqual([0.5, 0.5]);
  });

  test("the worked example of the paper on t-closeness: salaries in thousands", () => {
    // Table 3 of Li, Li and Venkatasubramanian: {3k, 4k, 5k} is 0.375 from 3k to 11k, and {6k, 8k, 11k} 0.167.
    const classes = { a: [3, 4, 5], b: [6, 8, 11], c: [7, 9, 10] };
    const all = Object.entries(classes).flatMap(([name, salaries]) =>
      salaries.map((it): readonly [Row, Row] => [
        [name, null],
        ["x", BigInt(it * 1_000)],
      ]),
    );
    const { t, ...rest } = privacyReport(counted(all)).closeness[1] ?? { t: Number.NaN };
    expect(rest).toEqual({ column: "salary", distance: "ordered" });
    expect(t).toBeCloseTo(0.375, 12);
    const only = (name: string) =>
      all.map(([[area], it]): readonly [Row, Row] => [[area === name ? name : "rest", null], it]);
    expect(privacyReport(counted(only("b"))).closeness[1]?.t).toBeCloseTo(1 / 6, 12);
  });

  test("nulls are values: rows without them agree, and they come first in an order", () => {
    const report = privacyReport(
      counted([
        [
          [null, null],
          [null, null],
        ],
        [
          [null, null],
          ["x", 1],
        ],
        [
          [null, 1n],
          ["x", { ns: 5n }],
        ],
      ]),
    );
    expect(report.anonymity).toMatchObject({ classes: 2, k: 1, uniqueRows: 1 });
    expect(report.closeness.map((it) => it.distance)).toEqual(["equal", "ordered"]);
  });

  test("l values in equal shares are entropy l-diverse, whatever rounding makes of it", () => {
    for (const l of [2, 3, 5, 6, 7, 10, 49]) {
      const all = Array.from({ length: 2 * l }, (_, i): readonly [Row, Row] => [
        ["a", null],
        [`v${i % l}`, i],
      ]);
      const { diversity, unmet } = privacyReport(counted(all), { entropyL: l });
      expect(unmet).toEqual([]);
      expect(diversity[0]?.entropy).toBeCloseTo(l, 9);
    }
  });

  test("unmet demands say which, where and by how much, without a value of a row", () => {
    const report = privacyReport(
      counted([
        [
          ["secret-area", 1n],
          ["secret-disease", 1],
        ],
        [
          ["a", 1n],
          ["x", 2],
        ],
        [
          ["a", 1n],
          ["y", 3],
        ],
      ]),
      { k: 2, entropyL: 1.5, recursive: { c: 2, l: 2 }, t: 0.1 },
    );
    const found = report.unmet.map((it) => [it.demand, it.column]);
    expect(found).toContainEqual(["k", undefined]);
    expect(found).toContainEqual(["entropyL", "disease"]);
    expect(found).toContainEqual(["recursive", "disease"]);
    expect(found).toContainEqual(["t", "salary"]);
    expect(report.unmet[0]?.message).toContain("1 rows are in 1 classes of fewer than 2 rows");
    expect(JSON.stringify(report)).not.toContain("secret");
  });
});
