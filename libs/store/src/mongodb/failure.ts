import { DomainError } from "@throughline/kernel";
import {
  MongoBulkWriteError,
  MongoClientClosedError,
  MongoError,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoOperationTimeoutError,
  MongoServerError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
  MongoWriteConcernError,
} from "mongodb";
import {
  alreadyExists,
  batchTooLarge,
  storageFull,
  storageUnavailable,
  storeClosed,
  writeOutcomeUnknown,
} from "../errors.ts";

const DUPLICATE_KEY = 11_000;
const OUT_OF_DISK_SPACE = 14_031;

/** What a server says of a transaction that is larger than its log, or its cache, takes. */
const TOO_LARGE = new Set([257, 388]);

/** Server errors that say that the node stops being the primary, is shutting down, or ran out of time. */
const INTERRUPTED = new Set([6, 7, 50, 64, 89, 91, 112, 189, 251, 262, 9_001, 10_107, 11_600, 11_602, 13_435, 13_436]);

/** What the driver lets out as the socket said it when the server goes away while a command is being written. */
const SOCKET_ENDED = new Set(["EPIPE", "ECONNRESET", "ETIMEDOUT", "ERR_STREAM_DESTROYED"]);
const isSocketEnd = (error: Error): boolean => "code" in error && SOCKET_ENDED.has(String(error.code));

/** Says in the words of the port what the driver reports. `writing` tells whether something may have been written. */
export function asMongodbFailure(thrown: unknown, writing: boolean): unknown {
  const error = withinBulk(thrown);
  if (error instanceof DomainError || !(error instanceof Error)) return error;
  if (
    error instanceof MongoClientClosedError ||
    error instanceof MongoNotConnectedError ||
    error instanceof MongoTopologyClosedError
  )
    return storeClosed();
  if (error instanceof MongoServerError && error.code === OUT_OF_DISK_SPACE) return storageFull(error.message, error);
  if (error instanceof MongoServerError && TOO_LARGE.has(Number(error.code)))
    return batchTooLarge(error.message, error);
  // No server was found for the first attempt or, hiding how that one ended, for the driver's own retry.
  const interrupted =
    isSocketEnd(error) ||
    error instanceof MongoServerSelectionError ||
    error instanceof MongoNetworkError ||
    error instanceof MongoOperationTimeoutError ||
    error instanceof MongoWriteConcernError ||
    (error instanceof MongoServerError && INTERRUPTED.has(Number(error.code)));
  if (!interrupted) return error;
  return writing ? writeOutcomeUnknown(error.message, error) : storageUnavailable(error.message, error);
}

/** A write of many is reported as such, whatever ended it. */
const withinBulk = (error: unknown): unknown =>
  error instanceof MongoBulkWriteError && error.errorResponse instanceof MongoError ? error.errorResponse : error;

/** The ALREADY_EXISTS of a broken uniqueness, or undefined. */
export function asDuplicate(error: unknown, collection: string, id: string): DomainError | undefined {
  if (!(error instanceof MongoServerError) || error.code !== DUPLICATE_KEY) return undefined;
  const index = /index: ([^\s.]+)/.exec(error.message)?.[1] ?? "_id_";
  return alreadyExists(collection, id, index === "_id_" ? "id" : index);
}

/** True if an unordered insertion met nothing worse than documents that are there already. */
export const onlyDuplicates = (error: unknown): boolean =>
  error instanceof MongoBulkWriteError &&
  [error.writeErrors].flat().every((it) => it.code === DUPLICATE_KEY) &&
  error.result.getWriteConcernError() === undefined;
