import { setTimeout as delay } from "node:timers/promises";
import { isDomainError } from "@throughline/kernel";
import { S3Error } from "minio";
import { storageFull, storageRefused, storageUnavailable } from "./errors.ts";

const FULL = new Set(["XMinioStorageFull", "QuotaExceeded", "InsufficientStorage"]);
const REFUSED = new Set([
  "AccessDenied",
  "AuthorizationHeaderMalformed",
  "ExpiredToken",
  "InvalidAccessKeyId",
  "InvalidBucketName",
  "MovedPermanently",
  "NoSuchBucket",
  "PermanentRedirect",
  "RequestTimeTooSkewed",
  "SignatureDoesNotMatch",
]);

/** The code that an S3 server answered with, such as `NoSuchKey`; undefined for any other error. */
export const s3CodeOf = (error: unknown): string | undefined =>
  error instanceof S3Error ? (error.code ?? "") : undefined;

/** What a failed call of the client means. Whatever is not an answer of the server is a broken or slow connection. */
function s3Failure(error: unknown): unknown {
  if (isDomainError(error)) return error;
  const code = s3CodeOf(error) ?? "";
  if (FULL.has(code)) return storageFull(error);
  return REFUSED.has(code) ? storageRefused(error) : storageUnavailable(error);
}

const ATTEMPTS = 4;
const FIRST_DELAY_MS = 100;
const DELAY_FACTOR = 1.6;

/** An answer that is not a failure of the storage, such as "there is no such key", and what it means to the caller. */
export type Answers<T> = Readonly<Record<string, () => T>>;

/**
 * Runs an idempotent call up to four times, waiting 50 to 100 % of 100, 160 and 256 ms in between, while the storage is
 * unavailable (500, slow-down, lost connections). Codes named in `answers` are results, not failures.
 *
 * The client's own retries are off: they print to the console, repeat a body that was already read, and hide the answer.
 */
export async function withRetries<T>(call: () => Promise<T>, answers: Answers<T> = {}): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      const answer = answers[s3CodeOf(error) ?? ""];
      if (answer) return answer();
      const failure = s3Failure(error);
      if (attempt === ATTEMPTS || !isDomainError(failure, "STORAGE_UNAVAILABLE")) throw failure;
    }
    await delay(FIRST_DELAY_MS * DELAY_FACTOR ** (attempt - 1) * (0.5 + Math.random() / 2));
  }
}
