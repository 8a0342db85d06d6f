import { type Digest, DomainError, isDomainError } from "@throughline/kernel";

/** The content that came has another digest than its sender said. */
export const digestMismatch = (expected: Digest, actual: Digest): DomainError =>
  new DomainError(
    "invalid",
    "DIGEST_MISMATCH",
    `The content has the digest ${actual}, not ${expected}: it was changed or cut on its way. Nothing was stored; send it again.`,
    { metadata: { expected, actual } },
  );

/** The content that came is shorter or longer than its sender said. `actual` may be a lower bound. */
export const sizeMismatch = (expected: number, actual: number): DomainError =>
  new DomainError(
    "invalid",
    "SIZE_MISMATCH",
    `The content has ${actual > expected ? "more" : "fewer"} bytes than the declared ${expected} (seen: ${actual}). Nothing was stored; send it again with its true size.`,
    { metadata: { expected: String(expected), actual: String(actual) } },
  );

/** The content is longer than this store, or this caller, may take in. */
export const blobTooLarge = (sizeMax: number): DomainError =>
  new DomainError(
    "exhausted",
    "BLOB_TOO_LARGE",
    `The content has more than the ${sizeMax} bytes that are allowed. Nothing was stored; split it, or have the limit raised.`,
    { metadata: { sizeMax: String(sizeMax) } },
  );

/** The stored object is not what its digest says. `what` says what was found instead. */
export const blobCorrupt = (digest: Digest, what: string, cause?: unknown): DomainError =>
  new DomainError(
    "precondition",
    "BLOB_CORRUPT",
    `The stored object ${digest} is damaged: ${what}. Store the content again, or restore it from a backup.`,
    { metadata: { digest }, cause },
  );

/** A folder of the store is a link, or stands somewhere else than it should. */
export const storeTampered = (path: string, cause?: unknown): DomainError =>
  new DomainError(
    "precondition",
    "BLOB_CORRUPT",
    `${path} in the data folder is not a plain folder of the store: somebody replaced it. Put the folder back.`,
    { metadata: { path }, cause },
  );

/** The asked part of an object does not exist. */
export const rangeNotSatisfiable = (why: string, size: number): DomainError =>
  new DomainError("invalid", "RANGE_NOT_SATISFIABLE", `${why}. The object has ${size} bytes, counted from 0.`, {
    metadata: { size: String(size) },
  });

/** One object alone is larger than the local cache may become. */
export const cacheTooSmall = (size: number, cacheBytesMax: number): DomainError =>
  new DomainError(
    "exhausted",
    "CACHE_TOO_SMALL",
    `The object has ${size} bytes and the local cache may hold ${cacheBytesMax}. Have the size of the cache raised.`,
    { metadata: { size: String(size), cacheBytesMax: String(cacheBytesMax) } },
  );

/** There is no space for the object. */
export const storageFull = (cause: unknown): DomainError =>
  new DomainError(
    "exhausted",
    "STORAGE_FULL",
    `There is no space left for the object (${messageOf(cause)}). Nothing was stored; free some space and try again.`,
    { cause },
  );

/** The storage failed or did not answer. */
export const storageUnavailable = (cause: unknown): DomainError =>
  new DomainError("unavailable", "STORAGE_UNAVAILABLE", `The object storage failed: ${messageOf(cause)}. Try again.`, {
    cause,
  });

/** The storage answered that we may not, or that it is set up otherwise. Trying again will not help. */
export const storageRefused = (cause: unknown): DomainError =>
  new DomainError(
    "unavailable",
    "STORAGE_REFUSED",
    `The object storage refuses: ${messageOf(cause)}. The operator has to check its address, bucket, region, credentials and clock.`,
    { cause },
  );

/** The `code` of a system error, such as `ENOENT`; undefined for anything else. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;

const FULL = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/** What a failed file operation means to a caller. Bugs (errors that are not of the system) stay what they are. */
function fileError(error: unknown): unknown {
  const code = codeOf(error);
  if (isDomainError(error) || code === undefined) return error;
  return FULL.has(code) ? storageFull(error) : storageUnavailable(error);
}

/** Runs file operations, and says what a failure of theirs means. */
export async function translated<T>(operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw fileError(error);
  }
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
