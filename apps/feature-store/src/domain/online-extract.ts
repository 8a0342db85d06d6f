import type { BlobStore } from "@throughline/blobs";
import type { FeatureValue } from "@throughline/kernel";
import type { Row, TableEngine } from "@throughline/tables";
import { extractedRows } from "./extracted-rows.ts";
import type { OnlineLayout } from "./online-layout.ts";
import type { OnlineRow } from "./online-rows.ts";
import type { ScratchFiles } from "./scratch.ts";
import type { Segment } from "./segment.ts";
import { quoted, segmentRows } from "./segment-query.ts";
import { SEGMENT_COLUMNS, type Source } from "./source.ts";
import type { TimedRow } from "./source-rows.ts";
import { isKey } from "./value-type.ts";

/**
 * How entities follow each other: as the bytes of their keys do, so that neighbours are written into the same pages; or by
 * the keys' values, as in extracts of before there was another order.
 */
export type ExtractOrder = "bytes" | "values";

/** What an extract is read from, and what it is for. */
export interface ExtractPlan {
  readonly layout: OnlineLayout;
  /** At least one. */
  readonly segments: readonly Segment[];
  readonly order: ExtractOrder;
  /** Where rows wait that are sorted: what reads them may be slow, and sorts of others are not to wait for it. */
  readonly scratch: ScratchFiles;
  /** Rows to leave out at its begin. */
  readonly from: number;
  readonly signal: AbortSignal;
}

/**
 * The rows of some segments in the order of entity and knowledge time, so that the entries of one entity are written
 * together; in batches, the next of which is read while one is used. The order is total: an extract that was interrupted
 * goes on where it was. Rows with a value that is no key are left out, since no entity has them.
 */
export async function* extract(
  { tables, blobs }: { readonly tables: TableEngine; readonly blobs: Pick<BlobStore, "localFile"> },
  { layout, segments, order, scratch, from, signal }: ExtractPlan,
): AsyncGenerator<readonly OnlineRow[], void, undefined> {
  const { keyColumns } = layout;
  const { inputs, sql } = await segmentRows(blobs, segments, extractColumns(layout).join(", "));
  const complete = keyColumns.map((_, i) => `k${i} IS NOT NULL`).join(" AND ");
  const sortedBy = [...keyColumns.flatMap((_, i) => keyOrder(layout, i, order)), "a", "dv", "n"].join(", ");
  const query = `SELECT * FROM (${sql}) WHERE ${complete} ORDER BY ${sortedBy} OFFSET ${from}`;
  const sorted = scratch.spool(tables.queryColumns({ sql: query, inputs }, { signal }));
  const batches = sorted[Symbol.asyncIterator]();
  let ahead = batches.next();
  try {
    for (let batch = await ahead; !batch.done; batch = await ahead) {
      ahead = batches.next();
      // It is waited for only when this batch is used, and may fail before.
      ahead.catch(() => {});
      yield extractedRows(layout, batch.value);
    }
  } finally {
    await batches.return?.();
  }
}

/**
 * SQL by which a key is sorted. Canonical bytes of whole numbers begin with the lowest byte, of which three settle the order
 * but for a few neighbours; those of texts begin with their length.
 */
function keyOrder({ keyTypes }: OnlineLayout, key: number, order: ExtractOrder): readonly string[] {
  const [name, type] = [`k${key}`, keyTypes[key]];
  if (order === "values") return [name];
  if (type === "string") return [`strlen(${name})`, name];
  if (type !== "int64") return [name];
  return [`((${name} & 255) << 16 | ((${name} >> 8) & 255) << 8 | ((${name} >> 16) & 255))`, name];
}

/** SQL of the keys `k0`.. of a segment's rows: null for what is no key, and one value for all that are one key. */
export const keyExpressions = ({ keyColumns, keyTypes }: OnlineLayout): readonly string[] =>
  keyColumns.map((column, i) => {
    const name = quoted(column);
    const isFloat = keyTypes[i] === "float64";
    const key = isFloat ? `CASE WHEN isnan(${name}) THEN NULL WHEN ${name} = 0 THEN 0::DOUBLE ELSE ${name} END` : name;
    return `${key} AS k${i}`;
  });

/** SQL of the columns that a layout needs of a segment: its keys `k0`.., both times, the row's number, and its values `v0`... */
export const extractColumns = (layout: OnlineLayout): readonly string[] => [
  ...keyExpressions(layout),
  `epoch_ns(${quoted(SEGMENT_COLUMNS.eventTime)}) AS e`,
  `epoch_ns(${quoted(SEGMENT_COLUMNS.knowledgeTime)}) AS a`,
  `${quoted(SEGMENT_COLUMNS.rowNumber)} AS n`,
  ...valueColumns(layout).map((name, i) => `${quoted(name)} AS v${i}`),
];

/** All columns of values; one that is kept in several ways is there several times. */
const valueColumns = ({ latestColumns, sumColumns = [], exactColumns, tiles }: OnlineLayout): readonly string[] => [
  ...latestColumns,
  ...sumColumns,
  ...exactColumns.map((it) => it.name),
  ...(tiles?.columns ?? []),
];

/** The values of these columns, told apart. */
function valuesOf(
  { latestColumns, sumColumns = [], exactColumns, tiles }: OnlineLayout,
  values: Row,
): Pick<OnlineRow, "latest" | "summed" | "exact" | "tiled"> {
  const summedAt = latestColumns.length;
  const exactAt = summedAt + sumColumns.length;
  const tiledAt = exactAt + exactColumns.length;
  return {
    latest: values.slice(0, summedAt),
    summed: values.slice(summedAt, exactAt),
    exact: values.slice(exactAt, tiledAt),
    tiled: values.slice(tiledAt, tiledAt + (tiles?.columns.length ?? 0)),
  };
}

/** The same rows from a push, which are at hand. */
export function pushedRows(
  layout: OnlineLayout,
  source: Source,
  { rows, dataVersion }: { readonly rows: readonly TimedRow[]; readonly dataVersion: number },
): readonly OnlineRow[] {
  const reader = (names: readonly string[]): ((row: TimedRow) => Row) => {
    const at = names.map((name) => source.columns.findIndex((it) => it.name === name));
    return ({ values }) => at.map((it): FeatureValue => values[it] ?? null);
  };
  const [keysOf, of] = [reader(layout.keyColumns), reader(valueColumns(layout))];
  return rows
    .map((row, rowNumber) => ({
      keys: keysOf(row),
      eventNs: row.eventNs,
      knowledgeNs: row.knowledgeNs,
      dataVersion,
      rowNumber,
      ...valuesOf(layout, of(row)),
    }))
    .filter((it) => it.keys.every(isKey));
}
