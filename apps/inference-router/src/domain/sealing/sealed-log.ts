import type { Digest } from "@throughline/kernel";
import type { Write } from "@throughline/store";
import type { ColumnType } from "@throughline/tables";

/** An hour of a deployment's log as one Parquet file: see SealedLog in the contract. */
export interface SealedLog {
  readonly deployment: string;
  readonly hourMs: number;
  /** Id of its first segment, by which it is known. */
  readonly first: string;
  /** WRITING: its file may be in the blob store or not. SEALED: it is. */
  readonly state: "WRITING" | "SEALED";
  /** Empty if there is no row. */
  readonly digest: Digest | "";
  readonly sizeBytes: number;
  readonly rowCount: number;
  readonly notSampledCount: number;
  /** In the order of their names. */
  readonly releases: readonly string[];
  readonly columns: readonly SealedColumn[];
  readonly leftOutFeatureCount: number;
  /** Oldest first. */
  readonly segments: readonly SealedSegment[];
  readonly sealTimeMs: number;
}

/** A column that stands for a feature or for a field of entities; the other name is empty. */
export interface SealedColumn {
  readonly name: string;
  readonly feature: string;
  readonly entityField: string;
  readonly type: ColumnType;
}

export interface SealedSegment {
  readonly segment: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly rowCount: number;
}

/** Which sealed hours to list: those that begin from the first instant on and before the second. */
export interface SealedHours {
  readonly startMs?: number;
  readonly endMs?: number;
}

/**
 * What is known of sealed hours. Laws:
 * - `begin` and `finish` write all or nothing, over what is there under the same first segment.
 * - `list` has those that are SEALED alone, the newest hour first.
 */
export interface SealedLogStore {
  begin(log: SealedLog): Promise<void>;
  /** `along` is written with it. */
  finish(log: SealedLog, along: readonly Write[]): Promise<void>;
  /** Undefined also while it is being written. */
  get(deployment: string, first: string): Promise<SealedLog | undefined>;
  list(
    deployment: string,
    page: SealedHours & { readonly limit: number; readonly after?: string },
  ): Promise<{ readonly items: readonly SealedLog[]; readonly next?: string }>;
  /** Of any state, from an hour on. */
  since(deployment: string, hourMs: number): AsyncIterable<SealedLog>;
}
