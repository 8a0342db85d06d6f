import type { DuckDBValue } from "@duckdb/node-api";
import type { Bucket, NumericStatistics, Quantiles } from "../statistics-plan.ts";
import type { ColumnReader } from "./column-reader.ts";

/** Values up to which quantiles are exact. Above, they are those of about as many sampled rows. */
const EXACT_QUANTILES_MAX = 4_000_000;

const PERCENTILES = Array.from({ length: 101 }, (_, i) => i);

/** With this probability the error of some rank is larger than stated. */
const RANK_ERROR_PROBABILITY = 1e-6;

/** Statistics of numbers; `number` is the SQL of x as a float64. */
export async function numericStatistics(
  reader: ColumnReader,
  rows: string,
  number: string,
): Promise<NumericStatistics> {
  const { session } = reader;
  const finite = `(SELECT ${number} AS x, w, f, n FROM ${rows} WHERE isfinite(${number}))`;
  const [zero, nan, positive, negative] = await session.one(
    `SELECT count(*) FILTER (v = 0), count(*) FILTER (isnan(v)), count(*) FILTER (v = 'Infinity'::DOUBLE),
       count(*) FILTER (v = '-Infinity'::DOUBLE) FROM (SELECT ${number} AS v FROM ${rows})`,
  );
  const [count, mean, min, max, weight, weightedMean] = numbers(
    await session.one(
      `SELECT count(x), coalesce(favg(x), 0), coalesce(min(x), 0), coalesce(max(x), 0),
         coalesce(fsum(w), 0), coalesce(fsum(w * x) / nullif(fsum(w), 0), 0) FROM ${finite}`,
    ),
  ) as [number, number, number, number, number, number];
  const m2 = await squares(reader, finite, { mean, weight: "1" });
  return {
    moments: { count, mean, m2 },
    ...(reader.isWeighted ? { weighted: await weighted(reader, finite, { weight, mean: weightedMean }) } : {}),
    min,
    max,
    standardDeviation: count > 1 ? Math.sqrt(m2 / (count - 1)) : 0,
    zeroCount: Number(zero),
    nanCount: Number(nan),
    positiveInfinityCount: Number(positive),
    negativeInfinityCount: Number(negative),
    quantiles: await quantiles(reader, finite, count),
    histogram: count === 0 ? [] : await histogram(reader, finite, { min, max }),
  };
}

const numbers = (values: readonly DuckDBValue[]): number[] => values.map(Number);

/**
 * The weighted sum of squared deviations from the mean. The mean comes first, in a pass of its own: the formula that needs
 * one pass loses all digits when the mean is large, and DuckDB's variance fails where this becomes infinite.
 */
async function squares(
  { session }: ColumnReader,
  finite: string,
  { mean, weight }: { readonly mean: number; readonly weight: "1" | "w" },
): Promise<number> {
  const [sum] = await session.one(
    `SELECT coalesce(fsum(${weight} * (x - ${float(mean)}) * (x - ${float(mean)})), 0) FROM ${finite}`,
  );
  return Number(sum);
}

async function weighted(
  reader: ColumnReader,
  finite: string,
  known: { readonly weight: number; readonly mean: number },
): Promise<{ readonly weight: number; readonly mean: number; readonly variance: number }> {
  const sum = await squares(reader, finite, { mean: known.mean, weight: "w" });
  return { ...known, variance: known.weight > 0 ? sum / known.weight : 0 };
}

const float = (value: number): string => `'${value}'::DOUBLE`;

async function quantiles({ session }: ColumnReader, finite: string, count: number): Promise<Quantiles> {
  if (count === 0) return { values: [], rankError: 0 };
  const isSampled = count > EXACT_QUANTILES_MAX;
  const one = Math.ceil(count / EXACT_QUANTILES_MAX);
  const values = isSampled ? `(SELECT x FROM ${finite} WHERE hash(f, n) % ${one} = 0)` : finite;
  const size = isSampled ? Number((await session.one(`SELECT count(*) FROM ${values}`))[0]) : count;
  const ranks = PERCENTILES.map((it) => 1 + Math.floor((it * (size - 1)) / 100));
  // One sort: DuckDB's own quantiles search the values once for each rank, which takes seven times as long.
  const result = await session.run(
    `SELECT r, x FROM (SELECT x, row_number() OVER (ORDER BY x) AS r FROM ${values}) WHERE r IN (${ranks.join(", ")})`,
  );
  const found = new Map((await result.getRows()).map(([rank, value]) => [Number(rank), Number(value)]));
  const rankError = isSampled ? Math.sqrt(Math.log(2 / RANK_ERROR_PROBABILITY) / (2 * size)) : 0;
  return { values: ranks.map((rank) => found.get(rank) ?? Number.NaN), rankError };
}

async function histogram(
  { session, histogramBuckets, isWeighted }: ColumnReader,
  finite: string,
  { min, max }: { readonly min: number; readonly max: number },
): Promise<Bucket[]> {
  const buckets = min === max ? 1 : histogramBuckets;
  // Halves, because the range of finite numbers can itself be infinite.
  const half = max / 2 - min / 2;
  const share = half === 0 ? "0" : `(x / 2 - ${float(min / 2)}) / ${float(half)}`;
  const result = await session.run(
    `SELECT least(${buckets - 1}, CAST(floor(${share} * ${buckets}) AS INTEGER)) AS b, count(*), sum(w)
     FROM ${finite} GROUP BY b`,
  );
  const counts = new Map((await result.getRows()).map(([b, count, weight]) => [Number(b), { count, weight }]));
  const edge = (i: number): number => (i === buckets ? max : min + half * ((2 * i) / buckets));
  return Array.from({ length: buckets }, (_, i) => ({
    low: edge(i),
    high: edge(i + 1),
    count: Number(counts.get(i)?.count ?? 0),
    ...(isWeighted ? { weight: Number(counts.get(i)?.weight ?? 0) } : {}),
  }));
}
