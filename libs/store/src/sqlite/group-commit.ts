import { storageFailed, storeClosed, writeOutcomeUnknown } from "../errors.ts";
import type { Database } from "./database.ts";
import { asStorageFailure, isFatal } from "./failure.ts";
import { oncePerTurn } from "./once-per-turn.ts";

/** One transaction stops taking more work after this many rows, or this long, so that none waits much longer. */
const ROWS_MAX = 20_000;
const WORK_MS_MAX = 25;

/** How long without a write until the log is copied into the database. */
const IDLE_MS = 1_000;

/** Some writes that belong together. */
export interface Job<Result> {
  /** How many rows it touches. */
  readonly rows: number;
  /** Runs synchronously within a transaction, perhaps twice; what it throws undoes the job alone. */
  run(): Result;
  /** Called once what it did is durable. */
  committed?(): void;
}

export interface GroupCommit {
  /** Resolves when the job is durable. */
  submit<Result>(job: Job<Result>): Promise<Result>;
  /** Commits what waits before it returns, in as many transactions as it takes: what is asked elsewhere afterwards comes after it. */
  flush(): void;
  /** Commits what waits, and refuses the rest. */
  close(): void;
}

interface Waiting {
  readonly job: Job<unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

type Outcome = { readonly waiting: Waiting } & ({ readonly result: unknown } | { readonly error: unknown });

/** Who begins a commit. */
export interface GroupCommitOptions {
  /** Whoever submits jobs calls `flush` in the same turn; otherwise it is done at its end. */
  readonly isFlushed: boolean;
}

/**
 * Puts all writes that arrive within one turn of the event loop into one transaction, since a commit costs one sync of
 * the disk however much it holds. A job that fails is undone alone; the others of its group commit. Since few do, and a
 * savepoint copies every page that changes behind it, a group runs without savepoints first, and once more with them if
 * a job fails.
 */
export function groupCommit(database: Database, { isFlushed }: GroupCommitOptions): GroupCommit {
  const queue: Waiting[] = [];
  let closed = false;
  let broken: unknown;
  const idle = idleCheckpoint(database);

  const schedule = oncePerTurn(() => {
    commitSome();
    return queue.length > 0;
  });

  const commitSome = () => {
    if (queue.length === 0) return;
    let outcomes: readonly Outcome[];
    const progress = { attempted: 0 };
    try {
      assertUsable();
      outcomes = commitGroup(progress, attempt) ?? commitGroup(progress, guardedAttempt) ?? [];
    } catch (error) {
      return failGroup(queue.splice(0, progress.attempted === 0 ? queue.length : progress.attempted), error);
    }
    queue.splice(0, progress.attempted);
    outcomes.forEach(settle);
    idle.wrote();
  };

  /** Commits jobs from the front of the queue; undefined, with nothing done, if one of them cannot be undone alone. */
  const commitGroup = (progress: { attempted: number }, run: Attempt): readonly Outcome[] | undefined => {
    const outcomes: Outcome[] = [];
    progress.attempted = 0;
    database.statement("BEGIN IMMEDIATE").run();
    const mayGoOn = budget();
    while (progress.attempted < queue.length && mayGoOn(queue[progress.attempted] as Waiting)) {
      const outcome = run(database, queue[progress.attempted++] as Waiting);
      if (outcome === undefined) {
        database.statement("ROLLBACK").run();
        return undefined;
      }
      outcomes.push(outcome);
    }
    database.statement("COMMIT").run();
    return outcomes;
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

  const flush = () => {
    while (queue.length > 0) commitSome();
  };

  return {
    submit<Result>(job: Job<Result>) {
      return new Promise<Result>((resolve, reject) => {
        assertUsable();
        queue.push({ job, resolve: resolve as (result: unknown) => void, reject });
        if (!isFlushed) schedule();
      });
    },
    flush,
    close() {
      if (closed) return;
      flush();
      closed = true;
      idle.stop();
    },
  };
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

/** Runs one job within a transaction; undefined if it fails and cannot be undone alone. */
type Attempt = (database: Database, waiting: Waiting) => Outcome | undefined;

const attempt: Attempt = (_, waiting) => {
  try {
    return { waiting, result: waiting.job.run() };
  } catch (error) {
    throwIfStorageFailed(error);
    // A statement that fails undoes itself, and was all that there was to undo.
    return waiting.job.rows > 1 ? undefined : { waiting, error };
  }
};

const guardedAttempt: Attempt = (database, waiting) => {
  database.statement("SAVEPOINT job").run();
  try {
    const result = waiting.job.run();
    database.statement("RELEASE job").run();
    return { waiting, result };
  } catch (error) {
    throwIfStorageFailed(error);
    database.exec("ROLLBACK TO job; RELEASE job");
    return { waiting, error };
  }
};

/** Such a failure may end the whole transaction, which must not go on as if it were there. */
function throwIfStorageFailed(error: unknown): void {
  if (asStorageFailure(error) !== error) throw error;
}

function settle(outcome: Outcome): void {
  if ("error" in outcome) outcome.waiting.reject(asStorageFailure(outcome.error));
  else {
    outcome.waiting.job.committed?.();
    outcome.waiting.resolve(outcome.result);
  }
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
      database.statement("PRAGMA wal_checkpoint(PASSIVE)").all();
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
