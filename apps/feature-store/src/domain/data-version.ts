import type { Digest, Page } from "@throughline/kernel";
import type { Write } from "@throughline/store";
import type { PageRequest } from "./catalog.ts";
import type { ReadGeneration } from "./read-generation.ts";
import type { DataFile, Segment, TimeRange } from "./segment.ts";

/** What a commit did. */
export type CommitKind = "load" | "push" | "revert" | "compaction" | "forget";

/** A load or a push within a commit. */
export type CommittedSegment = Pick<Segment, "digest" | "dataVersion" | "rowCount">;

/** A segment, whether or not its rows are in the data. */
export interface KeptSegment extends Segment {
  /** True if a compacted file was ever read in place of its own. */
  readonly isMerged: boolean;
  /** A compacted file that has the rows, where its own is kept no more: `within` names it. */
  readonly copy?: DataFile;
  /** True if no file has the rows any more. */
  readonly isLost?: boolean;
}

/** A file that became part of a compacted one. */
export interface CompactedPart {
  readonly digest: Digest;
  readonly rowCount: number;
  /** Merkle root over the digests of the rows that were taken, see CompactedFile.rowsDigest. */
  readonly rowsDigest: Digest;
}

/** One file with the rows of several, in their order. */
export interface CompactedFile extends DataFile {
  readonly project: string;
  /** Id of the source. */
  readonly source: string;
  /** Merkle root over the row digests of the parts, in order. They cover the source's columns and both times. */
  readonly rowsDigest: Digest;
  readonly parts: readonly CompactedPart[];
  /** The data version since which it is read. */
  readonly since: number;
}

/** A compacted file that is written, but not yet part of the data. */
export type NewCompactedFile = Omit<CompactedFile, "since">;

/** One commit on the log of a project's data. */
export interface DataCommit {
  readonly project: string;
  readonly dataVersion: number;
  readonly kind: CommitKind;
  /** Id of the source whose rows changed. */
  readonly source: string;
  /** What came in, or was brought back. */
  readonly added: readonly CommittedSegment[];
  /** What was taken out. */
  readonly removed: readonly CommittedSegment[];
  /** Rows that were forgotten. Undefined: none. */
  readonly forgottenRows?: number;
  readonly compacted: readonly Pick<CompactedFile, "digest" | "rowCount" | "rowsDigest" | "parts" | "first" | "last">[];
  readonly actor: string;
  readonly reason: string;
  readonly timeMs: number;
}

/** What changes in the files of a source. */
export interface FileChange {
  /** Compacted files that are read no more. */
  readonly closed: readonly Pick<DataFile, "digest" | "first">[];
  /** Data versions of segments whose own file is read no more. */
  readonly replaced: readonly number[];
  readonly opened: readonly NewCompactedFile[];
}

/** A change of a source's data that is no new segment. */
export interface Rewrite extends Pick<DataCommit, "kind" | "added" | "removed" | "actor" | "reason" | "timeMs"> {
  readonly project: string;
  readonly source: string;
  readonly files: FileChange;
  /** What the source has afterwards. Undefined: the same rows as before. */
  readonly rows?: SourceRows & {
    /** Names the online values that are right from then on, and those that lie over them. */
    readonly generation: string;
    readonly overlay?: string;
  };
}

/** What there is to say of all the rows of a source. */
export interface SourceRows {
  readonly rowCount: number;
  /** The data version of the newest segment, 0 if there is none. */
  readonly dataVersion: number;
  readonly newestEventNs: bigint | undefined;
  readonly newestKnowledgeNs: bigint | undefined;
}

/**
 * The commits of a project's data. Laws, checked by `testDataLog`, besides those of SegmentLog:
 * - Every data version has exactly one commit, which never changes.
 * - A rewrite whose files are not those that are read now fails with REVISION_CONFLICT.
 */
export interface DataLog {
  get(project: string, dataVersion: number): Promise<DataCommit | undefined>;
  /** Newest first. Fails with BAD_PAGE_TOKEN. */
  list(project: string, page: PageRequest): Promise<Page<DataCommit>>;
  /** The commits after one data version and up to another that are no loads and pushes, oldest first. */
  rewrites(project: string, after: number, upTo: number): Promise<readonly DataCommit[]>;
  /** The loads and pushes after one data version and up to another, oldest first. */
  segments(project: string, after: number, upTo: number): AsyncIterable<Segment>;
  /** One load or push, whether or not its rows are in the data now, and where they are kept. */
  segment(project: string, dataVersion: number): Promise<KeptSegment | undefined>;
  /**
   * Writes that make a rewrite a data version, and its commit. Fails with REVISION_CONFLICT if it is not the next one, and with
   * DATA_VERSION_EXPIRED if what it brings back is kept no more.
   */
  rewriting(
    rewrite: Rewrite,
    dataVersion: number,
  ): Promise<{ readonly commit: DataCommit; readonly writes: readonly Write[] }>;
  /** Writes that let an overlay of a source's online values be read no more, if it is read, and what is read then. */
  folding(overlay: OverlayOfSource): Promise<ReadingChange>;
  /** The ids of all projects that have data. */
  projects(): AsyncIterable<string>;
  /** True if some data version of some project reads the file, and it has not expired. */
  isReferred(digest: Digest): Promise<boolean>;
}

/** What lies over a source's online values. */
export interface OverlayOfSource extends Pick<Segment, "project" | "source"> {
  readonly overlay: string;
}

/** What is to be read, and the writes that make it so. */
export interface ReadingChange {
  readonly reading: ReadGeneration;
  readonly writes: readonly Write[];
}

/** Which of a source's segments are not in its data after some of its reverts, oldest first. */
export function goneAfter(reverts: readonly Pick<DataCommit, "added" | "removed">[]): ReadonlySet<number> {
  const gone = new Set<number>();
  for (const { added, removed } of reverts) {
    for (const it of removed) gone.add(it.dataVersion);
    for (const it of added) gone.delete(it.dataVersion);
  }
  return gone;
}

/** A load or push as a commit. */
export const commitOf = (segment: Segment): DataCommit => ({
  project: segment.project,
  dataVersion: segment.dataVersion,
  kind: segment.loadedDigest === undefined ? "push" : "load",
  source: segment.source,
  added: [committed(segment)],
  removed: [],
  compacted: [],
  actor: segment.actor ?? "",
  reason: "",
  timeMs: segment.loadTimeMs,
});

export const committed = ({ digest, dataVersion, rowCount }: Segment): CommittedSegment => ({
  digest,
  dataVersion,
  rowCount,
});

/** What all rows of some segments amount to. */
export function rowsOf(segments: readonly Segment[]): SourceRows {
  const newest = (range: (it: Segment) => TimeRange | undefined): bigint | undefined =>
    segments.reduce<bigint | undefined>((most, it) => later(most, range(it)?.most), undefined);
  return {
    rowCount: segments.reduce((sum, it) => sum + it.rowCount, 0),
    dataVersion: segments.at(-1)?.dataVersion ?? 0,
    newestEventNs: newest((it) => it.eventTimeNs),
    newestKnowledgeNs: newest((it) => it.knowledgeTimeNs),
  };
}

/** The later of two times, where either may be unknown. */
export function later(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  if (a === undefined) return b;
  return b === undefined || a > b ? a : b;
}
