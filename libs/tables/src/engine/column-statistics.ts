import type { DuckDBValue } from "@duckdb/node-api";
import type { ColumnStatistics, Distinct, ListStatistics, TextStatistics, ValueCount } from "../statistics-plan.ts";
import type { Column, ColumnType } from "../table.ts";
import type { ColumnReader } from "./column-reader.ts";
import { itemType } from "./column-types.ts";
import { numericStatistics } from "./numeric-statistics.ts";
import type { Session } from "./session.ts";

/** Below so many different values they are counted exactly where that needs a pass of its own. */
const EXACT_DISTINCT_MAX = 100_000;

/** Statistics of one column. */
export async function columnStatistics(reader: ColumnReader, column: Column): Promise<ColumnStatistics> {
  const { session } = reader;
  const rows = reader.rows(column);
  const [total, count, approximate] = (
    await session.one(`SELECT count(*), count(x), approx_count_distinct(x) FROM ${rows}`)
  ).map(Number);
  const { distinct, topValues } = isCounted(column.type)
    ? await valueCounts(reader, rows)
    : { distinct: await distinctOf(session, rows, approximate ?? 0), topValues: [] };
  return {
    name: column.name,
    type: column.type,
    count: count ?? 0,
    missing: (total ?? 0) - (count ?? 0),
    distinct,
    topValues,
    ...(await ofType(reader, column, rows)),
  };
}

const isCounted = (type: ColumnType): boolean => ["bool", "int64", "string", "timestamp"].includes(type);

async function distinctOf(session: Session, rows: string, approximate: number): Promise<Distinct> {
  if (approximate > EXACT_DISTINCT_MAX) return { count: approximate, exact: false };
  const [count] = await session.one(`SELECT count(DISTINCT x) FROM ${rows}`);
  return { count: Number(count), exact: true };
}

async function valueCounts(
  { session, topValues, isWeighted }: ColumnReader,
  rows: string,
): Promise<{ readonly distinct: Distinct; readonly topValues: readonly ValueCount[] }> {
  const result = await session.run(
    `SELECT CAST(v AS VARCHAR), c, s, count(*) OVER () FROM
       (SELECT x AS v, count(*) AS c, sum(w) AS s FROM ${rows} WHERE x IS NOT NULL GROUP BY x)
     ORDER BY c DESC, v LIMIT ${topValues}`,
  );
  const found = await result.getRows();
  return {
    distinct: { count: Number(found[0]?.[3] ?? 0), exact: true },
    topValues: found.map(([value, count, weight]) => ({
      value: String(value),
      count: Number(count),
      ...(isWeighted ? { weight: Number(weight) } : {}),
    })),
  };
}

async function ofType(reader: ColumnReader, column: Column, rows: string): Promise<Partial<ColumnStatistics>> {
  const { session } = reader;
  if (itemType(column.type)) return { list: listOf(await session.one(lengths("len(x)", rows))) };
  switch (column.type) {
    case "bool": {
      const [trueCount, falseCount] = await session.one(
        `SELECT count(*) FILTER (x), count(*) FILTER (NOT x) FROM ${rows}`,
      );
      return { bool: { trueCount: Number(trueCount), falseCount: Number(falseCount) } };
    }
    case "string":
      return { text: textOf(await session.one(lengths("length(x)", rows))) };
    case "bytes":
      return { text: textOf(await session.one(lengths("octet_length(x)", rows))) };
    case "timestamp":
    case "int64": {
      const [min, max] = await session.one(
        `SELECT min(v), max(v) FROM (SELECT ${column.type === "int64" ? "x" : "epoch_ns(x)"} AS v FROM ${rows})`,
      );
      const range = typeof min === "bigint" && typeof max === "bigint" ? { range: { min, max } } : {};
      const number = column.type === "int64" ? "CAST(x AS DOUBLE)" : "CAST(epoch_ns(x) AS DOUBLE) / 1e9";
      return { ...range, numeric: await numericStatistics(reader, rows, number) };
    }
    default:
      return { numeric: await numericStatistics(reader, rows, "x") };
  }
}

const lengths = (length: string, rows: string): string =>
  `SELECT coalesce(min(l), 0), coalesce(max(l), 0), coalesce(avg(l), 0), count(*) FILTER (l = 0)
   FROM (SELECT ${length} AS l FROM ${rows})`;

function textOf([min, max, mean, empty]: readonly DuckDBValue[]): TextStatistics {
  return { lengthMin: Number(min), lengthMax: Number(max), lengthMean: Number(mean), emptyCount: Number(empty) };
}

function listOf([min, max, mean]: readonly DuckDBValue[]): ListStatistics {
  return { itemsMin: Number(min), itemsMax: Number(max), itemsMean: Number(mean) };
}
