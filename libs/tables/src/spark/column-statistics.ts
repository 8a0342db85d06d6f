import { itemType } from "../engine/column-types.ts";
import type { ColumnStatistics, NumericStatistics, SliceStatistics } from "../statistics-plan.ts";
import type { Column } from "../table.ts";
import { type ColumnFigures, EXACT_QUANTILES_MAX, type SliceFigures } from "./statistics-passes.ts";
import { hasNumbers } from "./statistics-sql.ts";

/** How statistics are put together. */
export interface StatisticsShape {
  readonly columns: readonly Column[];
  readonly isWeighted: boolean;
  readonly histogramBuckets: number;
}

/** The statistics of one slice from what was found of it. */
export function assembled(shape: StatisticsShape, found: SliceFigures): SliceStatistics {
  return {
    rowCount: found.rowCount,
    ...(shape.isWeighted ? { weight: found.weight } : {}),
    columns: shape.columns.map((column, i) =>
      columnStatistics(column, { shape, rowCount: found.rowCount, found: found.columns[i] }),
    ),
  };
}

interface ColumnPlace {
  readonly shape: StatisticsShape;
  readonly rowCount: number;
  readonly found: ColumnFigures | undefined;
}

function columnStatistics(column: Column, { shape, rowCount, found }: ColumnPlace): ColumnStatistics {
  const figure = (name: string): number => Number(found?.figures[name] ?? 0);
  const count = figure("count");
  const distinct = found?.distinct;
  return {
    name: column.name,
    type: column.type,
    count,
    missing: rowCount - count,
    distinct:
      distinct === undefined ? { count: figure("approximate"), exact: !found } : { count: distinct, exact: true },
    topValues: (found?.top ?? []).map(({ value, count: times, weight }) => ({
      value,
      count: times,
      ...(shape.isWeighted ? { weight } : {}),
    })),
    ...ofType(column, found, figure),
    ...(hasNumbers(column.type) ? { numeric: numeric(shape, found, figure) } : {}),
  };
}

type Figure = (name: string) => number;

function ofType(
  { type }: Column,
  found: ColumnFigures | undefined,
  figure: Figure,
): Pick<ColumnStatistics, "list" | "bool" | "text" | "range"> {
  const [shortest, longest, mean] = [figure("shortest"), figure("longest"), figure("mean")];
  if (itemType(type)) return { list: { itemsMin: shortest, itemsMax: longest, itemsMean: mean } };
  if (type === "bool") return { bool: { trueCount: figure("trueCount"), falseCount: figure("falseCount") } };
  if (type === "string" || type === "bytes")
    return { text: { lengthMin: shortest, lengthMax: longest, lengthMean: mean, emptyCount: figure("empty") } };
  const [min, max] = [found?.figures["first"], found?.figures["last"]];
  return typeof min === "bigint" && typeof max === "bigint" ? { range: { min, max } } : {};
}

/** With this probability the error of some rank is larger than stated. */
const RANK_ERROR_PROBABILITY = 1e-6;

function numeric(shape: StatisticsShape, found: ColumnFigures | undefined, figure: Figure): NumericStatistics {
  const count = figure("finite");
  const m2 = figure("variance") * count;
  const [min, max, weight] = [figure("min"), figure("max"), figure("weight")];
  const variance = weight > 0 ? (found?.squares ?? 0) / weight : 0;
  return {
    moments: { count, mean: figure("mean"), m2 },
    ...(shape.isWeighted ? { weighted: { weight, mean: figure("weightedMean"), variance } } : {}),
    min,
    max,
    standardDeviation: count > 1 ? Math.sqrt(m2 / (count - 1)) : 0,
    zeroCount: figure("zero"),
    nanCount: figure("nan"),
    positiveInfinityCount: figure("positive"),
    negativeInfinityCount: figure("negative"),
    quantiles: quantiles(found, count),
    histogram: count === 0 ? [] : histogram(shape, found, { min, max }),
  };
}

function quantiles(found: ColumnFigures | undefined, count: number): NumericStatistics["quantiles"] {
  if (!found || count === 0) return { values: [], rankError: 0 };
  const size = found.ranked;
  const ranks = Array.from({ length: 101 }, (_, p) => Math.floor((p * (size - 1)) / 100));
  const isSampled = count > EXACT_QUANTILES_MAX;
  const rankError = isSampled ? Math.sqrt(Math.log(2 / RANK_ERROR_PROBABILITY) / (2 * size)) : 0;
  return { values: ranks.map((rank) => found.ranks.get(rank) ?? Number.NaN), rankError };
}

function histogram(
  { histogramBuckets, isWeighted }: StatisticsShape,
  found: ColumnFigures | undefined,
  { min, max }: { readonly min: number; readonly max: number },
): NumericStatistics["histogram"] {
  const buckets = min === max ? 1 : histogramBuckets;
  const half = max / 2 - min / 2;
  const edge = (i: number): number => (i === buckets ? max : min + half * ((2 * i) / buckets));
  return Array.from({ length: buckets }, (_, i) => {
    const { count = 0, weight = 0 } = found?.buckets.get(i) ?? {};
    return { low: edge(i), high: edge(i + 1), count, ...(isWeighted ? { weight } : {}) };
  });
}
