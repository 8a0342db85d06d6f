import type { Digest } from "@throughline/kernel";

/** One stored object: its address and its length in bytes. */
export interface BlobInfo {
  readonly digest: Digest;
  readonly size: number;
}

/** What the writer of an object already knows about it, and how much the store may take in. */
export interface PutOptions {
  /** The put fails with DIGEST_MISMATCH when the content has another digest. */
  readonly expectedDigest?: Digest;
  /** In bytes. The put fails with SIZE_MISMATCH when the content has another length. */
  readonly expectedSize?: number;
  /** In bytes; default `BLOB_LIMITS.sizeMax`. The put fails with BLOB_TOO_LARGE as soon as the content is longer. */
  readonly sizeMax?: number;
}

/** A part of an object: from the byte `offset` (from 0) on, at most `length` bytes, to the end when it is not named. */
export interface ByteRange {
  readonly offset: number;
  readonly length?: number;
}

/** One condemned object. */
export interface CondemnedBlob extends BlobInfo {
  /** Names this condemnation: an object that is condemned again gets another. */
  readonly id: string;
}

/** What a sweep gave back. */
export interface SweepResult {
  /** Interrupted writes that were removed. */
  readonly removed: number;
  /** Bytes of local disk that became free. What an object server frees is not counted: it does not say. */
  readonly bytes: number;
}

/**
 * Objects addressed by the SHA-256 of their bytes. Callers never name a place: there are no names but digests.
 *
 * Laws, checked by `testBlobStore` on every adapter:
 * - After `put` returned, the object survives kill -9 and, where the disk honours fsync, power loss.
 * - An object is visible wholly or not at all: a put that fails, or whose source fails, leaves nothing to `stat`, `get`
 *   and `list`; a failure of the source is thrown on as it is.
 * - Putting the same content again succeeds and gives the same answer. Nothing ever changes the bytes behind a digest.
 * - A full read either gives exactly the bytes of the digest or fails with BLOB_CORRUPT before its last piece.
 * - Memory per call is bounded, whatever the size of the object.
 * - A condemned object is out of `list`, and comes back whole with whatever asks for it by `stat`, `get`, `localFile` or `put`,
 *   also while it is condemned or erased by others. Only `erase` and `delete` lose bytes, and `erase` only those of its id.
 *
 * Every method fails with STORAGE_UNAVAILABLE when the storage does not answer, and those that write with STORAGE_FULL when
 * there is no space left.
 */
export interface BlobStore {
  /**
   * Stores the content of `source`, which is read once, with backpressure.
   * Fails with DIGEST_MISMATCH, SIZE_MISMATCH, BLOB_TOO_LARGE.
   */
  put(source: AsyncIterable<Uint8Array> | Uint8Array, options?: PutOptions): Promise<BlobInfo>;

  /**
   * Reads an object in pieces of at most 1 MiB; failures come while reading. Fails with NOT_FOUND, BLOB_CORRUPT, and
   * RANGE_NOT_SATISFIABLE for a range that starts at or after the end (a range that only ends after it is cut).
   * A part cannot be checked against the digest: use `localFile` where parts must be trusted.
   */
  get(digest: Digest, options?: { readonly range?: ByteRange }): AsyncIterable<Uint8Array>;

  /** What is known without reading the content, or undefined when there is no such object. */
  stat(digest: Digest): Promise<BlobInfo | undefined>;

  /**
   * One page of all objects in the order of their digests, starting after the digest `after`. `limit` is 1 to
   * `BLOB_LIMITS.listMax`; fewer objects than `limit` means that these are the last.
   */
  list(options: { readonly after?: Digest; readonly limit: number }): Promise<readonly BlobInfo[]>;

  /** Removes an object at once, condemned or not. Removing what is not there succeeds. */
  delete(digest: Digest): Promise<void>;

  /**
   * Takes an object out of use, as the step before its bytes are removed: whoever still looks for it finds it and takes it
   * back into use. Returns the id of this condemnation, or undefined if there is no such object or it is too large to be
   * moved by the storage (on S3 more than 5 GiB).
   */
  condemn(digest: Digest): Promise<string | undefined>;

  /** One page of what is condemned in the order of the ids, as `list`. An object may be condemned and in use at the same time. */
  condemned(options: { readonly after?: string; readonly limit: number }): Promise<readonly CondemnedBlob[]>;

  /** Removes the bytes of a condemnation for good. Harmless for one that was erased or taken back. */
  erase(id: string): Promise<void>;

  /**
   * The absolute path of a local file with the content, checked against the digest, for programs that read files. Never
   * write to it. With remote storage it is a copy in a cache of bounded size: open it soon, since other calls may evict it.
   * Fails with NOT_FOUND, BLOB_CORRUPT, and CACHE_TOO_SMALL when the object alone is larger than the cache.
   */
  localFile(digest: Digest): Promise<string>;

  /**
   * Removes what interrupted puts left behind for at least `olderThanMs`. Puts under way in this process are kept; a put
   * of another process fails with STORAGE_UNAVAILABLE if it takes longer than `olderThanMs`.
   */
  sweepOrphans(olderThanMs: number): Promise<SweepResult>;

  /** Succeeds if objects can be read and written now. */
  ping(): Promise<void>;

  /** Releases connections and descriptors. */
  close(): Promise<void>;
}

/** The limits of every adapter. */
export const BLOB_LIMITS = {
  /** Bytes in one object, when the caller names no lower limit. An S3 object of 16 MiB parts ends at 156 GiB. */
  sizeMax: 64 * 1024 ** 3,
  /** Objects in one page of a list. */
  listMax: 1_000,
  /** Bytes in one piece of a read. */
  chunkBytes: 256 * 1024,
} as const;
