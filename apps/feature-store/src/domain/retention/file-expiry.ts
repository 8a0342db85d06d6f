import type { Digest } from "@throughline/kernel";

/**
 * What becomes of a file that no needed data version reads. From the mark on nothing reads it. Once it has expired it is as good as
 * gone, and then its bytes are removed. What turns out to be needed after the mark loses it.
 */
export interface Expiry {
  readonly state: "marked" | "expired" | "removed";
  /** When it came into this state. */
  readonly timeMs: number;
}

/** A file of a project's data with the data versions that may read it: since the first of them, until before the other. */
export interface ExpiringFile {
  /** Names its document. */
  readonly id: string;
  readonly isCompacted: boolean;
  /** Id of the source. */
  readonly source: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly since: number;
  readonly until: number;
  readonly expiry?: Expiry;
}

/** What becomes of one file now. Undefined: it is needed, as any other. */
export interface ExpiryChange {
  readonly file: ExpiringFile;
  readonly expiry: Expiry | undefined;
}

/**
 * What retention asks of the log of data. Laws, checked by `retention.test.ts`:
 * - Changes that were decided on at a head of the log are made at that head or not at all: whoever commits meanwhile, or made them
 *   meanwhile, lets `change` fail with REVISION_CONFLICT.
 */
export interface ExpiryLog {
  /** The newest data version, and what `change` must be told to prove that nothing was committed since. */
  head(project: string): Promise<LogHead | undefined>;
  /** Every file that is not removed. */
  files(project: string): AsyncIterable<ExpiringFile>;
  change(project: string, head: LogHead, changes: readonly ExpiryChange[]): Promise<LogHead>;
}

/** The end of a project's log. */
export interface LogHead {
  readonly dataVersion: number;
  readonly revision: number;
}
