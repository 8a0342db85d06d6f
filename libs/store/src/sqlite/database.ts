import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { likePattern } from "@throughline/kernel";
import { storageFailed, storageLocked } from "../errors.ts";
import type { LikePattern } from "../like.ts";
import { asStorageFailure, sqliteCode } from "./failure.ts";
import { LIKE_FUNCTION } from "./search-test.ts";

/** Most prepared statements that are kept: more than the shapes of query that a service has. */
const STATEMENTS_MAX = 256;

/** How long SQLite waits for another process that reads or checkpoints the file, in milliseconds. */
const BUSY_TIMEOUT_MS = 5_000;

/** The write-ahead log is cut back to this size when it has been copied into the database. */
const LOG_BYTES_MAX = 64 * 1024 * 1024;

/** Pages of the log, of 4 KiB, after which a commit copies it: pages that change often are copied once for many commits. */
const LOG_PAGES = 4_000;

/** Pages that a connection keeps in memory, in KiB. */
const CACHE_KIB = 16_384;

/** A connection to a database file. */
export interface Database {
  exec(sql: string): void;
  /** A prepared statement whose rows are arrays; kept for the next time. */
  statement(sql: string): StatementSync;
  /** Like `statement`, with integers read as bigints. */
  bigintStatement(sql: string): StatementSync;
  close(): void;
}

/**
 * Opens or creates a database file, checks it, and makes this process the only one that writes it until it is closed.
 * Fails with STORAGE_LOCKED if another process has it, and with STORAGE_FAILED if the file is damaged.
 */
export function openDatabase(path: string): Database {
  mkdirSync(dirname(path), { recursive: true });
  const unlock = lockFile(path);
  try {
    const database = openConnection(path);
    const [verdict] = database.statement("PRAGMA quick_check(1)").get() as unknown as [string];
    if (verdict !== "ok") {
      database.close();
      throw storageFailed(`${path} is damaged (${verdict}); restore it from a backup`);
    }
    return {
      ...database,
      close() {
        try {
          database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
        } catch {
          // The log stays beside the file, and the next start reads it.
        }
        database.close();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw asStorageFailure(error);
  }
}

/** One more connection to a file that `openDatabase` holds: write-ahead log, every commit synced to the disk. */
export function openConnection(path: string): Database {
  const connection = connect(path);
  const statements = statementCache(connection);
  return {
    exec: (sql) => connection.exec(sql),
    statement: (sql) => statements(sql, false),
    bigintStatement: (sql) => statements(sql, true),
    close: () => connection.close(),
  };
}

function connect(path: string): DatabaseSync {
  const connection = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    connection.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA foreign_keys = ON;
      PRAGMA mmap_size = 0;
      PRAGMA cache_size = -${CACHE_KIB};
      PRAGMA wal_autocheckpoint = ${LOG_PAGES};
      PRAGMA journal_size_limit = ${LOG_BYTES_MAX};
    `);
    connection.function(LIKE_FUNCTION, { deterministic: true }, likeFunction());
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Matches a text against a pattern, given as JSON. Statements use one pattern at a time, row by row. */
function likeFunction(): (...args: readonly unknown[]) => number {
  let last: { readonly json: string; readonly fits: (text: string) => boolean } | undefined;
  return (json, text) => {
    if (typeof json !== "string" || typeof text !== "string") return 0;
    if (last?.json !== json) last = { json, fits: fitting(JSON.parse(json) as LikePattern) };
    return last.fits(text) ? 1 : 0;
  };
}

const fitting = ({ text, ignoreCase }: LikePattern) => likePattern(text, !ignoreCase);

/**
 * Takes the right to write, which ends with the process however it ends: an exclusive transaction on an empty database
 * beside the file holds an operating system lock. The file itself stays readable for backups and inspection.
 */
function lockFile(path: string): () => void {
  const lock = new DatabaseSync(`${path}.lock`, { timeout: 0 });
  try {
    lock.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    throw sqliteCode(error) === 5 ? storageLocked(path, error) : asStorageFailure(error);
  }
  return () => lock.close();
}

function statementCache(connection: DatabaseSync): (sql: string, bigints: boolean) => StatementSync {
  const known = new Map<string, StatementSync>();
  return (sql, bigints) => {
    const key = bigints ? `bigint ${sql}` : sql;
    const found = known.get(key);
    if (found !== undefined) {
      // Once the cache is half full, the order of use matters: the oldest entry is the first to go.
      if (known.size > STATEMENTS_MAX / 2) {
        known.delete(key);
        known.set(key, found);
      }
      return found;
    }
    const statement = connection.prepare(sql);
    statement.setReturnArrays(true);
    statement.setReadBigInts(bigints);
    if (known.size >= STATEMENTS_MAX) known.delete(known.keys().next().value as string);
    known.set(key, statement);
    return statement;
  };
}
