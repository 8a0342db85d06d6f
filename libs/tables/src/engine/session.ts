import { readFileSync } from "node:fs";
import { access, constants } from "node:fs/promises";
import { dirname, isAbsolute } from "node:path";
import { type DuckDBConnection, DuckDBInstance, type DuckDBResult, type DuckDBValue } from "@duckdb/node-api";
import {
  badPlan,
  badQuery,
  fileUnreadable,
  memoryLimitReached,
  outputUnwritable,
  valueRange,
  withoutFolders,
} from "../errors.ts";
import type { JobContext } from "./job-context.ts";
import { literal, literals } from "./sql.ts";

/** What one job may touch. */
export interface SessionFiles {
  readonly reads: readonly string[];
  /** Files that the job makes. Their folders must exist. */
  readonly writes: readonly string[];
}

/** A database of its own for one job, in memory, that can reach the job's files and nothing else. */
export interface Session extends AsyncDisposable {
  /** Runs a statement to its end and keeps the result in memory. */
  run(sql: string, values?: Record<string, DuckDBValue>): Promise<DuckDBResult>;
  /** Runs a statement whose result is read piece by piece. */
  stream(sql: string, values?: Record<string, DuckDBValue>): Promise<DuckDBResult>;
  /** The first row of a result, as plain values. */
  one(sql: string): Promise<readonly DuckDBValue[]>;
  /**
   * Statements from here on count as this share of the job's progress. When it is known how many bytes of files they read,
   * their progress is how many have been read, where the system tells; else it is DuckDB's guess.
   */
  phase(from: number, to: number, bytesToRead?: number): void;
  readonly connection: DuckDBConnection;
}

/** How often a running statement is asked how far it is. */
const PROGRESS_MS = 200;

/**
 * Opens a session. Reading and writing is confined by DuckDB itself (`allowed_paths` and no other access to files, network or
 * extensions), so that even a query that slips through our quoting cannot leave.
 */
export async function openSession(context: JobContext, files: SessionFiles): Promise<Session> {
  await checkFiles(files);
  const { memoryLimitMiB, threads, spillFolder } = context.limits;
  const { instance, connection } = await (waiting ?? newDatabase());
  waiting = undefined;
  await connection.run(
    `SET threads = ${threads}; SET memory_limit = '${memoryLimitMiB}MiB'; SET temp_directory = ${literal(spillFolder)};
     SET allowed_paths = ${literals([...files.reads, ...files.writes])}; SET enable_external_access = false;
     SET TimeZone = 'UTC'; SET enable_progress_bar = true; SET enable_progress_bar_print = false`,
  );
  const interrupt = (): void => connection.interrupt();
  context.signal.addEventListener("abort", interrupt);
  let phase = { from: 0, to: 1, bytesToRead: 0, bytesBefore: 0 };
  const report = (): void => {
    const guess = Math.min(100, Math.max(0, connection.progress.percentage)) / 100;
    const read = phase.bytesToRead > 0 ? Math.min(1, (bytesRead() - phase.bytesBefore) / phase.bytesToRead) : 0;
    const done = Math.max(guess, read);
    if (done > 0) context.progress(phase.from + (phase.to - phase.from) * done);
  };
  const watched = async <T>(work: () => Promise<T>): Promise<T> => {
    context.signal.throwIfAborted();
    const timer = setInterval(report, PROGRESS_MS);
    try {
      return await work();
    } catch (error) {
      throw translated(error, context, files);
    } finally {
      clearInterval(timer);
    }
  };
  const run: Session["run"] = (sql, values) => watched(() => connection.run(sql, values));
  return {
    connection,
    run,
    stream: (sql, values) => watched(() => connection.stream(sql, values)),
    async one(sql) {
      const [row] = await (await run(sql)).getRows();
      return row ?? [];
    },
    phase(from, to, bytesToRead = 0) {
      phase = { from, to, bytesToRead, bytesBefore: bytesToRead > 0 ? bytesRead() : 0 };
      context.progress(from);
    },
    async [Symbol.asyncDispose]() {
      context.signal.removeEventListener("abort", interrupt);
      prepareSession();
      // To give back the memory takes longer than to tell the result, which nobody has to wait for.
      setImmediate(() => {
        connection.closeSync();
        instance.closeSync();
      });
    },
  };
}

/** A database that no job has used. */
let waiting: Promise<Database> | undefined;

interface Database {
  readonly instance: DuckDBInstance;
  readonly connection: DuckDBConnection;
}

async function newDatabase(): Promise<Database> {
  const extensions = { autoinstall_known_extensions: "false", autoload_known_extensions: "false" };
  const instance = await DuckDBInstance.create(":memory:", extensions);
  return { instance, connection: await instance.connect() };
}

/**
 * Makes the next job's database meanwhile, which takes as long as reading a hundred thousand rows: best when the work of this one is
 * done and its files are brought to the disk.
 */
export function prepareSession(): void {
  waiting ??= newDatabase();
}

/** How many bytes this process has read in its life; 0 where the system does not tell (it is Linux that does). */
function bytesRead(): number {
  try {
    return Number(/^rchar: (\d+)/m.exec(readFileSync("/proc/self/io", "utf8"))?.[1] ?? 0);
  } catch {
    // No such file on this system, or no right to read it: progress is DuckDB's guess alone.
    return 0;
  }
}

/** From here on the statements can change no setting: for SQL that is not written by the engine. */
export const lockSettings = async (session: Session): Promise<void> => {
  await session.run("SET lock_configuration = true");
};

async function checkFiles(files: SessionFiles): Promise<void> {
  for (const path of [...files.reads, ...files.writes]) {
    if (!isAbsolute(path)) throw badPlan("path", `"${path}" is not an absolute path`);
    if (/[*?[\]]/.test(path)) throw badPlan("path", `"${path}" has one of the pattern characters * ? [ ]`);
  }
  for (const path of files.reads) {
    await access(path, constants.R_OK).catch((error: Error) => {
      throw fileUnreadable(path, error.message);
    });
  }
  for (const path of files.writes) {
    await access(dirname(path), constants.W_OK).catch((error: Error) => {
      throw outputUnwritable(path, error.message);
    });
  }
}

/** Turns what DuckDB says into a failure that callers know. What is left is a bug of the engine. */
function translated(error: unknown, context: JobContext, { reads, writes }: SessionFiles): unknown {
  if (!(error instanceof Error)) return error;
  const said = error.message.split("\n")[0] ?? "";
  const detail = withoutFolders(said, [...reads, ...writes]).slice(0, 500);
  // What is gone by now, though it was there when it was looked for, DuckDB takes for a folder, which it may not look into.
  const gone = reads.find((it) => error.message.startsWith(`Permission Error: Cannot access file "${it}/`));
  if (gone !== undefined) return fileUnreadable(gone, "it is gone");
  if (/^Out of Memory/.test(detail)) return memoryLimitReached(context.limits.memoryLimitMiB, detail);
  if (/^(Conversion|Out of Range)/.test(detail)) return valueRange(detail);
  if (
    /No magic bytes|Invalid Input Error: .*(parquet|Parquet)|TProtocolException|too small to be a Parquet|ZSTD|IO Error/i.test(
      detail,
    )
  ) {
    return fileUnreadable(reads.find((it) => said.includes(it)) ?? "of the input", detail);
  }
  return error;
}

/** The same for SQL that the engine did not write: every error of parsing and binding is the query's. */
export function queryFailure(error: unknown): unknown {
  const detail = error instanceof Error ? error.message.slice(0, 1_000) : "";
  return /^(Parser|Binder|Catalog|Invalid Input|Permission|Not implemented|Invalid) Error/i.test(detail)
    ? badQuery(detail)
    : error;
}
