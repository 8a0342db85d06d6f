import type { Digest } from "@throughline/kernel";
import type { Write } from "@throughline/store";
import type { DataCommit, SourceRows } from "../data-version.ts";
import type { ReadGeneration } from "../read-generation.ts";
import type { DataFile, Segment, TimeRange } from "../segment.ts";

/** A file of a source that some data version reads, or read. */
export interface KeptFile extends DataFile {
  /** Names its document. */
  readonly id: string;
  /** What was uploaded for it. Undefined for compacted files and pushes. */
  readonly loadedDigest: Digest | undefined;
}

/** A file without the forgotten rows, in the place of another. */
export interface Replacement {
  readonly file: KeptFile;
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly rowCount: number;
  /** Merkle root over the digests of the rows that are left. */
  readonly rowsDigest: Digest;
  readonly removedRows: number;
  readonly eventTimeNs: TimeRange | undefined;
  readonly knowledgeTimeNs: TimeRange | undefined;
}

/** Replacements that become right together, for all data versions. */
export interface ForgetCommit {
  readonly commit: Omit<DataCommit, "dataVersion" | "kind">;
  readonly replacements: readonly Replacement[];
  /** What the source has afterwards. Undefined: no file that is read now is among them. */
  readonly rows?: SourceRows & Pick<ReadGeneration, "generation" | "overlay">;
}

/**
 * What forgetting asks of the log of data. Laws, checked by `forget.test.ts`:
 * - `files` has every file that any data version reads and that has not expired, whatever was reverted or merged since.
 * - A commit replaces files for all data versions, or fails with REVISION_CONFLICT or FILES_CHANGED.
 */
export interface ForgetLog {
  files(project: string, source: string): AsyncIterable<KeptFile>;
  forgetting(commit: ForgetCommit, dataVersion: number): Promise<ForgetWrites>;
}

/** The commit, and the writes that make it. */
export interface ForgetWrites {
  readonly commit: DataCommit;
  readonly writes: readonly Write[];
}

/** The rows that some files had at a data version and that were forgotten since. */
export const forgottenSince = (files: readonly Pick<Segment, "forgotten">[], dataVersion: number): number =>
  files
    .flatMap((it) => it.forgotten ?? [])
    .reduce((sum, it) => sum + (it.dataVersion > dataVersion ? it.rowCount : 0), 0);
