import { seededRandom } from "@throughline/stats";
import { describe, expect, test } from "vitest";
import { type ColumnPair, compareColumns, limitOf } from "./drift.ts";
import type { ColumnStatistics } from "./statistics.ts";
import { normals, numbers, texts, truths } from "./testing-columns.ts";

const pair = (baseline: ColumnStatistics, current: ColumnStatistics): ColumnPair => ({
  baseline,
  current,
  limit: limitOf(current, undefined),
});

const one = (baseline: ColumnStatistics, current: ColumnStatistics) => {
  const [drift] = compareColumns([pair(baseline, current)]);
  if (!drift) throw new Error("no column");
  return drift;
};

/** Words with shares that fall as 1 / (rank + flatness). */
function words(
  random: () => number,
  count: number,
  { kinds, flatness }: { kinds: number; flatness: number },
): string[] {
  const weights = Array.from({ length: kinds }, (_, i) => 1 / (i + flatness));
  const total = weights.reduce((sum, it) => sum + it, 0);
  return Array.from({ length: count }, () => {
    let left = random() * total;
    let at = 0;
    while (at < kinds - 1 && left >= (weights[at] as number)) {
      left -= weights[at] as number;
      at += 1;
    }
    return `w${at}`;
  });
}

describe("a verdict", () => {
  const random = seededRandom(21);

  test("is DRIFTED for a shift by half a standard deviation, with both the distance and the p-value behind it", () => {
    const drift = one(numbers("x", normals(random, 5_000)), numbers("x", normals(random, 5_000, 0.5)));
    expect(drift.verdict).toBe("DRIFTED");
    expect(drift.adjustedPValue).toBeLessThan(1e-6);
    expect(drift.distances.filter((it) => it.limit > 0).map((it) => it.distance)).toEqual(["KOLMOGOROV_SMIRNOV"]);
  });

  test("is STABLE for a small shift that a large sample makes certain", () => {
    const drift = one(numbers("x", normals(random, 40_000)), numbers("x", normals(random, 40_000, 0.1)));
    expect(drift.pValue).toBeLessThan(0.01);
    expect(drift.verdict).toBe("STABLE");
  });

  test("is STABLE for a large distance that a small sample makes uncertain", () => {
    const rare = { kinds: 60, flatness: 1 };
    const drift = one(texts("c", words(random, 120, rare)), texts("c", words(random, 120, rare)));
    expect(drift.distances.find((it) => it.distance === "JENSEN_SHANNON")?.value).toBeGreaterThan(0.01);
    expect(drift.verdict).toBe("STABLE");
  });

  test("is DRIFTED for other shares of three words, and STABLE for other ranks of thousands", () => {
    const three = (flatness: number) => texts("c", words(random, 20_000, { kinds: 3, flatness }));
    expect(one(three(1), three(6)).verdict).toBe("DRIFTED");
    const many = () => texts("c", words(random, 20_000, { kinds: 2_000, flatness: 1 }), 100);
    expect(one(many(), many()).verdict).toBe("STABLE");
  });

  test("is DRIFTED for a truth value that turns, and STABLE for one that does not", () => {
    expect(one(truths("b", 100, 900), truths("b", 400, 600)).verdict).toBe("DRIFTED");
    expect(one(truths("b", 100, 900), truths("b", 105, 895)).verdict).toBe("STABLE");
  });

  test("is STABLE for times, which move on by themselves, unless a schema limits them", () => {
    const time = (from: number) => numbers("t", normals(random, 500, from), "TIMESTAMP");
    expect(one(time(0), time(1_000))).toMatchObject({ verdict: "STABLE" });
    const limit = { distance: "WASSERSTEIN", limit: 1 } as const;
    expect(compareColumns([{ baseline: time(0), current: time(1_000), limit }])[0]?.verdict).toBe("DRIFTED");
  });

  test.each<[string, ColumnStatistics]>([
    ["no rows", numbers("x", [])],
    ["one row", numbers("x", [1])],
    ["99 values", numbers("x", normals(seededRandom(1), 99))],
    ["only missing values", numbers("x", new Array(500).fill(null))],
    ["only NaN", numbers("x", new Array(500).fill(Number.NaN))],
  ])("is NOT_ENOUGH_DATA for %s, on either side", (_, few) => {
    const enough = numbers("x", normals(seededRandom(2), 500));
    for (const drift of [one(enough, few), one(few, enough), one(few, few)]) {
      expect(drift).toMatchObject({ verdict: "NOT_ENOUGH_DATA", distances: [] });
      expect([drift.pValue, drift.adjustedPValue]).toEqual([undefined, undefined]);
    }
  });

  test("is defined for constant columns: the same value is STABLE, another one DRIFTED", () => {
    const constant = (value: number) => numbers("x", new Array(200).fill(value));
    expect(one(constant(5), constant(5))).toMatchObject({ verdict: "STABLE", pValue: 1 });
    expect(one(constant(5), constant(6)).verdict).toBe("DRIFTED");
    expect(one(constant(5), numbers("x", normals(seededRandom(3), 200))).verdict).toBe("DRIFTED");
  });

  test("survives a column whose type changed", () => {
    const number = numbers("x", normals(seededRandom(4), 500));
    expect(one(number, texts("x", words(seededRandom(5), 500, { kinds: 3, flatness: 1 })))).toMatchObject({
      verdict: "NOT_ENOUGH_DATA",
    });
  });
});

test("many columns of one distribution stay silent, with windows of very unequal sizes", () => {
  const random = seededRandom(31);
  const pairs = Array.from({ length: 60 }, (_, i) =>
    i % 2 === 0
      ? pair(numbers(`x${i}`, normals(random, 4_000)), numbers(`x${i}`, normals(random, 150)))
      : pair(
          texts(`c${i}`, words(random, 4_000, { kinds: 20, flatness: 1 })),
          texts(`c${i}`, words(random, 150, { kinds: 20, flatness: 1 })),
        ),
  );
  expect(compareColumns(pairs).filter((it) => it.verdict !== "STABLE")).toEqual([]);
});

test("of fifty columns of every kind exactly the seven that changed have drifted", () => {
  const random = seededRandom(61);
  const count = 5_000;
  const shapes: readonly (() => number[])[] = [
    () => normals(random, count),
    () => normals(random, count).map(Math.exp),
    () => Array.from({ length: count }, random),
  ];
  const shifted = (values: number[]): number[] => {
    const deviation = numbers("x", values).numeric?.standardDeviation ?? 0;
    return values.map((it) => it + deviation / 2);
  };
  const floats = Array.from({ length: 25 }, (_, i) => {
    const draw = shapes[i % 3] as () => number[];
    return pair(numbers(`x${i}`, draw()), numbers(`x${i}`, i < 5 ? shifted(draw()) : draw()));
  });
  const integers = Array.from({ length: 10 }, (_, i) => {
    const draw = () => Array.from({ length: count }, () => Math.floor(random() * 10 ** (1 + Math.floor(i / 2))));
    return pair(numbers(`i${i}`, draw(), "INT64"), numbers(`i${i}`, draw(), "INT64"));
  });
  const categories = [3, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000].map((kinds, i) => {
    const draw = (flatness: number) => texts(`c${i}`, words(random, count, { kinds, flatness }));
    return pair(draw(1), draw(i < 2 ? 6 : 1));
  });
  const flags = Array.from({ length: 5 }, (_, i) => {
    const draw = () => {
      const trueCount = Array.from({ length: count }, random).filter((it) => it < 0.1 * (i + 1)).length;
      return truths(`b${i}`, trueCount, count - trueCount);
    };
    return pair(draw(), draw());
  });
  const found = compareColumns([...floats, ...integers, ...categories, ...flags]);
  const drifted = found.filter((it) => it.verdict === "DRIFTED").map((it) => it.column);
  expect(drifted.sort()).toEqual(["c0", "c1", "x0", "x1", "x2", "x3", "x4"]);
});

test("columns come with the furthest beyond its limit first, and those that could not be compared last", () => {
  const random = seededRandom(41);
  const x = (name: string, shift: number) =>
    pair(numbers(name, normals(random, 2_000)), numbers(name, normals(random, 2_000, shift)));
  const few = pair(numbers("few", [1]), numbers("few", [1]));
  const found = compareColumns([few, x("still", 0), x("near", 0.4), x("far", 2)]);
  expect(found.map((it) => it.column)).toEqual(["far", "near", "still", "few"]);
});

test("p-values are corrected over all columns of the report", () => {
  const random = seededRandom(51);
  const pairs = Array.from({ length: 10 }, (_, i) =>
    pair(numbers(`x${i}`, normals(random, 500)), numbers(`x${i}`, normals(random, 500, i === 0 ? 0.4 : 0))),
  );
  const [first] = compareColumns(pairs);
  expect(first?.column).toBe("x0");
  expect(first?.adjustedPValue).toBeCloseTo(10 * (first?.pValue ?? Number.NaN), 12);
});
