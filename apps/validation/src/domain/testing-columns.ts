import type { ColumnStatistics, NumericStatistics } from "./statistics.ts";

/** For tests: the statistics of a column of numbers, computed from its values one by one. `null` is a missing value. */
export function numbers(
  name: string,
  values: readonly (number | null)[],
  type: "FLOAT64" | "INT64" | "TIMESTAMP" = "FLOAT64",
): ColumnStatistics {
  const present = values.filter((it) => it !== null);
  return {
    name,
    type,
    presentCount: present.length,
    missingCount: values.length - present.length,
    distinctCount: new Set(present).size,
    numeric: numericOf(present),
  };
}

function numericOf(values: readonly number[]): NumericStatistics {
  const finite = values.filter(Number.isFinite).sort((a, b) => a - b);
  const n = finite.length;
  const unplaced = {
    zeroCount: values.filter((it) => it === 0).length,
    nanCount: values.filter(Number.isNaN).length,
    infiniteCount: values.length - n - values.filter(Number.isNaN).length,
  };
  const nothing = { mean: NaN, standardDeviation: NaN, min: NaN, max: NaN, deciles: [], histogram: [] };
  if (n === 0) return { ...nothing, ...unplaced };
  const [min, max] = [finite[0] as number, finite[n - 1] as number];
  const mean = finite.reduce((sum, it) => sum + it, 0) / n;
  const squares = finite.reduce((sum, it) => sum + (it - mean) ** 2, 0);
  return {
    mean,
    standardDeviation: n > 1 ? Math.sqrt(squares / (n - 1)) : 0,
    min,
    max,
    ...unplaced,
    deciles: Array.from({ length: 11 }, (_, i) => finite[Math.floor((i * (n - 1)) / 10)] as number),
    histogram: histogramOf(finite, min, max),
  };
}

function histogramOf(values: readonly number[], min: number, max: number): NumericStatistics["histogram"] {
  const count = min === max ? 1 : 50;
  const edge = (i: number): number => (i === count ? max : min + ((max - min) * i) / count);
  const counts = new Array<number>(count).fill(0);
  for (const value of values) {
    const at = min === max ? 0 : Math.min(count - 1, Math.floor(((value - min) / (max - min)) * count));
    counts[at] = (counts[at] as number) + 1;
  }
  return counts.map((it, i) => ({ low: edge(i), high: edge(i + 1), count: it }));
}

/** For tests: the statistics of a column of text, of which the `listedMax` most frequent values are listed. */
export function texts(name: string, values: readonly (string | null)[], listedMax = 1_000): ColumnStatistics {
  const present = values.filter((it) => it !== null);
  const counts = new Map<string, number>();
  for (const it of present) counts.set(it, (counts.get(it) ?? 0) + 1);
  const topValues = [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    .slice(0, listedMax);
  return {
    name,
    type: "STRING",
    presentCount: present.length,
    missingCount: values.length - present.length,
    distinctCount: counts.size,
    text: { meanLength: 1, topValues },
  };
}

/** For tests: the statistics of a column of truth values. */
export function truths(name: string, trueCount: number, falseCount: number): ColumnStatistics {
  const whole = numbers(name, [...new Array(trueCount).fill(1), ...new Array(falseCount).fill(0)], "INT64");
  const histogram = [
    { low: 0, high: 0.5, count: falseCount },
    { low: 0.5, high: 1, count: trueCount },
  ];
  return { ...whole, type: "BOOL", numeric: { ...(whole.numeric as NumericStatistics), histogram } };
}

/** For tests: normal values around `mean`. */
export const normals = (random: () => number, count: number, mean = 0): number[] =>
  Array.from({ length: count }, () => mean + Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));
