import { DomainError } from "@throughline/kernel";
import { alreadyExists, storageFailed, storageFull, storageUnavailable } from "../errors.ts";

/** Primary result codes of SQLite (https://sqlite.org/rescode.html). */
const CODE = { perm: 3, busy: 5, readOnly: 8, ioError: 10, corrupt: 11, full: 13, cannotOpen: 14, notADatabase: 26 };

/** The primary result code of an error of SQLite, undefined for every other error. */
export function sqliteCode(error: unknown): number | undefined {
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  return code === "ERR_SQLITE_ERROR" && typeof errcode === "number" ? errcode & 0xff : undefined;
}

/** True for failures after which the state of the file and of SQLite's cache cannot be trusted. */
export function isFatal(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === CODE.ioError || code === CODE.corrupt || code === CODE.notADatabase;
}

/** Says in the words of the port what SQLite reports. Bugs are returned as they are. */
export function asStorageFailure(error: unknown): unknown {
  if (error instanceof DomainError) return error;
  const code = sqliteCode(error);
  if (code === undefined) return error;
  const text = (error as Error).message;
  if (code === CODE.full) return storageFull(text, error);
  if (code === CODE.busy) return storageUnavailable(text, error);
  if (isFatal(error) || [CODE.readOnly, CODE.cannotOpen, CODE.perm].includes(code)) return storageFailed(text, error);
  return error;
}

/**
 * The ALREADY_EXISTS of a broken uniqueness, or undefined. SQLite names the index over expressions, and for the id
 * itself the column.
 */
export function asDuplicate(error: unknown, collection: string, id: string): DomainError | undefined {
  const message = error instanceof Error ? error.message : "";
  if (!message.startsWith("UNIQUE constraint failed: ")) return undefined;
  const index = /index '[^.]+\.([^.]+)\.[^.]+'/.exec(message)?.[1];
  return alreadyExists(collection, id, index ?? "id");
}
