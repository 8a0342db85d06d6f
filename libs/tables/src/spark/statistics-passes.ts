import type { FeatureValue } from "@throughline/kernel";
import type { Column, ColumnType, Row } from "../table.ts";
import { resultRows } from "./result-rows.ts";
import type { SparkSession } from "./session.ts";
import type { SparkCall } from "./spark-call.ts";
import {
  figures,
  hasNumbers,
  histogramQuery,
  isCounted,
  type KnownRange,
  quantilesQuery,
  type Sampling,
  type StatisticsColumn,
  topValuesQuery,
} from "./statistics-sql.ts";

/** What was found of one slice. */
export interface SliceFigures {
  readonly rowCount: number;
  readonly weight: number;
  /** By the number of the column. */
  readonly columns: readonly ColumnFigures[];
}

/** What was found of one column in one slice. */
export interface ColumnFigures {
  /** By the names of `figures` in statistics-sql.ts. */
  readonly figures: Readonly<Record<string, FeatureValue>>;
  /** Undefined where only an estimate is known. */
  distinct: number | undefined;
  readonly top: { readonly value: string; readonly count: number; readonly weight: number }[];
  /** How many values were ranked, and the ranked values by rank. */
  ranked: number;
  readonly ranks: Map<number, number>;
  readonly buckets: Map<number, { readonly count: number; readonly weight: number }>;
  /** Weighted squared deviations from the weighted mean. */
  squares: number;
}

/** The passes over a table, and what they need. */
export interface Passes {
  readonly session: SparkSession;
  readonly call: SparkCall;
  /** SQL of the rows, see statistics-sql.ts. */
  readonly rows: string;
  readonly columns: readonly Column[];
  readonly histogramBuckets: number;
  readonly topValues: number;
}

type Found = Map<number, SliceFigures>;

/** Columns whose figures come in one query: Spark compiles a query as a whole, and gives up on large ones. */
const COLUMNS_MAX = 10;

/** Below so many different values they are counted exactly where that needs a pass of its own. */
const EXACT_DISTINCT_MAX = 100_000;

/** Values up to which quantiles are exact. Above, they are those of about as many sampled rows. */
export const EXACT_QUANTILES_MAX = 4_000_000;

export const nothingFound = (): SliceFigures => ({ rowCount: 0, weight: 0, columns: [] });

/** Runs all passes. The slices are found by their numbers, 0 being the whole table; those of no rows are not there. */
export async function runPasses(passes: Passes): Promise<ReadonlyMap<number, SliceFigures>> {
  const columns = passes.columns.map((column, index) => ({ column, index }));
  const found: Found = new Map();
  const steps = [findFigures, countDistinct, findTopValues, findQuantiles, findHistograms];
  for (const [i, step] of steps.entries()) {
    passes.session.phase(0.1 + (0.9 * i) / steps.length, 0.1 + (0.9 * (i + 1)) / steps.length);
    await step({ ...passes, found, all: columns });
  }
  return found;
}

interface Pass extends Passes {
  readonly found: Found;
  readonly all: readonly StatisticsColumn[];
}

const queried = ({ session, rows }: Pass, query: string): AsyncIterable<Row> =>
  resultRows(session.rows(`WITH rows AS (${rows})${query}`));

async function findFigures(pass: Pass): Promise<void> {
  const { found, all } = pass;
  for (let first = 0; first === 0 || first < all.length; first += COLUMNS_MAX) {
    const columns = all.slice(first, first + COLUMNS_MAX);
    const wanted = columns.flatMap((it) => Object.entries(figures(it)).map(([name, sql]) => ({ name, sql, ...it })));
    const select = ["g", "COUNT(*)", "SUM(w)", ...wanted.map((it) => it.sql)].map((it, i) => `${it} AS f${i}`);
    for await (const [g, rowCount, weight, ...values] of queried(
      pass,
      ` SELECT ${select.join(", ")} FROM rows GROUP BY g`,
    )) {
      const known = found.get(Number(g))?.columns ?? [];
      const added = columns.map(({ index }) => {
        const own = wanted.flatMap((it, i) => (it.index === index ? [[it.name, values[i] ?? null] as const] : []));
        return newFigures(Object.fromEntries(own));
      });
      const slice = { rowCount: Number(rowCount), weight: Number(weight), columns: [...known, ...added] };
      found.set(Number(g), slice);
    }
  }
}

const newFigures = (given: ColumnFigures["figures"]): ColumnFigures => ({
  figures: given,
  distinct: undefined,
  top: [],
  ranked: 0,
  ranks: new Map(),
  buckets: new Map(),
  squares: 0,
});

/** Visits a column of all slices. */
const eachOf = ({ found }: Pass, { index }: StatisticsColumn) =>
  [...found].flatMap(([g, slice]) => {
    const column = slice.columns[index];
    return column ? [{ g, column }] : [];
  });

/** What was found of a column that a result names by numbers. */
const named = ({ found }: Pass, g: FeatureValue | undefined, index: FeatureValue | undefined) =>
  found.get(Number(g))?.columns[Number(index)];

async function countDistinct(pass: Pass): Promise<void> {
  const columns = pass.all.filter(
    (it) =>
      !isCounted(it.column.type) &&
      eachOf(pass, it).some(({ column }) => Number(column.figures["approximate"]) <= EXACT_DISTINCT_MAX),
  );
  if (columns.length === 0) return;
  const counts = columns.map((it, i) => `COUNT(DISTINCT c${it.index}) AS d${i}`);
  for await (const [g, ...values] of queried(pass, ` SELECT g, ${counts.join(", ")} FROM rows GROUP BY g`)) {
    for (const [i, { index }] of columns.entries()) {
      const column = named(pass, g, BigInt(index));
      const isExact = Number(column?.figures["approximate"]) <= EXACT_DISTINCT_MAX;
      if (column && isExact) column.distinct = Number(values[i]);
    }
  }
}

async function findTopValues(pass: Pass): Promise<void> {
  const columns = pass.all.filter((it) => isCounted(it.column.type));
  for (const it of columns) for (const { column } of eachOf(pass, it)) column.distinct = 0;
  if (columns.length === 0) return;
  const rows: Row[] = [];
  for await (const row of queried(pass, `, ${topValuesQuery(columns, pass.topValues)}`)) rows.push(row);
  const times = await timeTexts(
    pass,
    rows.flatMap(([, i, whole]) => (typeAt(pass, i) === "timestamp" ? [whole as bigint] : [])),
  );
  for (const [g, i, whole, text, count, weight, distinct] of rows) {
    const column = named(pass, g, i);
    if (!column) continue;
    column.distinct = Number(distinct);
    const value = typeof text === "string" ? text : wholeText(typeAt(pass, i), whole as bigint, times);
    column.top.push({ value, count: Number(count), weight: Number(weight) });
  }
}

const typeAt = ({ columns }: Pass, index: FeatureValue | undefined) => columns[Number(index)]?.type;

function wholeText(type: ColumnType | undefined, whole: bigint, times: ReadonlyMap<bigint, string>): string {
  if (type === "timestamp") return times.get(whole) ?? "";
  return type === "bool" ? String(whole === 1n) : String(whole);
}

/** Times as the embedded engine writes them. */
async function timeTexts({ call }: Pass, times: readonly bigint[]): Promise<ReadonlyMap<bigint, string>> {
  const different = [...new Set(times)];
  if (different.length === 0) return new Map();
  const sql = `SELECT list_transform($times, lambda it: CAST(make_timestamp_ns(CAST(it AS BIGINT)) AS VARCHAR)) AS texts`;
  const parameters = { times: different };
  const { signal } = call.options;
  const found = await call.embedded.query({ sql, parameters, inputs: {}, rowsMax: 1 }, signal ? { signal } : {});
  const texts = (found.rows[0]?.[0] ?? []) as readonly string[];
  return new Map(different.map((it, i) => [it, texts[i] ?? ""]));
}

async function findQuantiles(pass: Pass): Promise<void> {
  const columns = pass.all.filter((it) => hasNumbers(it.column.type));
  if (columns.length === 0) return;
  const samplings = columns.flatMap((it) =>
    eachOf(pass, it).map(({ g, column }): Sampling => {
      return { g, index: it.index, one: Math.ceil(Number(column.figures["finite"]) / EXACT_QUANTILES_MAX) };
    }),
  );
  const query = quantilesQuery(
    columns,
    samplings.filter((it) => it.one > 1),
  );
  for await (const [g, i, rank, size, y] of queried(pass, `, ${query}`)) {
    const column = named(pass, g, i);
    if (!column) continue;
    column.ranked = Number(size);
    column.ranks.set(Number(rank), y as number);
  }
}

async function findHistograms(pass: Pass): Promise<void> {
  const columns = pass.all.filter((it) => hasNumbers(it.column.type));
  const ranges = columns.flatMap((it) =>
    eachOf(pass, it)
      .filter(({ column }) => Number(column.figures["finite"]) > 0)
      .map(({ g, column: { figures: known } }): KnownRange => {
        const [min, max, weightedMean] = ["min", "max", "weightedMean"].map((name) => Number(known[name]));
        return { g, index: it.index, min: min ?? 0, max: max ?? 0, weightedMean: weightedMean ?? 0 };
      }),
  );
  if (ranges.length === 0) return;
  for await (const [g, i, b, count, weight, squares] of queried(
    pass,
    `, ${histogramQuery(columns, ranges, pass.histogramBuckets)}`,
  )) {
    const column = named(pass, g, i);
    if (!column) continue;
    column.buckets.set(Number(b), { count: Number(count), weight: Number(weight) });
    column.squares += Number(squares);
  }
}
