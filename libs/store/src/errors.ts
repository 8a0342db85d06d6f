import { DomainError, invalidField } from "@throughline/kernel";

/** A unique index already holds what the write brings. `index` is "id" for the document's id itself. */
export const alreadyExists = (collection: string, id: string, index: string): DomainError =>
  new DomainError(
    "exists",
    "ALREADY_EXISTS",
    index === "id"
      ? `${collection}/${id} already exists. Choose another id, or change the document that is there.`
      : `${collection}/${id} cannot be stored: another document has the same ${index}. Choose another one.`,
    { metadata: { resource: `${collection}/${id}`, collection, id, index } },
  );

/** The storage cannot be reached or is busy; nothing was written. */
export const storageUnavailable = (what: string, cause?: unknown): DomainError =>
  new DomainError("unavailable", "STORAGE_UNAVAILABLE", `The storage does not answer: ${what}. Try again later.`, {
    cause,
  });

/** The disk, or the quota on it, is full; nothing was written. */
export const storageFull = (what: string, cause?: unknown): DomainError =>
  new DomainError("exhausted", "STORAGE_FULL", `The storage is full: ${what}. Free space on its disk, then retry.`, {
    cause,
  });

/** The database takes no transaction of that size; nothing was written. */
export const batchTooLarge = (what: string, cause?: unknown): DomainError =>
  new DomainError(
    "exhausted",
    "BATCH_TOO_LARGE",
    `The database does not take so much at once: ${what}. Send it in smaller parts, or give the database a larger cache (storage.wiredTiger.engineConfig.cacheSizeGB).`,
    { cause },
  );

/** The storage broke in a way that a retry does not mend. */
export const storageFailed = (what: string, cause?: unknown): DomainError =>
  new DomainError(
    "unavailable",
    "STORAGE_FAILED",
    `The storage failed: ${what}. Check its disk, then start the process again.`,
    { cause },
  );

/** The write may have happened or not. */
export const writeOutcomeUnknown = (what: string, cause?: unknown): DomainError =>
  new DomainError(
    "unavailable",
    "WRITE_OUTCOME_UNKNOWN",
    `Whether the write happened is unknown: ${what}. Read again before repeating it, or repeat it with its request_id.`,
    { cause },
  );

/** Another process has the file open for writing. */
export const storageLocked = (path: string, cause?: unknown): DomainError =>
  new DomainError(
    "precondition",
    "STORAGE_LOCKED",
    `${path} is already open for writing, here or in another process. Stop that one, or use another data folder.`,
    { metadata: { path }, cause },
  );

export const storeClosed = (): DomainError =>
  new DomainError("unavailable", "STORE_CLOSED", "The store is closed: the service is shutting down. Try again later.");

/** The value holds something that no adapter can keep. */
export const invalidValue = (path: string, why: string): DomainError => invalidField(path, why, "INVALID_VALUE");

/** The call itself is wrong: a limit, a key or a position. */
export const invalidCall = (argument: string, why: string): DomainError =>
  invalidField(argument, why, "INVALID_STORE_CALL");

/** The same failure, with the position of the write in its batch. */
export const atWrite = (error: DomainError, write: number): DomainError =>
  new DomainError(error.kind, error.reason, error.message, {
    metadata: { ...error.metadata, write: String(write) },
    violations: error.violations,
    cause: error.cause,
  });

/** The document has more bytes, in the form of its adapter, than can be stored. */
export const valueTooLarge = (bytes: number, limit: number): DomainError =>
  new DomainError(
    "invalid",
    "VALUE_TOO_LARGE",
    `The document has ${bytes} bytes; at most ${limit} can be stored. Keep large data as an artifact.`,
    { metadata: { bytes: String(bytes), limit: String(limit) } },
  );
