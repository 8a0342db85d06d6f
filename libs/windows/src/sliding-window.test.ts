import { canonicalRowBytes, type FeatureValue, isDomainError } from "@throughline/kernel";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Aggregate, ValueType } from "./aggregate.ts";
import { slidingWindow } from "./sliding-window.ts";
import { columnStates, emptyTile, type WindowRow } from "./tile.ts";

const NUMBERS: readonly Aggregate[] = [
  { function: "sum" },
  { function: "mean" },
  { function: "variance" },
  { function: "quantile", quantile: 0, accuracy: 0.01 },
  { function: "quantile", quantile: 0.3, accuracy: 0.01 },
  { function: "quantile", quantile: 1, accuracy: 0.01 },
  { function: "quantile", quantile: 0.5, accuracy: 0.1 },
];

const ALL: readonly Aggregate[] = [
  { function: "count" },
  { function: "min" },
  { function: "max" },
  { function: "first", k: 1 },
  { function: "last", k: 1 },
  { function: "last", k: 3 },
  { function: "top", k: 1 },
  { function: "distinct" },
  { function: "approximateDistinct", accuracy: 0.1 },
];

const COLUMNS: Partial<Readonly<Record<ValueType, fc.Arbitrary<FeatureValue>>>> = {
  bool: fc.boolean(),
  int64: fc.oneof(fc.bigInt({ min: -3n, max: 900n }), fc.constantFrom(2n ** 62n, -(2n ** 62n))),
  float64: fc.oneof(
    fc.double({ min: -100, max: 100, noNaN: true }),
    fc.constantFrom(0, -0, 1e300, 5e-324, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  ),
  string: fc.constantFrom("", "a", "b", "ä", "x".repeat(50)),
};

/** Columns of a row, and what is computed over each. */
const TYPES = Object.keys(COLUMNS) as readonly ValueType[];
const AGGREGATES = TYPES.flatMap((type, column) =>
  [...ALL, ...(type === "int64" || type === "float64" ? NUMBERS : [])].map((aggregate) => ({
    column,
    aggregate,
    isWhole: type === "int64" || type === "bool",
  })),
);

/** Rows in the order in which they become available: some at once, and some late for their event. */
const rowsOf = (most: number): fc.Arbitrary<readonly WindowRow[]> =>
  fc
    .array(
      fc.record({
        values: fc.tuple(...TYPES.map((it) => fc.option(COLUMNS[it] as fc.Arbitrary<FeatureValue>, { freq: 6 }))),
        wait: fc.constantFrom(0n, 0n, 1n, 3n),
        delay: fc.integer({ min: 0, max: 9 }),
      }),
      { minLength: most / 2, maxLength: most, size: "max" },
    )
    .map((all) => {
      let knowledgeNs = 0n;
      return all.map(({ values, wait, delay }, i): WindowRow => {
        knowledgeNs += wait;
        return { values, knowledgeNs, eventNs: knowledgeNs - BigInt(delay), segment: i % 2, rowNumber: i };
      });
    });

function told(compute: () => FeatureValue): string {
  try {
    return canonicalRowBytes([compute()]).toString("hex");
  } catch (error) {
    if (isDomainError(error)) return error.reason;
    throw error;
  }
}

/** Compares the results of a window with those of a tile that has its rows, after every so many rows. */
function check(all: readonly WindowRow[], windowNs: bigint, every: number): void {
  const { states, places } = columnStates(AGGREGATES);
  const window = slidingWindow(states);
  for (const [i, row] of all.entries()) {
    window.push(row);
    if (i % every > 0) continue;
    window.forgetUntil(row.knowledgeNs - windowNs);
    const tile = emptyTile(states);
    const inside = all.slice(0, i + 1).filter((it) => it.knowledgeNs > row.knowledgeNs - windowNs);
    for (const it of inside) tile.add(it);
    AGGREGATES.forEach(({ aggregate, column }, at) => {
      const [found, expected] = [
        told(() => window.result(places[at] ?? -1, aggregate)),
        told(() => tile.state(places[at] ?? -1).result(aggregate)),
      ];
      if (found !== expected)
        expect({ aggregate, column, row: i, found }).toEqual({ aggregate, column, row: i, found: expected });
    });
    expect(window.newest()).toBe(inside.at(-1));
  }
}

test("a window that moves forward has at every step the results of its rows, for every aggregate and type", () => {
  fc.assert(
    fc.property(rowsOf(120), fc.bigInt({ min: 1n, max: 90n }), (all, windowNs) => check(all, windowNs, 1)),
    { numRuns: 40 },
  );
});

test("so it has when it grows beyond what is kept exactly, and shrinks again", () => {
  // 1,100 rows within one instant of time each, and then a few far behind: both bounds are passed, upwards and downwards.
  const value = (i: number): FeatureValue[] => [
    i % 2 === 0,
    BigInt((i * 7919) % 1_500),
    ((i * 7919) % 1_500) / 7,
    `${i % 90}`,
  ];
  const times = [
    ...Array.from({ length: 1_300 }, (_, i) => BigInt(i)),
    ...Array.from({ length: 60 }, (_, i) => 1_300n + BigInt(i) * 20n),
    ...Array.from({ length: 700 }, (_, i) => 2_600n + BigInt(i)),
  ];
  const all = times.map((knowledgeNs, i): WindowRow => {
    return { values: value(i), knowledgeNs, eventNs: knowledgeNs - BigInt(i % 5), segment: 0, rowNumber: i };
  });
  check(all, 1_150n, 23);
});
