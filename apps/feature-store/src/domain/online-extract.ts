import type { BlobStore } from "@throughline/blobs";
import type { FeatureValue } from "@throughline/kernel";
import type { Row, TableEngine } from "@throughline/tables";
import type { OnlineLayout } from "./online-layout.ts";
import type { OnlineRow } from "./online-rows.ts";
import type { ScratchFiles } from "./scratch.ts";
import type { Segment } from "./segment.ts";
import { quoted, segmentRows } from "./segment-query.ts";
import { SEGMENT_COLUMNS, type Source } from "./source.ts";
import type { TimedRow } from "./source-rows.ts";

/** Where an extract is read from, and what it is for. */
export interface ExtractPlan {
  readonly layout: OnlineLayout;
  /** At least one. */
  readonly segments: readonly Segment[];
  /** Where it is kept while it is read. */
  readonly scratch: ScratchFiles;
  readonly signal: AbortSignal;
}

/**
 * The rows of some segments in the order of entity and knowledge time, so that the entries of one entity are written
 * together. The order is total: an extract that was interrupted goes on where it was. Rows with a null key are left out,
 * since no entity has them.
 */
export interface Extract {
  readonly rowCount: number;
  /** The next rows behind the first `from`: at least one unless there are no more. */
  rows(from: number): Promise<readonly OnlineRow[]>;
}

/** Rows that are read at a time: some 20 MB of them, and more than one push has. */
const PAGE_ROWS = 50_000;

/** Sorts the rows once, into a file that is then read page by page. */
export async function openExtract(
  { tables, blobs }: { readonly tables: TableEngine; readonly blobs: Pick<BlobStore, "localFile"> },
  { layout, segments, scratch, signal }: ExtractPlan,
): Promise<Extract> {
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
  const query = `SELECT * FROM (${sql}) WHERE ${complete} ORDER BY ${order}`;
  const output = scratch.path(`extract-${layout.id}.parquet`);
  const { rowCount } = await tables.writeQuery({ sql: query, inputs, output }, { signal });
  return {
    rowCount,
    async rows(from) {
      const { rows } = await tables.readRows({ segments: [output], offset: from, limit: PAGE_ROWS }, { signal });
      return rows.map((it) => onlineRow(layout, it));
    },
  };
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
