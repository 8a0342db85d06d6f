import { basename } from "node:path";
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema } from "@throughline/contracts/google/rpc/error_details_pb";
import { DomainError } from "@throughline/kernel";
import { fileUnreadable, outputUnwritable, valueRange } from "../errors.ts";

/** What a Spark server says about a failure, as far as it says it. */
interface SparkFailure {
  /** Spark's name of the error condition, such as PATH_NOT_FOUND. */
  readonly condition: string;
  readonly classes: string;
  readonly message: string;
}

const unreachable = (detail: string): DomainError =>
  new DomainError(
    "unavailable",
    "TABLE_ENGINE_DIED",
    `Spark does not answer, or ended while it worked (${detail}). See that its Connect server runs and can be reached, then repeat the call.`,
    { metadata: { detail } },
  );

/** The server cannot be reached at all, so that nothing has begun. */
export const unavailable = (detail: string): DomainError =>
  new DomainError(
    "unavailable",
    "TABLE_ENGINE_UNAVAILABLE",
    `Spark, which works on the tables of this project, cannot be reached (${detail}). Repeat the call when its Connect server runs again.`,
    { metadata: { detail } },
  );

/** `file` is a name without its folder: callers never see where something is on this machine. */
export const notShared = (file: string): DomainError =>
  new DomainError(
    "precondition",
    "TABLE_NOT_SHARED",
    `Spark does not find "${file}", which this service has. Let it see the service's folders under the names in THROUGHLINE_SPARK_PATHS, with a user who may read them.`,
    { metadata: { file } },
  );

const outOfMemory = (detail: string): DomainError =>
  new DomainError(
    "exhausted",
    "TABLE_MEMORY_LIMIT",
    `Spark has too little memory for this (${detail}). Give its driver or executors more, or ask for fewer columns or rows.`,
    { metadata: { detail } },
  );

const refused = (detail: string): DomainError =>
  new DomainError(
    "precondition",
    "TABLE_ENGINE_REFUSED",
    `Spark refuses this caller (${detail}). Set the token that its server expects.`,
    { metadata: { detail } },
  );

/** Every file was opened by this process before, so that what Spark does not find, or may not read, it does not see. */
const UNSEEN =
  /PATH_NOT_FOUND|FILE_NOT_EXIST|UnknownStoreException|AccessControlException|AccessDeniedException|No FileSystem for scheme|S3AFileSystem not found/;
const UNREADABLE =
  /FAILED_READ_FILE|FileNotFoundException|CANNOT_READ_FILE_FOOTER|UNABLE_TO_INFER_SCHEMA|is not a Parquet file|Could not read footer/;
const OVERFLOW = /OVERFLOW|NUMERIC_VALUE_OUT_OF_RANGE/;
const MEMORY = /OutOfMemory|maxResultSize|UNABLE_TO_ACQUIRE_MEMORY|CANNOT_BROADCAST_TABLE_OVER_MAX/;
const UNWRITABLE = /TASK_WRITE_FAILED|Mkdirs failed|No space left on device|Permission denied/;

/** Spark's failures as this library's. What is left is a bug of the engine. */
export function translated(error: unknown): unknown {
  if (!(error instanceof ConnectError)) return error;
  const { condition, classes, message } = failureOf(error);
  const all = `${condition} ${classes} ${message}`;
  const detail = message.split("\n")[0]?.slice(0, 500) ?? "";
  if (MEMORY.test(all)) return outOfMemory(detail);
  if (UNSEEN.test(all)) return notShared(basename(pathIn(message)));
  if (UNREADABLE.test(all)) return fileUnreadable(pathIn(message), detail);
  if (OVERFLOW.test(all)) return valueRange(detail);
  if (UNWRITABLE.test(all)) return outputUnwritable(pathIn(message), detail);
  if (error.code === Code.Unauthenticated || error.code === Code.PermissionDenied) return refused(detail);
  return isBroken(error) || isForgotten(error) ? unreachable(detail) : error;
}

/** True when the way to the server failed, and not what it was asked for. A stream that a caller ended is none of these. */
export const isBroken = (error: unknown): boolean =>
  error instanceof ConnectError &&
  [Code.Unavailable, Code.Aborted, Code.Canceled].includes(error.code) &&
  failureOf(error).condition === "";

/** True when a first question had no answer. */
export const isUnanswered = (error: unknown): error is ConnectError =>
  error instanceof ConnectError && (isBroken(error) || error.code === Code.DeadlineExceeded);

/** True when the server does not know the session or what ran in it, as after a restart. */
export const isForgotten = (error: unknown): boolean =>
  error instanceof ConnectError && failureOf(error).condition.startsWith("INVALID_HANDLE");

function failureOf(error: ConnectError): SparkFailure {
  const [info] = error.findDetails(ErrorInfoSchema);
  return {
    condition: info?.metadata["errorClass"] ?? /^\[([A-Z_.]+)\]/.exec(error.rawMessage)?.[1] ?? "",
    classes: `${info?.reason ?? ""} ${info?.metadata["classes"] ?? ""}`,
    message: error.rawMessage,
  };
}

const pathIn = (message: string): string => /(?:file:)?(\/[^\s"',]+)/.exec(message)?.[1] ?? "A file";
