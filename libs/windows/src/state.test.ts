import { canonicalRowBytes, type FeatureValue, isDomainError } from "@throughline/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Aggregate, aggregateProblem, resultType, type ValueType } from "./aggregate.ts";
import { bruteForce, isNearly, type PlacedValue } from "./oracle.ts";
import { stateKind } from "./state.ts";
import { columnStates, emptyTile, type Tile, type WindowRow } from "./tile.ts";

/** Values of each type: few of them, so that they meet again, and the odd ones. */
const VALUES: Readonly<Record<ValueType, fc.Arbitrary<FeatureValue>>> = {
  bool: fc.boolean(),
  int64: fc.oneof(fc.bigInt({ min: -3n, max: 3n }), fc.constantFrom(2n ** 62n - 7n, -(2n ** 62n) + 1n)),
  float64: fc.oneof(
    fc.constantFrom(0, -0, 0.1, -0.1, 1e300, -1e300, 5e-324, Number.MAX_VALUE),
    fc.double({ min: -100, max: 100, noNaN: true }),
    { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY) },
  ),
  string: fc.constantFrom("", "a", "b", "ä", "\u{10000}", "\uffff", "x".repeat(50), `${"x".repeat(50)}y`),
  bytes: fc.uint8Array({ maxLength: 2 }),
  timestamp: fc.constantFrom(-1n, 0n, 7n, 2n ** 63n - 1n).map((ns) => ({ ns })),
};

const TYPES = Object.keys(VALUES) as readonly ValueType[];

/** Every aggregate that a type has. */
const aggregatesOf = (type: ValueType): readonly Aggregate[] => [
  { function: "count" },
  ...(type === "bool" || type === "int64" || type === "float64"
    ? (["sum", "mean", "variance", "standardDeviation"] as const).map((it) => ({ function: it }))
    : []),
  { function: "min" },
  { function: "max" },
  ...[1, 3].flatMap((k): Aggregate[] => [
    { function: "first", k },
    { function: "last", k },
    { function: "top", k },
  ]),
  { function: "distinct" },
  { function: "approximateDistinct", accuracy: 0.02 },
  ...(type === "int64" || type === "float64"
    ? [0, 0.07, 0.5, 1].map((quantile): Aggregate => ({ function: "quantile", quantile, accuracy: 0.01 }))
    : []),
];

/** Rows with one column, whose times tie and come late. */
const rowsOf = (type: ValueType, maxLength: number): fc.Arbitrary<readonly WindowRow[]> =>
  fc
    .array(
      fc.record({
        value: fc.option(VALUES[type], { freq: 8 }),
        event: fc.integer({ min: -4, max: 9 }),
        delay: fc.integer({ min: 0, max: 9 }),
      }),
      { maxLength },
    )
    .map((rows) =>
      rows.map(({ value, event, delay }, i) => ({
        values: [value],
        eventNs: BigInt(event),
        knowledgeNs: BigInt(event + delay),
        segment: Math.floor(i / 3),
        rowNumber: i % 3,
      })),
    );

const isWhole = (type: ValueType): boolean => type === "bool" || type === "int64";

const planOf = (type: ValueType) => {
  const aggregates = aggregatesOf(type);
  const of = aggregates.map((aggregate) => ({ column: 0, aggregate, isWhole: isWhole(type) }));
  return { aggregates, ...columnStates(of) };
};

const placed = (rows: readonly WindowRow[]): readonly PlacedValue[] =>
  rows.flatMap(({ values, ...place }) => {
    const value = values[0] ?? null;
    return value === null ? [] : [{ ...place, value }];
  });

/** A result as text; the reason of a failure counts as one. */
function told(compute: () => FeatureValue): string {
  try {
    return canonicalRowBytes([compute()]).toString("hex");
  } catch (error) {
    if (isDomainError(error)) return error.reason;
    throw error;
  }
}

/** Checks every aggregate of a tile with the oracle. */
function check(type: ValueType, tile: Tile, rows: readonly WindowRow[]): void {
  const { aggregates, places } = planOf(type);
  const values = placed(rows);
  aggregates.forEach((aggregate, i) => {
    const found = () => tile.state(places[i] ?? -1).result(aggregate);
    const expected = () => bruteForce(aggregate, values, isWhole(type));
    if (expectsExact(aggregate, values)) {
      expect([aggregate, told(found)]).toEqual([aggregate, told(() => expected() ?? null)]);
    } else expect([aggregate, isNearly(aggregate, values, found())]).toEqual([aggregate, true]);
  });
}

const expectsExact = (aggregate: Aggregate, values: readonly PlacedValue[]): boolean =>
  aggregate.function !== "approximateDistinct" && !(aggregate.function === "quantile" && values.length > 512);

/** Puts rows into tiles and the tiles together, as the numbers say. */
function assembled(type: ValueType, rows: readonly WindowRow[], sizes: readonly number[]): Tile {
  const { states } = planOf(type);
  const whole = emptyTile(states);
  const left = [...rows];
  for (const size of [...sizes, rows.length]) {
    const part = left.splice(0, size);
    if (size % 3 === 0) for (const row of part) whole.add(row);
    else {
      const tile = emptyTile(states);
      for (const row of part) tile.add(row);
      whole.absorb(tile.bytes());
    }
  }
  return whole;
}

describe.each(TYPES)("states of %s values", (type) => {
  const split = rowsOf(type, 40).chain((rows) =>
    fc.record({
      rows: fc.constant(rows),
      shuffled: fc.shuffledSubarray([...rows], { minLength: rows.length }),
      sizes: fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 8 }),
    }),
  );

  test("have the same bytes in any order and by any split, and give what the oracle gives", () => {
    fc.assert(
      fc.property(split, ({ rows, shuffled, sizes }) => {
        const [plain, other] = [assembled(type, rows, []), assembled(type, shuffled, sizes)];
        expect(other.bytes().toString("hex")).toBe(plain.bytes().toString("hex"));
        check(type, other, rows);
      }),
      { numRuns: 60 },
    );
  });

  test("of nothing give what the oracle gives", () => check(type, assembled(type, [], []), []));

  test("give values of the type that is told", () => {
    const types = aggregatesOf(type).map((it) => [it.function, aggregateProblem(it, type), resultType(it, type)]);
    expect(types.map(([, problem]) => problem)).toEqual(types.map(() => undefined));
    fc.assert(
      fc.property(rowsOf(type, 9), (rows) => {
        const { aggregates, places } = planOf(type);
        const tile = assembled(type, rows, [3]);
        aggregates.forEach((aggregate, i) => {
          if (told(() => tile.state(places[i] ?? -1).result(aggregate)) === "WINDOW_VALUE_RANGE") return;
          const value = tile.state(places[i] ?? -1).result(aggregate);
          expect([null, resultType(aggregate, type)]).toContain(value === null ? null : typeOf(value));
        });
      }),
      { numRuns: 20 },
    );
  });
});

function typeOf(value: FeatureValue): ValueType {
  if (typeof value === "bigint") return "int64";
  if (typeof value === "number") return "float64";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "string") return "string";
  return value instanceof Uint8Array ? "bytes" : "timestamp";
}

/** Rows of many values, in the order of a fixed stride, so that neighbours are not alike. */
const many = (count: number, value: (i: number) => FeatureValue): readonly WindowRow[] =>
  Array.from({ length: count }, (_, i) => {
    const at = BigInt(i);
    return { values: [value((i * 7_919) % count)], eventNs: at, knowledgeNs: at, segment: 0, rowNumber: i };
  });

describe("beyond what is kept exactly", () => {
  test.each([
    ["of one magnitude", 5_000, (i: number) => 1 + i / 5_000],
    ["of all magnitudes", 6_000, (i: number) => (i % 2 === 0 ? 1 : -1) * 2 ** ((i % 2_000) - 1_000)],
    ["with zeros, infinities and NaN", 2_000, (i: number) => [0, Number.NaN, 1 / 0, -1 / 0, i, -i][i % 6] ?? 0],
  ])("quantiles of values %s are as near as they say, in any order", (_, count, value) => {
    const rows = many(count, value);
    const [forth, back] = [assembled("float64", rows, [100, 1_001]), assembled("float64", rows.toReversed(), [997])];
    expect(back.bytes().toString("hex")).toBe(forth.bytes().toString("hex"));
    check("float64", forth, rows);
  });

  test.each([10, 500, 20_000, 100_000])("about %i different values are counted as nearly as it says", (count) => {
    const rows = many(count, (i) => BigInt(i) * 1_000_003n);
    const kind = { column: 0, kind: stateKind({ function: "approximateDistinct", accuracy: 0.01 }, true) };
    const [all, half, other] = [emptyTile([kind]), emptyTile([kind]), emptyTile([kind])];
    rows.forEach((row, i) => {
      all.add(row);
      (i % 2 === 0 ? half : other).add(row);
    });
    half.absorb(other.bytes());
    expect(half.bytes().equals(all.bytes())).toBe(true);
    const aggregate: Aggregate = { function: "approximateDistinct", accuracy: 0.01 };
    expect(Math.abs(Number(all.state(0).result(aggregate)) - count)).toBeLessThanOrEqual(4 * 0.01 * count);
  });

  test("the exact ones are null, and stay so", () => {
    const rows = many(10_001, (i) => `value ${i}`);
    const tile = assembled("string", rows, [4_000, 4_001]);
    const { aggregates, places } = planOf("string");
    const result = (computes: string) => {
      const at = aggregates.findIndex((it) => it.function === computes);
      return tile.state(places[at] ?? -1).result(aggregates[at] as Aggregate);
    };
    expect([result("top"), result("distinct"), result("count")]).toEqual([null, null, 10_001n]);
    const fewer = assembled("string", rows.slice(0, 10_000), [1_000]);
    const distinct = aggregates.findIndex((it) => it.function === "distinct");
    expect(fewer.state(places[distinct] ?? -1).result({ function: "distinct" })).toBe(10_000n);
    fewer.absorb(tile.bytes());
    expect(fewer.state(places[distinct] ?? -1).result({ function: "distinct" })).toBeNull();
  });
});

describe("what an aggregate may not be", () => {
  test.each<[Aggregate, ValueType, string]>([
    [{ function: "sum" }, "string", "column"],
    [{ function: "quantile", quantile: 0.5, accuracy: 0.01 }, "bool", "column"],
    [{ function: "first", k: 0 }, "int64", "k"],
    [{ function: "top", k: 101 }, "int64", "k"],
    [{ function: "last", k: 1.5 }, "int64", "k"],
    [{ function: "quantile", quantile: 1.1, accuracy: 0.01 }, "int64", "quantile"],
    [{ function: "quantile", quantile: Number.NaN, accuracy: 0.01 }, "int64", "quantile"],
    [{ function: "quantile", quantile: 0.5, accuracy: 0 }, "int64", "accuracy"],
    [{ function: "approximateDistinct", accuracy: 0.001 }, "int64", "accuracy"],
  ])("%j over %s is told by its part", (aggregate, type, part) => {
    expect(aggregateProblem(aggregate, type)?.part).toBe(part);
  });
});
