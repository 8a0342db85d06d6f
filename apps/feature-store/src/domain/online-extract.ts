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
  const { keyColumns } = layout;
  const keys = keyColumns.map((name, i) => `${quoted(name)} AS k${i}`);
  const columns = [
    ...keys,
    `epoch_ns(${quoted(SEGMENT_COLUMNS.eventTime)}) AS e`,
    `epoch_ns(${quoted(SEGMENT_COLUMNS.knowledgeTime)}) AS a`,
    `${quoted(SEGMENT_COLUMNS.rowNumber)} AS n`,
    ...valueColumns(layout).map((name, i) => `${quoted(name)} AS v${i}`),
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

function onlineRow(layout: OnlineLayout, row: Row): OnlineRow {
  const timesAt = layout.keyColumns.length;
  return {
    keys: row.slice(0, timesAt),
    eventNs: row[timesAt] as bigint,
    knowledgeNs: row[timesAt + 1] as bigint,
    rowNumber: Number(row[timesAt + 2]),
    ...valuesOf(layout, row.slice(timesAt + 3)),
    dataVersion: Number(row.at(-1)),
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
    .filter((it) => !it.keys.includes(null));
}
