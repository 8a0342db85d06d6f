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

const OUT_OF_DISK_SPACE = 14_031;

/** Server errors that say that the node stops being the primary, is shutting down, or ran out of time. */
const INTERRUPTED = new Set([6, 7, 50, 64, 89, 91, 112, 189, 251, 262, 9_001, 10_107, 11_600, 11_602, 13_435, 13_436]);

/**
 * Says in the words of the metadata store what the driver reports. `writing` tells whether something may have been written:
 * a note beside the entries then says whether it was.
 */
export function asOnlineFailure(thrown: unknown, writing: boolean): unknown {
  const error = withinBulk(thrown);
  if (!(error instanceof MongoError)) return thrown;
  const failure = (kind: "unavailable" | "exhausted", reason: Uppercase<string>, message: string) =>
    new DomainError(kind, reason, message, { cause: error });
  if (
    error instanceof MongoClientClosedError ||
    error instanceof MongoNotConnectedError ||
    error instanceof MongoTopologyClosedError
  )
    return failure(
      "unavailable",
      "STORE_CLOSED",
      "The online store is closed: the service is shutting down. Try again later.",
    );
  if (error instanceof MongoServerError && error.code === OUT_OF_DISK_SPACE)
    return failure(
      "exhausted",
      "STORAGE_FULL",
      `The online store is full: ${error.message}. Free space on its disk, then retry.`,
    );
  if (!isInterruption(error)) return error;
  if (!writing)
    return failure(
      "unavailable",
      "STORAGE_UNAVAILABLE",
      `The online store does not answer: ${error.message}. Try again later.`,
    );
  return failure(
    "unavailable",
    "WRITE_OUTCOME_UNKNOWN",
    `Whether online values were written is unknown: ${error.message}. Repeat the call: nothing is counted twice.`,
  );
}

/** A write of many is reported as such, whatever ended it. */
const withinBulk = (error: unknown): unknown =>
  error instanceof MongoBulkWriteError && error.errorResponse instanceof MongoError ? error.errorResponse : error;

const isInterruption = (error: MongoError): boolean =>
  error instanceof MongoServerSelectionError ||
  error instanceof MongoNetworkError ||
  error instanceof MongoOperationTimeoutError ||
  error instanceof MongoWriteConcernError ||
  (error instanceof MongoServerError && INTERRUPTED.has(Number(error.code)));

/** The server has no transactions, which every change needs. */
export const replicaSetNeeded = (): DomainError =>
  new DomainError(
    "precondition",
    "REPLICA_SET_NEEDED",
    "The MongoDB of the online store is no replica set, so it has no transactions. Start it with --replSet and run rs.initiate() once.",
  );

/** Other processes keep changing what is kept under the same note; nothing was written. */
export const contention = (): DomainError =>
  new DomainError(
    "unavailable",
    "STORAGE_UNAVAILABLE",
    "The online store is busy: other processes keep changing the same values. Try again later.",
  );
