import { type ByteSweep, type SweepCounts, type SweepOptions, sweepBytes } from "./byte-sweep.ts";

/** How long a process waits between its sweeps. */
const SWEEP_EVERY_MS = 3_600_000;

/** What listens to sweeps. */
export interface SweepListener {
  swept(counts: SweepCounts): void;
  /** A sweep that was not asked for failed: the next one does its work. */
  failed(error: unknown): void;
}

/** Sweeps of one process, one after the other. */
export interface ByteSweeping {
  sweep(options: SweepOptions): Promise<SweepCounts>;
  listen(listener: Partial<SweepListener>): void;
  /** Ends after the digest that is at work. */
  close(): Promise<void>;
}

/** Sweeps every hour, the first time an hour after the start, and whenever it is asked to. */
export function sweepBytesHourly(sweep: ByteSweep): ByteSweeping {
  const listeners: Partial<SweepListener>[] = [];
  const closing = new AbortController();
  let underWay: Promise<unknown> = Promise.resolve();
  const next = (options: SweepOptions): Promise<SweepCounts> => {
    const counts = underWay.then(() => sweepBytes(sweep, options));
    underWay = counts.catch(() => {});
    return counts;
  };
  const timer = setInterval(() => {
    next({ dryRun: false, signal: closing.signal }).then(
      (counts) => listeners.forEach((it) => void it.swept?.(counts)),
      (error: unknown) => listeners.forEach((it) => void it.failed?.(error)),
    );
  }, SWEEP_EVERY_MS);
  // It must not keep a process alive that has nothing else to do.
  timer.unref();
  return {
    async sweep(options) {
      const counts = await next(options);
      if (!options.dryRun) for (const it of listeners) it.swept?.(counts);
      return counts;
    },
    listen: (listener) => void listeners.push(listener),
    async close() {
      clearInterval(timer);
      closing.abort();
      await underWay;
    },
  };
}
