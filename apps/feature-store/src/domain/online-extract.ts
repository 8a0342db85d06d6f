import type { BlobStore } from "@throughline/blobs";
import type { FeatureValue } from "@throughline/kernel";
import type { Row, TableEngine } from "@throughline/tables";
import type { OnlineLayout } from "./online-layout.ts";
import type { OnlineRow } from "./online-rows.ts";
import type { Segment } from "./segment.ts";
import { quoted, segmentRows } from "./segment-query.ts";
import { SEGMENT_COLUMNS, type Source } from "./source.ts";
import type { TimedRow } from "./source-rows.ts";

/** What an extract reads. */
export interface Extract {
  readonly layout: OnlineLayout;
  readonly segments: readonly Segment[];
  /** Rows to pass over, in the extract's order. */
  readonly from: number;
  readonly signal: AbortSignal;
}

/** Rows that one query returns at most. */
export const EXTRACT_ROWS_MAX = 50_000;

/**
 * The next rows of some segments in the order of entity and knowledge time, so that the entries of one entity are written
 * together. The order is total: an extract that was interrupted goes on where it was. Rows with a null key are left out,
 * since no entity has them. Fewer rows than EXTRACT_ROWS_MAX are the last.
 */
export async function extractRows(
  { tables, blobs }: { readonly tables: TableEngine; readonly blobs: Pick<BlobStore, "localFile"> },
  { layout, segments, from, signal }: Extract,
): Promise<readonly OnlineRow[]> {
  const { keyColumns, latestColumns, sumColumns = [] } = layout;
  const keys = keyColumns.map((name, i) => `${quoted(name)} AS k${i}`);
  const columns = [
    ...keys,
    `epoch_ns(${quoted(SEGMENT_COLUMNS.eventTime)}) AS e`,
    `epoch_ns(${quoted(SEGMENT_COLUMNS.knowledgeTime)}) AS a`,
    `${quoted(SEGMENT_COLUMNS.rowNumber)} AS n`,
    ...latestColumns.map((name, i) => `${quoted(name)} AS l${i}`),
    ...sumColumns.map((name, i) => `${quoted(name)} AS s${i}`),
  ];
  const { inputs, sql } = await segmentRows(blobs, segments, columns.join(", "));
  const complete = keyColumns.map((_, i) => `k${i} IS NOT NULL`).join(" AND ");
  const order = [...keyColumns.map((_, i) => `k${i}`), "a", "dv", "n"].join(", ");
  const page = `LIMIT ${EXTRACT_ROWS_MAX} OFFSET ${from}`;
  const query = `SELECT * FROM (${sql}) WHERE ${complete} ORDER BY ${order} ${page}`;
  const { rows } = await tables.query({ sql: query, inputs, rowsMax: EXTRACT_ROWS_MAX }, { signal });
  return rows.map((it) => onlineRow(layout, it));
}

function onlineRow({ keyColumns, latestColumns, sumColumns = [] }: OnlineLayout, row: Row): OnlineRow {
  const timesAt = keyColumns.length;
  const latestAt = timesAt + 3;
  const summedAt = latestAt + latestColumns.length;
  return {
    keys: row.slice(0, timesAt),
    eventNs: row[timesAt] as bigint,
    knowledgeNs: row[timesAt + 1] as bigint,
    rowNumber: Number(row[timesAt + 2]),
    latest: row.slice(latestAt, summedAt),
    summed: row.slice(summedAt, summedAt + sumColumns.length),
    dataVersion: Number(row.at(-1)),
  };
}

/** The same rows from a push, which are at hand. */
export function pushedRows(
  { keyColumns, latestColumns, sumColumns = [] }: OnlineLayout,
  source: Source,
  { rows, dataVersion }: { readonly rows: readonly TimedRow[]; readonly dataVersion: number },
): readonly OnlineRow[] {
  const reader = (names: readonly string[]): ((row: TimedRow) => Row) => {
    const at = names.map((name) => source.columns.findIndex((it) => it.name === name));
    return ({ values }) => at.map((it): FeatureValue => values[it] ?? null);
  };
  const [keysOf, latestOf, summedOf] = [reader(keyColumns), reader(latestColumns), reader(sumColumns)];
  return rows
    .map((row, rowNumber) => ({
      keys: keysOf(row),
      eventNs: row.eventNs,
      knowledgeNs: row.knowledgeNs,
      dataVersion,
      rowNumber,
      latest: latestOf(row),
      summed: summedOf(row),
    }))
    .filter((it) => !it.keys.includes(null));
}
