import type { Digest } from "@throughline/kernel";
import type { Write } from "@throughline/store";
import type { Source } from "./source.ts";

/** One immutable load of rows into a source. */
export interface Segment {
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
  readonly eventTimeNs: { readonly least: bigint; readonly most: bigint } | undefined;
  /** Undefined for rows that came in a request. */
  readonly loadedDigest: Digest | undefined;
  readonly loadTimeMs: number;
}

/** A segment that is written, but not yet part of the data. */
export type NewSegment = Omit<Segment, "dataVersion" | "previousDataVersion">;

/**
 * The append-only log of what was loaded. Laws, checked by `testSegmentLog`:
 * - Data versions of a project are dense from 1, over all its sources, in the order of the commits.
 * - Of several commits of one data version exactly one succeeds; the others fail with REVISION_CONFLICT or ALREADY_EXISTS.
 * - A commit changes the source's count and newest data version together with the log.
 */
export interface SegmentLog {
  /** Writes that add a segment as the next data version, and the segment as it is then. */
  committing(segment: NewSegment): Promise<{ readonly segment: Segment; readonly writes: readonly Write[] }>;
  /** The newest data version of a project, 0 before the first load. */
  newestVersion(project: string): Promise<number>;
  /** The segments of a source up to a data version, oldest first. */
  upTo(project: string, source: string, dataVersion: number): Promise<readonly Segment[]>;
  /** The newest segments of a source, at most 1,000, oldest of them first. */
  newest(source: Pick<Source, "project" | "id">): Promise<readonly Segment[]>;
}
