import { type Digest, DomainError } from "@throughline/kernel";
import { callerDeadline, callerGone } from "../domain/errors.ts";
import type { ModelRun } from "../domain/model-host.ts";
import type { BatchQueue, Waiting } from "./batch-queue.ts";
import type { HostTotals } from "./host-totals.ts";
import { type EndReason, type ModelProcess, WATCH_MS } from "./model-process.ts";
import type { Pacing } from "./pacing.ts";
import { type ProcessRuns, processRuns, type RunLimits } from "./process-runs.ts";

/** Brings what waits to the processes of one model, the least loaded first. */
export interface Dispatcher {
  /** A process that has loaded the model takes its share from now on. */
  add(process: ModelProcess): void;
  /** No more work for the process; resolves when what it has is done. */
  retire(process: ModelProcess): Promise<void>;
  /** The process has ended. */
  end(process: ModelProcess, reason: EndReason): void;
  processes(): readonly ModelProcess[];
  /** How many of them there are. */
  count(): number;
  /** Something came into the queue: it runs when this turn of the event loop is over, unless more are expected. */
  wake(): void;
  isIdle(): boolean;
  /** Rows that the processes have at the moment. */
  rowsAtWork(): number;
  /** Resolves when nothing waits and nothing runs. */
  idle(): Promise<void>;
}

interface DispatcherOptions {
  readonly queue: BatchQueue;
  readonly pacing: Pacing;
  readonly limits: RunLimits;
  readonly digest: Digest;
  readonly totals: HostTotals;
  /** An idle process has grown so much that it would soon have to be killed. */
  readonly grown: (process: ModelProcess) => void;
}

interface Slot {
  readonly process: ModelProcess;
  readonly runs: ProcessRuns;
  /** What it had when it came to work. */
  readonly bytesAtFirst: number;
  isRetiring: boolean;
}

/**
 * One batch at work, and a second one in the socket if it is full: it cannot gain by waiting. Of a quick model as many as it runs while a busy event loop is
 * elsewhere: it would wait for the loop otherwise.
 */
const BATCHES = { usual: 2, most: 8, aheadMs: 10 } as const;
/** A process is replaced when it has this share of what it may have, and this many times what it began with. */
const GROWN = { share: 0.8, factor: 1.5 } as const;
/** Looks at idle processes before the watch stops. */
const IDLE_LOOKS = 50;

export function dispatcher({ queue, pacing, limits, digest, totals, grown }: DispatcherOptions): Dispatcher {
  let slots: readonly Slot[] = [];
  let arrived = 0;
  let isWoken = false;
  let whenDone: (() => void)[] = [];

  const isIdle = (): boolean => queue.rows() === 0 && slots.every((it) => it.runs.batches() === 0);
  const isGone = (waiting: Waiting): boolean => {
    if (waiting.isAbandoned) return true;
    if (isLate(waiting)) return true;
    const aborted = abortedOf(waiting.run);
    if (aborted === undefined) return false;
    waiting.isAbandoned = true;
    waiting.reject(isTimeout(aborted.reason) ? callerDeadline(`the model ${digest}`) : callerGone());
    return true;
  };
  /** Whether the caller's time is over. Its signal is not asked here: it would be made for each request by that alone. */
  const isLate = (waiting: Waiting): boolean => {
    if (performance.now() <= waiting.deadlineAt) return false;
    waiting.isAbandoned = true;
    waiting.reject(callerDeadline(`the model ${digest}`));
    return true;
  };
  const watch = intervalWhile(() => {
    queue.remove(isGone);
    for (const it of slots) {
      it.runs.watch(isGone);
      checkMemory(it);
    }
    if (whenDone.length > 0) pump();
    return !isIdle();
  });
  const checkMemory = ({ process, runs, bytesAtFirst, isRetiring }: Slot): void => {
    const bytes = process.residentBytes();
    if (bytes > limits.memoryBytesMax) process.kill("memory");
    const isBig = bytes > GROWN.share * limits.memoryBytesMax && bytes > GROWN.factor * bytesAtFirst;
    if (isBig && !isRetiring && runs.batches() === 0) grown(process);
  };
  const pump = (): void => {
    isWoken = false;
    for (;;) {
      const slot = leastLoaded(slots);
      if (slot === undefined) break;
      const batches = slot.runs.batches();
      if (batches >= BATCHES.usual && !isQuick(batches)) break;
      if (batches > 0 && queue.rows() < pacing.batchRows()) break;
      if (batches === 0 && isHeldBack()) {
        wake();
        return;
      }
      const batch = queue.take(pacing.batchRows());
      if (batch === undefined) break;
      const timely = inTime(batch.filter((it) => !it.isAbandoned && !isLate(it)));
      if (timely.length > 0) slot.runs.start(timely);
    }
    for (const resolve of whenDone.splice(0)) resolve();
  };
  const isQuick = (batches: number): boolean =>
    batches < BATCHES.most && batches * pacing.runMs(pacing.batchRows()) < BATCHES.aheadMs;
  /** While requests of a forming queue come in with each turn of the event loop, within the window. */
  const isHeldBack = (): boolean => {
    const comes = arrived > 0;
    arrived = 0;
    const oldestAt = comes ? queue.oldestAt() : undefined;
    if (oldestAt === undefined || queue.rows() >= pacing.batchRows()) return false;
    return performance.now() - oldestAt < pacing.windowMs();
  };
  /** Without those whose answers would come after their deadlines; all of them if none would, since that is an estimate. */
  const inTime = (batch: readonly Waiting[]): readonly Waiting[] => {
    const doneAt = performance.now() + pacing.runMs(batch.reduce((sum, it) => sum + it.rows, 0));
    const timely = batch.filter((it) => it.deadlineAt >= doneAt);
    if (timely.length === 0 || timely.length === batch.length) return batch;
    for (const it of batch) if (it.deadlineAt < doneAt) it.reject(callerDeadline(`the model ${digest}`));
    return timely;
  };
  const wake = (): void => {
    watch.start();
    if (isWoken) return;
    isWoken = true;
    setImmediate(pump);
  };
  const until = async (isDone: () => boolean): Promise<void> => {
    while (!isDone()) {
      await new Promise<void>((resolve) => {
        whenDone = [...whenDone, resolve];
      });
    }
  };
  const count = (): number => slots.reduce((sum, it) => sum + Number(!it.isRetiring), 0);
  const slotOf = (process: ModelProcess) => slots.find((it) => it.process === process);

  return {
    add(process) {
      const runs = processRuns({
        process,
        limits,
        digest,
        pacing,
        totals,
        rowsBehind: queue.rows,
        done(again) {
          queue.putBack(again);
          pump();
        },
      });
      slots = [...slots, { process, runs, bytesAtFirst: process.residentBytes(), isRetiring: false }];
      wake();
    },
    async retire(process) {
      const slot = slotOf(process);
      if (slot === undefined) return;
      slot.isRetiring = true;
      await until(() => slot.runs.batches() === 0);
      slots = slots.filter((it) => it !== slot);
    },
    end(process, reason) {
      slotOf(process)?.runs.end(reason);
      slots = slots.filter((it) => it.process !== process);
      pump();
    },
    processes: () => slots.filter((it) => !it.isRetiring).map((it) => it.process),
    count,
    wake() {
      arrived += 1;
      wake();
    },
    isIdle,
    rowsAtWork: () => slots.reduce((sum, it) => sum + it.runs.rows(), 0),
    idle: () => until(isIdle),
  };
}

const abortedOf = ({ signal, call }: ModelRun): AbortSignal | undefined => {
  if (signal?.aborted) return signal;
  return call?.signal.aborted ? call.signal : undefined;
};

/** Which of the processes that go on has the fewest batches; undefined if there is none. */
function leastLoaded(slots: readonly Slot[]): Slot | undefined {
  let found: Slot | undefined;
  for (const it of slots) {
    if (it.isRetiring || it.process.isEnding()) continue;
    if (found === undefined || it.runs.batches() < found.runs.batches()) found = it;
  }
  return found;
}

/** Calls `look` every WATCH_MS from `start` on, until it has given false for a while. */
function intervalWhile(look: () => boolean): { start(): void } {
  let timer: NodeJS.Timeout | undefined;
  let idleLooks = 0;
  const step = (): void => {
    idleLooks = look() ? 0 : idleLooks + 1;
    if (idleLooks < IDLE_LOOKS) return;
    clearInterval(timer);
    timer = undefined;
  };
  return {
    start() {
      if (timer !== undefined) return;
      idleLooks = 0;
      timer = setInterval(step, WATCH_MS);
      timer.unref();
    },
  };
}

const isTimeout = (reason: unknown): boolean =>
  reason instanceof DomainError ? reason.kind === "deadline" : /timed? ?out|deadline/i.test(String(reason));
