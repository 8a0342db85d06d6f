import type { BlobStore } from "@throughline/blobs";
import type { Digest } from "@throughline/kernel";
import { columnsOf, type DataFile, type FileColumns, type Segment } from "./segment.ts";
import { SEGMENT_COLUMNS } from "./source.ts";
import { SQL_TYPES } from "./value-type.ts";

/** A column name as SQL writes it. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/**
 * The row number of a compacted file is the data version of the row's segment, in the upper 31 bits, and the row's number in
 * that segment: a compacted file has the columns of a segment, and every row of it can be told where it comes from.
 */
const VERSION_BITS = 32;
const ROW_NUMBER = quoted(SEGMENT_COLUMNS.rowNumber);

/** SQL of the data version and the row number within a compacted file. */
export const COMPACTED_ROW = {
  dataVersion: `(${ROW_NUMBER} >> ${VERSION_BITS})`,
  rowNumber: `(${ROW_NUMBER} & ${2 ** VERSION_BITS - 1})`,
} as const;

/** SQL of the row number that a segment's row has in a compacted file. */
export const compactedRowNumber = (dataVersion: number): string =>
  `(${BigInt(dataVersion) << BigInt(VERSION_BITS)}::BIGINT + ${ROW_NUMBER})`;

/** Files as inputs of a query, each under a name of its own, and SQL that reads them one after the other. */
export interface SegmentRows {
  readonly inputs: Readonly<Record<string, readonly string[]>>;
  /** `SELECT {columns}, {data version} AS dv FROM ...` over all rows. */
  readonly sql: string;
}

/** SQL of a file that an input holds, with null in the columns that it lacks, behind those that it has. */
export function wholeRows(input: string, { lacks = [] }: FileColumns): string {
  if (lacks.length === 0) return input;
  return `(SELECT *, ${lacks.map(({ name, type }) => `NULL::${SQL_TYPES[type]} AS ${quoted(name)}`).join(", ")} FROM ${input})`;
}

/** Reads some columns of segments, wherever their rows are; `columns` is SQL. There must be at least one segment. */
export async function segmentRows(
  blobs: Pick<BlobStore, "localFile">,
  segments: readonly Segment[],
  columns: string,
): Promise<SegmentRows> {
  const groups: Read[] = [];
  for (const segment of segments) {
    const last = groups.at(-1);
    const { digest, dataVersion: own, within } = segment;
    const columns = columnsOf(segment);
    if (within === undefined) groups.push({ digest, own, ranges: [], columns });
    else if (last?.digest === within) extend(last.ranges, segment);
    else groups.push({ digest: within, own: undefined, ranges: [rangeOf(segment)], columns });
  }
  return reading(blobs, groups, columns);
}

/** Reads some columns of whole files. There must be at least one. */
export function fileRows(
  blobs: Pick<BlobStore, "localFile">,
  files: readonly DataFile[],
  columns: string,
): Promise<SegmentRows> {
  const reads = files.map(
    (it): Read => ({
      digest: it.digest,
      own: it.isCompacted ? undefined : it.first,
      ranges: [],
      columns: columnsOf(it),
    }),
  );
  return reading(blobs, reads, columns);
}

/** A file to read: a segment's own, of the data version `own`, or some data versions of a compacted one (all if none is named). */
interface Read {
  readonly digest: Digest;
  readonly own: number | undefined;
  readonly ranges: VersionRange[];
  readonly columns: FileColumns;
}

interface VersionRange {
  readonly first: number;
  last: number;
}

const rangeOf = ({ dataVersion }: Segment): VersionRange => ({ first: dataVersion, last: dataVersion });

/** Data versions of one source that follow on each other are one range, so that thousands of them are a short condition. */
function extend(ranges: VersionRange[], segment: Segment): void {
  const last = ranges.at(-1);
  if (last?.last === segment.previousDataVersion) last.last = segment.dataVersion;
  else ranges.push(rangeOf(segment));
}

async function reading(
  blobs: Pick<BlobStore, "localFile">,
  reads: readonly Read[],
  columns: string,
): Promise<SegmentRows> {
  const paths = await Promise.all(reads.map((it) => blobs.localFile(it.digest)));
  return {
    inputs: Object.fromEntries(paths.map((path, i) => [`segment${i}`, [path]])),
    sql: reads.map((it, i) => selectOf(it, `segment${i}`, columns)).join(" UNION ALL "),
  };
}

function selectOf({ own, ranges, columns: has }: Read, file: string, columns: string): string {
  // Of hundreds of columns that a file lacks, only those that are read are named.
  const lacks = has.lacks?.filter((it) => columns.includes(quoted(it.name)));
  const input = wholeRows(file, lacks ? { lacks } : {});
  if (own !== undefined) return `SELECT ${columns}, ${own}::BIGINT AS dv FROM ${input}`;
  const { dataVersion, rowNumber } = COMPACTED_ROW;
  const decoded = `SELECT * REPLACE (${rowNumber} AS ${ROW_NUMBER}), ${dataVersion} AS __dv FROM ${input}`;
  const wanted = ranges.map(({ first, last }) => `__dv BETWEEN ${first} AND ${last}`).join(" OR ");
  return `SELECT ${columns}, __dv AS dv FROM (${decoded})${wanted === "" ? "" : ` WHERE ${wanted}`}`;
}
