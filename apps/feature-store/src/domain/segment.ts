import type { Digest } from "@throughline/kernel";
import type { Write } from "@throughline/store";
import type { ReadGeneration } from "./read-generation.ts";
import type { Source, WrittenColumns } from "./source.ts";
import type { Column } from "./value-type.ts";

/** The first and the last of some times, in nanoseconds since 1970. */
export interface TimeRange {
  readonly least: bigint;
  readonly most: bigint;
}

/** What a file of a source has of its columns. */
export interface FileColumns extends WrittenColumns {
  /** The columns that the source got later. Undefined: it has all. Said by whoever reads the log, and not part of it. */
  readonly lacks?: readonly Column[];
}

/** Tells of files what they lack of their source's columns now. */
export type Lacking = (file: FileColumns) => Pick<FileColumns, "lacks">;

/** Rows that a forgetting took out of a file. */
export interface ForgottenOfFile {
  /** The data version that the forgetting made. */
  readonly dataVersion: number;
  readonly rowCount: number;
}

/** One immutable load of rows into a source. */
export interface Segment extends FileColumns {
  readonly project: string;
  /** Id of the source. */
  readonly source: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly rowCount: number;
  readonly skippedRowCount: number;
  /** The project's data version that the load made. */
  readonly dataVersion: number;
  /** The data version of the source's segment before this one, 0 if it is the first. */
  readonly previousDataVersion: number;
  /** Undefined if the segment has no rows. */
  readonly eventTimeNs: TimeRange | undefined;
  /** Undefined if the segment has no rows, or is of before these times were kept. */
  readonly knowledgeTimeNs?: TimeRange;
  /** Undefined for rows that came in a request. */
  readonly loadedDigest: Digest | undefined;
  readonly loadTimeMs: number;
  /** Who loaded or pushed it. Undefined for segments of before this was kept. */
  readonly actor?: string;
  /** Rows that were forgotten, and are not among `rowCount`. */
  readonly forgotten?: readonly ForgottenOfFile[];
  /** The compacted file that holds the rows at the data version that was asked for. Undefined: they are in the segment's own. */
  readonly within?: Digest;
}

/** A segment that is written, but not yet part of the data. */
export type NewSegment = Omit<Segment, "dataVersion" | "previousDataVersion" | "within" | "lacks">;

/** A file that holds rows of a source at some data version: a segment's own, or a compacted one. */
export interface DataFile extends FileColumns {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly rowCount: number;
  /** The least and the greatest data version whose rows it holds: both the segment's own, unless it is compacted. */
  readonly first: number;
  readonly last: number;
  readonly isCompacted: boolean;
  readonly eventTimeNs: TimeRange | undefined;
  readonly knowledgeTimeNs?: TimeRange;
  /** Rows that were forgotten, and are not among `rowCount`. */
  readonly forgotten?: readonly ForgottenOfFile[];
}

/**
 * The append-only log of what was loaded. Laws, checked by `testSegmentLog`:
 * - Data versions of a project are dense from 1, over all its sources, in the order of the commits.
 * - Of several commits of one data version exactly one succeeds; the others fail with REVISION_CONFLICT or ALREADY_EXISTS.
 * - A commit changes the source's count and newest data version together with the log.
 * - What `upTo` and `files` say of a data version never changes: a revert or a compaction changes it from its own data version on.
 */
export interface SegmentLog {
  /**
   * Writes that add a segment as the next data version, the segment as it is then, and the generation in which the source's
   * online values are read then.
   */
  committing(segment: NewSegment): Promise<{
    readonly segment: Segment;
    readonly writes: readonly Write[];
    readonly generation: ReadGeneration | undefined;
  }>;
  /** The newest data version of a project, 0 before the first load. */
  newestVersion(project: string): Promise<number>;
  /** The segments whose rows a source has at a data version, oldest first. */
  upTo(project: string, source: string, dataVersion: number): Promise<readonly Segment[]>;
  /** Tells of files of a source what they lack of its columns now. */
  lacking(project: string, source: string): Promise<Lacking>;
  /** The files that hold these rows, in the order in which they were written; together they hold each row once, and no others. */
  files(project: string, source: string, dataVersion: number): Promise<readonly DataFile[]>;
  /** The newest segments of a source that are in its data, at most 1,000, oldest of them first. */
  newest(source: Pick<Source, "project" | "id">): Promise<readonly Segment[]>;
}

/** The file that a segment was written to. */
export const ownFile = (segment: Segment): DataFile => ({
  digest: segment.digest,
  sizeBytes: segment.sizeBytes,
  rowCount: segment.rowCount,
  first: segment.dataVersion,
  last: segment.dataVersion,
  isCompacted: false,
  eventTimeNs: segment.eventTimeNs,
  ...(segment.knowledgeTimeNs && { knowledgeTimeNs: segment.knowledgeTimeNs }),
  ...(segment.forgotten && { forgotten: segment.forgotten }),
  ...columnsOf(segment),
});

/** What is said of the columns of a file. */
export const columnsOf = ({ sourceVersion, lacks }: FileColumns): FileColumns => ({
  ...(sourceVersion !== undefined && { sourceVersion }),
  ...(lacks && { lacks }),
});
