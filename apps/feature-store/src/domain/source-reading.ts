import type { BlobStore } from "@throughline/blobs";
import { type Digest, type FeatureValue, invariant } from "@throughline/kernel";
import type { Row, TableEngine } from "@throughline/tables";
import type { CommittedSegment, DataLog } from "./data-version.ts";
import { forgottenSince } from "./forget/forget-log.ts";
import type { DataFile, SegmentLog } from "./segment.ts";
import { fileRows, quoted, segmentRows } from "./segment-query.ts";
import { SEGMENT_COLUMNS, type Source } from "./source.ts";

/** One row of a source, by the segment that brought it. */
export interface WrittenRow {
  readonly segmentDigest: Digest;
  readonly rowNumber: number;
  readonly values: ReadonlyMap<string, FeatureValue>;
  readonly eventNs: bigint;
  readonly knowledgeNs: bigint;
}

/** What reading rows needs. */
export interface ReadingDeps {
  readonly tables: TableEngine;
  readonly blobs: Pick<BlobStore, "localFile">;
  readonly segments: SegmentLog;
  readonly dataLog: Pick<DataLog, "segment">;
}

/** Some rows of a source as of a data version, in the order in which they were written. */
export interface RowsRequest {
  readonly source: Source;
  readonly dataVersion: number;
  readonly offset: number;
  readonly limit: number;
}

/** The rows, and how many the source has at that data version. */
export interface SourcePage {
  readonly rows: readonly WrittenRow[];
  readonly rowCount: number;
  /** Rows that the source had then, and that were forgotten since. */
  readonly forgottenRowCount: number;
}

export async function readSourceRows(
  deps: ReadingDeps,
  { source, dataVersion, offset, limit }: RowsRequest,
  signal: AbortSignal,
): Promise<SourcePage> {
  const files = await deps.segments.files(source.project, source.id, dataVersion);
  const rowCount = files.reduce((sum, it) => sum + it.rowCount, 0);
  const forgottenRowCount = forgottenSince(files, dataVersion);
  // Only files with rows of the page are opened.
  const wanted: DataFile[] = [];
  let [before, skip] = [0, offset];
  for (const file of files) {
    const end = before + file.rowCount;
    if (end <= offset) skip = offset - end;
    else if (before < offset + limit && file.rowCount > 0) wanted.push(file);
    before = end;
  }
  if (wanted.length === 0) return { rows: [], rowCount, forgottenRowCount };
  const { inputs, sql } = await fileRows(deps.blobs, wanted, rowColumns(source));
  const query = `SELECT * FROM (${sql}) ORDER BY dv, n LIMIT ${limit} OFFSET ${skip}`;
  const found = await deps.tables.query({ sql: query, inputs, rowsMax: limit }, { signal });
  return { rows: await writtenRows(deps, source, found.rows), rowCount, forgottenRowCount };
}

/** The first rows of some segments, of those that are kept. */
export async function readSegmentRows(
  { tables, blobs, dataLog }: Pick<ReadingDeps, "tables" | "blobs" | "dataLog">,
  { source, segments, rowCount }: SegmentRowsRequest,
  signal: AbortSignal,
): Promise<readonly WrittenRow[]> {
  const rows: WrittenRow[] = [];
  for (const { dataVersion } of segments) {
    const left = rowCount - rows.length;
    if (left <= 0) break;
    const kept = await dataLog.segment(source.project, dataVersion);
    if (!kept || kept.isLost) continue;
    const { inputs, sql } = await segmentRows(blobs, [kept], rowColumns(source));
    const query = `SELECT * FROM (${sql}) ORDER BY n LIMIT ${left}`;
    const found = await tables.query({ sql: query, inputs, rowsMax: left }, { signal });
    rows.push(...found.rows.map((it) => writtenRow(source, it, kept.digest)));
  }
  return rows;
}

/** Segments to read rows of. */
export interface SegmentRowsRequest {
  readonly source: Source;
  readonly segments: readonly CommittedSegment[];
  readonly rowCount: number;
}

/** Names of our own for all columns, so that a source may have a column of any name. */
export const rowColumns = (source: Source): string =>
  [
    ...source.columns.map((it, i) => `${quoted(it.name)} AS c${i}`),
    `epoch_ns(${quoted(SEGMENT_COLUMNS.eventTime)}) AS e`,
    `epoch_ns(${quoted(SEGMENT_COLUMNS.knowledgeTime)}) AS a`,
    `${quoted(SEGMENT_COLUMNS.rowNumber)} AS n`,
  ].join(", ");

/** Rows of `rowColumns` and the data version behind them, by the segments that brought them, also where those were compacted. */
export async function writtenRows(
  { dataLog }: Pick<ReadingDeps, "dataLog">,
  source: Source,
  rows: readonly Row[],
): Promise<readonly WrittenRow[]> {
  const versionAt = source.columns.length + 3;
  const versions = [...new Set(rows.map((it) => Number(it[versionAt])))];
  const segments = await Promise.all(versions.map((it) => dataLog.segment(source.project, it)));
  return rows.map((row) => {
    const segment = segments[versions.indexOf(Number(row[versionAt]))];
    invariant(segment, "a row is of a data version without a segment");
    return writtenRow(source, row, segment.digest);
  });
}

function writtenRow(source: Source, row: Row, segmentDigest: Digest): WrittenRow {
  const timesAt = source.columns.length;
  return {
    segmentDigest,
    rowNumber: Number(row[timesAt + 2]),
    values: new Map(source.columns.map((it, i) => [it.name, row[i] ?? null])),
    eventNs: row[timesAt] as bigint,
    knowledgeNs: row[timesAt + 1] as bigint,
  };
}
