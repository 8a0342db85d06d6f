import { itemType } from "../engine/column-types.ts";
import type { Column, ColumnType } from "../table.ts";

/**
 * The SQL of statistics, as what follows `WITH rows AS (...),`. That table has r (number of the row), g (0 for the whole table, or the number of a slice),
 * w (a weight, 1 if there are none), and c0.. (the columns); so that one query serves all slices. A column i has numbers if it is of a
 * type that has: y is then its value as a float64, or null where it is not finite.
 */

/** A column of statistics, with its number. */
export interface StatisticsColumn {
  readonly column: Column;
  readonly index: number;
}

/** A number as SQL writes it without loss, whatever its size. */
export const double = (value: number): string => `CAST('${value}' AS DOUBLE)`;

const INFINITY = "CAST('Infinity' AS DOUBLE)";

/** True of finite numbers: for Spark, NaN is larger than all. */
export const isFiniteSql = (value: string): string => `(${value} > -${INFINITY} AND ${value} < ${INFINITY})`;

export const hasNumbers = (type: ColumnType): boolean => ["int64", "float64", "timestamp"].includes(type);

/** True of types whose values are listed by count. */
export const isCounted = (type: ColumnType): boolean => ["bool", "int64", "string", "timestamp"].includes(type);

/** The value as a float64; times in seconds. */
export function numberSql({ column, index }: StatisticsColumn): string {
  if (column.type === "timestamp") return `(CAST(c${index} AS DOUBLE) / 1e9D)`;
  return column.type === "int64" ? `CAST(c${index} AS DOUBLE)` : `c${index}`;
}

const finite = (it: StatisticsColumn): string => `IF(${isFiniteSql(numberSql(it))}, ${numberSql(it)}, NULL)`;

/** One aggregate of a column: its SQL under the name that the result is read by. */
type Figures = Readonly<Record<string, string>>;

/** What one pass gives of a column. */
export function figures(it: StatisticsColumn): Figures {
  const { column, index } = it;
  const value = `c${index}`;
  const distinct = isCounted(column.type) ? {} : { approximate: `APPROX_COUNT_DISTINCT(${value})` };
  return { count: `COUNT(${value})`, ...distinct, ...figuresOfType(it, value) };
}

function figuresOfType(it: StatisticsColumn, value: string): Figures {
  const { type } = it.column;
  if (itemType(type)) return lengths(`IF(${value} IS NULL, NULL, SIZE(${value}))`);
  switch (type) {
    case "bool":
      return { trueCount: `COUNT_IF(${value})`, falseCount: `COUNT_IF(NOT ${value})` };
    case "string":
      return lengths(`CHAR_LENGTH(${value})`);
    case "bytes":
      return lengths(`OCTET_LENGTH(${value})`);
    case "float64":
      return numeric(it);
    default:
      return { ...numeric(it), first: `MIN(${value})`, last: `MAX(${value})` };
  }
}

const lengths = (length: string): Figures => ({
  shortest: `COALESCE(MIN(${length}), 0)`,
  longest: `COALESCE(MAX(${length}), 0)`,
  mean: `COALESCE(AVG(${length}), 0D)`,
  empty: `COUNT_IF(${length} = 0)`,
});

/** Spark's variance is found by the stable recurrence that merges, so one pass does for the squares, too. */
function numeric(it: StatisticsColumn): Figures {
  const [x, y] = [numberSql(it), finite(it)];
  const weight = `IF(${y} IS NOT NULL, w, NULL)`;
  return {
    finite: `COUNT(${y})`,
    mean: `COALESCE(AVG(${y}), 0D)`,
    variance: `COALESCE(VAR_POP(${y}), 0D)`,
    min: `COALESCE(MIN(${y}), 0D)`,
    max: `COALESCE(MAX(${y}), 0D)`,
    zero: `COUNT_IF(${x} = 0)`,
    nan: `COUNT_IF(ISNAN(${x}))`,
    positive: `COUNT_IF(${x} = ${INFINITY})`,
    negative: `COUNT_IF(${x} = -${INFINITY})`,
    weight: `COALESCE(SUM(${weight}), 0D)`,
    weightedMean: `COALESCE(SUM(w * ${y}) / NULLIF(SUM(${weight}), 0D), 0D)`,
  };
}

/** The long form of columns: a row for each value, with the number of its column. */
const unpivoted = (columns: readonly StatisticsColumn[], fields: (it: StatisticsColumn) => string): string =>
  `INLINE(ARRAY(${columns.map((it) => `STRUCT(${it.index} AS i, ${fields(it)})`).join(", ")}))`;

/** The values of counted columns by count: g, i, whole or text (the value), count, weight, distinct (of all values). */
export function topValuesQuery(columns: readonly StatisticsColumn[], topValues: number): string {
  const fields = ({ column, index }: StatisticsColumn): string =>
    column.type === "string"
      ? `CAST(NULL AS BIGINT) AS whole, c${index} AS text`
      : `CAST(c${index} AS BIGINT) AS whole, CAST(NULL AS STRING) AS text`;
  return `
    cells AS (SELECT g, w, ${unpivoted(columns, fields)} FROM rows),
    counted AS (
      SELECT g, i, whole, text, COUNT(*) AS count, SUM(w) AS weight FROM cells
      WHERE whole IS NOT NULL OR text IS NOT NULL GROUP BY g, i, whole, text
    ),
    ranked AS (
      SELECT *, COUNT(*) OVER (PARTITION BY g, i) AS distinct,
        ROW_NUMBER() OVER (PARTITION BY g, i ORDER BY count DESC, whole, text) AS rank FROM counted
    )
    SELECT g, i, whole, text, count, weight, distinct FROM ranked WHERE rank <= ${topValues} ORDER BY g, i, rank`;
}

/** One of so many values of a column and slice is kept. */
export interface Sampling {
  readonly g: number;
  readonly index: number;
  readonly one: number;
}

/** Values at the percentiles: g, i, rank (from 0), size (values that were ranked), y. A rank is there if some percentile needs it. */
export function quantilesQuery(columns: readonly StatisticsColumn[], samplings: readonly Sampling[]): string {
  const kept = samplings.map((it) => `WHEN g = ${it.g} AND i = ${it.index} THEN PMOD(XXHASH64(r), ${it.one}) = 0`);
  const isKept = kept.length > 0 ? `AND CASE ${kept.join(" ")} ELSE TRUE END` : "";
  return `
    cells AS (SELECT g, r, ${unpivoted(columns, (it) => `${finite(it)} AS y`)} FROM rows),
    ranked AS (
      SELECT g, i, y, ROW_NUMBER() OVER (PARTITION BY g, i ORDER BY y) - 1 AS rank, COUNT(*) OVER (PARTITION BY g, i) AS size
      FROM cells WHERE y IS NOT NULL ${isKept}
    )
    SELECT g, i, rank, size, y FROM ranked
    WHERE size = 1 OR ((rank * 100 + size - 2) DIV NULLIF(size - 1, 0)) * (size - 1) DIV 100 = rank`;
}

/** What a slice's column is known to have before its histogram is made. */
export interface KnownRange {
  readonly g: number;
  readonly index: number;
  readonly min: number;
  readonly max: number;
  readonly weightedMean: number;
}

/** Counts by bucket: g, i, b (bucket), count, weight, squares (weighted squared deviations from the weighted mean). */
export function histogramQuery(
  columns: readonly StatisticsColumn[],
  ranges: readonly KnownRange[],
  buckets: number,
): string {
  // Halves, because the range of finite numbers can itself be infinite.
  const known = ranges.map((it) => {
    const half = it.max / 2 - it.min / 2;
    return `(${it.g}, ${it.index}, ${double(it.min / 2)}, ${double(half)}, ${double(it.weightedMean)})`;
  });
  const bucket = `IF(half = 0D, 0, LEAST(${buckets - 1}, CAST(FLOOR((y / 2D - low) / NULLIF(half, 0D) * ${buckets}) AS INT)))`;
  return `
    cells AS (SELECT g, w, ${unpivoted(columns, (it) => `${finite(it)} AS y`)} FROM rows)
    SELECT /*+ BROADCAST(known) */ g, i, b, COUNT(*), SUM(w), SUM(squares) FROM (
      SELECT v.g, v.i, w, ${bucket} AS b, w * (y - mean) * (y - mean) AS squares
      FROM cells v JOIN (VALUES ${known.join(", ")}) AS known(g, i, low, half, mean) ON known.g = v.g AND known.i = v.i
      WHERE y IS NOT NULL
    ) GROUP BY g, i, b`;
}
