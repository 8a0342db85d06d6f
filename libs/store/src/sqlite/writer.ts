import { storageFailed, storageUnavailable, storeClosed } from "../errors.ts";
import type { Database } from "./database.ts";
import type { EncodedWrite } from "./encoded-write.ts";
import { executor, REMOVAL_ROWS } from "./executor.ts";
import { gathering } from "./gathering.ts";
import { oncePerTurn } from "./once-per-turn.ts";
import { sharedThread, type WriterThread } from "./shared-thread.ts";
import { type Command, packed, type Unsettled } from "./writer-protocol.ts";
import { rowsOf } from "./writes.ts";

/** Commands of a store that wait for their turn: more means that the disk cannot follow. */
const WAITING_MAX = 100_000;

/** Rows up to which commands are committed by the thread that asks: of one alone, and of several together. */
const LONE_ROWS_MAX = 2_000;
const GROUP_ROWS_MAX = 120;

/** Rows up to which a group waits for more, which are then still committed by the thread that asks. */
const GATHERED_ROWS_MAX = GROUP_ROWS_MAX / 2;

/** How long the disk may take for a commit that holds up everything else, in milliseconds. */
const COMMIT_MS_MAX = 1;

/**
 * How much the last commit counts in what is expected of the next, and what of it is left with each that is handed over.
 * One alone says little, however long it took: now and then a commit copies the log into the database.
 */
const LAST_SHARE = 0.2;
const LAST_MS_MAX = 2 * COMMIT_MS_MAX;
const FORGETTING = 0.98;

/** The one way to write into a database file. What it is asked is done in that order, and durable when it resolves. */
export interface Writer {
  batch(writes: readonly EncodedWrite[]): Promise<readonly number[]>;
  /** Removes some of the series that start with the prefix, and tells whether there is more. */
  removeSomeSeries(series: string, prefix: string): Promise<boolean>;
  /** Sorts in what waits, which touches some `rows`. */
  settle(what: Unsettled, rows: number): Promise<void>;
  ping(): Promise<void>;
  /** Fails if the store is closed, or an earlier failure forbids to go on. */
  assertUsable(): void;
  /** Resolves when what was asked before is done. */
  close(): Promise<void>;
}

interface Waiting {
  readonly command: Command;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

function rows(command: Command): number {
  if (command.kind === "batch") return command.writes.reduce((sum, write) => sum + rowsOf(write), 0);
  if (command.kind === "settle") return command.rows;
  return command.kind === "ping" ? 0 : REMOVAL_ROWS;
}

/**
 * Opens a writer on the file of a database. A large group of writes is handed to a thread of its own, and so is every one
 * while the disk is slow: there it holds up neither calls nor reads, and meanwhile the next group grows. A small one is
 * committed here and now, since two switches between threads cost more than its commit.
 */
export function openWriter(path: string, database: Database): Writer {
  const here = executor(database, { isFlushed: true });
  const gathered = gathering(() => performance.now());
  let there: WriterThread | undefined;
  let queue: Waiting[] = [];
  let queuedRows = 0;
  /** Commands that the thread has not answered yet. */
  let away = 0;
  let expectedMs = 0;
  let closing: Promise<unknown> | undefined;
  let broken: Error | undefined;

  const handOver = (group: readonly Waiting[]): readonly Promise<unknown>[] => {
    there ??= sharedThread();
    expectedMs *= FORGETTING ** group.length;
    away += group.length;
    const back = (): void => void away--;
    const commands = group.map(({ command }) => packed(command));
    return there.ask(path, commands).map((done) => done.finally(back));
  };
  const commitHere = (group: readonly Waiting[]): readonly Promise<unknown>[] => {
    const startMs = performance.now();
    const done = group.map(({ command }) => here.execute(command));
    here.flush();
    expectedMs += (Math.min(performance.now() - startMs, LAST_MS_MAX) - expectedMs) * LAST_SHARE;
    return done;
  };
  const isSmall = (): boolean => queuedRows <= (queue.length === 1 ? LONE_ROWS_MAX : GROUP_ROWS_MAX);

  const isHere = (): boolean => away === 0 && expectedMs <= COMMIT_MS_MAX && isSmall();

  const flush = (): void => {
    const commit = isHere() ? commitHere : handOver;
    const group = queue;
    queue = [];
    queuedRows = 0;
    if (group.length === 0) return;
    gathered.ended(group.length);
    for (const [i, done] of commit(group).entries()) {
      const { resolve, reject } = group[i] as Waiting;
      done.then(resolve, (error: Error & { readonly reason?: string }) => {
        // What the file holds now is not known before it is opened again.
        if (error.reason === "WRITE_OUTCOME_UNKNOWN") broken ??= error;
        reject(error);
      });
    }
  };
  const flushSoon = oncePerTurn(() => {
    if (isHere() && queuedRows <= GATHERED_ROWS_MAX && gathered.goesOn(queue.length)) return true;
    flush();
    return false;
  });
  const assertUsable = (): void => {
    if (closing !== undefined) throw storeClosed();
    if (broken !== undefined) throw storageFailed(broken.message, broken);
  };
  const write = <Result>(command: Command): Promise<Result> =>
    new Promise((resolve, reject) => {
      assertUsable();
      if (away + queue.length >= WAITING_MAX) throw storageUnavailable(`${WAITING_MAX} writes are waiting`);
      queue.push({ command, resolve: resolve as (result: unknown) => void, reject });
      queuedRows += rows(command);
      // What is too much for here is begun there while this turn goes on.
      if (isSmall()) flushSoon();
      else flush();
    });

  return {
    batch: (writes) => write({ kind: "batch", writes }),
    removeSomeSeries: (series, prefix) => write({ kind: "removeSomeSeries", series, prefix }),
    settle: (what, rows) => write({ kind: "settle", what, rows }),
    ping: () => write({ kind: "ping" }),
    assertUsable,
    async close() {
      flush();
      here.close();
      closing ??= Promise.all(there?.ask(path, [{ kind: "close" }]) ?? []);
      await closing;
    },
  };
}
