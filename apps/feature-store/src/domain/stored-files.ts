import type { BlobStore, SweepResult } from "@throughline/blobs";
import type { Digest } from "@throughline/kernel";

/**
 * Files on their way into the data. A file is stored first and referred to later, by a commit; whatever ends the process in
 * between leaves a file that nothing refers to. So each is noted before it is stored. Laws, checked by
 * `stored-files.test.ts`:
 * - A file that was stored through `blobs` and that nothing refers to is found by a sweep, whatever ended the process when.
 * - A sweep never removes a file that a commit refers to, or that is on its way in a process that is younger than the sweep's
 *   age: whoever stores it meanwhile fails with FILE_BEING_REMOVED, or keeps it.
 */
export interface StoredFiles {
  /** The object storage, with a note before each put. A put of a stream must name its digest. */
  readonly blobs: BlobStore;
  /** A commit refers to these: they need no note any more. */
  kept(digests: readonly Digest[]): void;
  /** Removes what interrupted calls left behind at least so long ago: files, and writes that never became a file. */
  sweep(olderThanMs: number): Promise<SweepResult>;
  /**
   * Removes a file at once if nothing refers to it any more; true if it is gone, or something needs it. False: somebody may just be
   * storing it again, and it has to be asked again.
   */
  remove(digest: Digest): Promise<boolean>;
  /** Ends after the notes that are under way. */
  close(): Promise<void>;
}
