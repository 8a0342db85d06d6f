import { storageFailed, storageUnavailable, storeClosed, writeOutcomeUnknown } from "../errors.ts";
import type { Database } from "./database.ts";
import { asStorageFailure, isFatal } from "./failure.ts";

/** One transaction stops taking more work after this many rows, or this long, so that the event loop goes on. */
const ROWS_MAX = 20_000;
const WORK_MS_MAX = 25;

/** Writes that wait for their turn: more means that the disk cannot follow. */
const QUEUE_MAX = 100_000;

/** How long without a write until the log is copied into the database. */
const IDLE_MS = 1_000;

/** Some writes that belong together. */
export interface Job<Result> {
  /** How many rows it touches. */
  readonly rows: number;
  /** Runs synchronously within a transaction; what it throws undoes the job alone. */
  run(): Result;
}

export interface GroupCommit {
  /** Resolves when the job is durable. */
  submit<Result>(job: Job<Result>): Promise<Result>;
  /** Fails if an earlier failure forbids to go on. */
  assertUsable(): void;
  /** Commits what waits, and refuses the rest. */
  close(): void;
}

interface Waiting {
  readonly job: Job<unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

type Outcome = { readonly waiting: Waiting } & ({ readonly result: unknown } | { readonly error: unknown });

/**
 * Puts all writes that arrive within one turn of the event loop into one transaction, since a commit costs one sync of
 * the disk however much it holds. A job that fails is undone alone, by a savepoint; the others of its group commit.
 */
export function groupCommit(database: Database): GroupCommit {
  const queue: Waiting[] = [];
  let closed = false;
  let broken: unknown;
  const idle = idleCheckpoint(database);

  const schedule = oncePerTurn(() => {
    flush();
    return queue.length > 0;
  });

  const flush = () => {
    if (queue.length === 0) return;
    const outcomes: Outcome[] = [];
    let attempted = 0;
    try {
      assertUsable();
      database.exec("BEGIN IMMEDIATE");
      const mayGoOn = budget();
      while (attempted < queue.length && mayGoOn(queue[attempted] as Waiting))
        outcomes.push(attempt(database, queue[attempted++] as Waiting));
      database.exec("COMMIT");
    } catch (error) {
      return failGroup(queue.splice(0, attempted === 0 ? queue.length : attempted), error);
    }
    queue.splice(0, attempted);
    outcomes.forEach(settle);
    idle.wrote();
  };

  const failGroup = (group: readonly Waiting[], error: unknown) => {
    rollBack(database);
    if (!isFatal(error)) return rejectAll(group, error);
    broken = error;
    idle.stop();
    // After a failed write or sync the frames may or may not have reached the disk.
    rejectAll(group, writeOutcomeUnknown((error as Error).message, error));
  };

  const assertUsable = () => {
    if (closed) throw storeClosed();
    if (broken !== undefined) throw storageFailed((broken as Error).message, broken);
  };

  return {
    submit<Result>(job: Job<Result>) {
      return new Promise<Result>((resolve, reject) => {
        assertUsable();
        if (queue.length >= QUEUE_MAX) throw storageUnavailable(`${QUEUE_MAX} writes are waiting`);
        queue.push({ job, resolve: resolve as (result: unknown) => void, reject });
        schedule();
      });
    },
    assertUsable,
    close() {
      if (closed) return;
      while (queue.length > 0) flush();
      closed = true;
      idle.stop();
    },
  };
}

/** Does the work at the end of this turn of the event loop however often it is asked; and of the next, if that says so. */
function oncePerTurn(work: () => boolean): () => void {
  let scheduled = false;
  const schedule = () => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      if (work()) schedule();
    });
  };
  return schedule;
}

/** Says whether a transaction takes one more job: always the first one, and others while there is room and time. */
function budget(): (next: Waiting) => boolean {
  const end = performance.now() + WORK_MS_MAX;
  let rows = 0;
  return ({ job }) => {
    const fits = rows === 0 || (rows + job.rows <= ROWS_MAX && performance.now() < end);
    rows += job.rows;
    return fits;
  };
}

/** Runs one job. One row needs no savepoint: a statement that fails undoes itself. */
function attempt(database: Database, waiting: Waiting): Outcome {
  const { job } = waiting;
  const guarded = job.rows > 1;
  if (guarded) database.exec("SAVEPOINT job");
  try {
    const result = job.run();
    if (guarded) database.exec("RELEASE job");
    return { waiting, result };
  } catch (error) {
    // These failures may end the whole transaction; it must not go on as if it were there.
    if (asStorageFailure(error) !== error) throw error;
    if (guarded) database.exec("ROLLBACK TO job; RELEASE job");
    return { waiting, error };
  }
}

function settle(outcome: Outcome): void {
  if ("error" in outcome) outcome.waiting.reject(asStorageFailure(outcome.error));
  else outcome.waiting.resolve(outcome.result);
}

function rejectAll(group: readonly Waiting[], error: unknown): void {
  for (const waiting of group) waiting.reject(asStorageFailure(error));
}

function rollBack(database: Database): void {
  try {
    database.exec("ROLLBACK");
  } catch {
    // SQLite has rolled back by itself already.
  }
}

/** Copies the log into the database when nothing has been written for a while. */
function idleCheckpoint(database: Database): { wrote(): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  const checkpoint = () => {
    timer = undefined;
    try {
      database.statement("PRAGMA wal_checkpoint(TRUNCATE)").all();
    } catch {
      // The log stays as it is and nothing is lost; a commit that meets the same failure reports it.
    }
  };
  return {
    wrote() {
      if (timer === undefined) timer = setTimeout(checkpoint, IDLE_MS).unref();
      else timer.refresh();
    },
    stop: () => clearTimeout(timer),
  };
}
