import { tooManyWatchers } from "./errors.ts";

/** Wakes those who wait for changes: at once for changes of this process, and from time to time for those of others. */
export interface ChangeNotifier {
  /** Wakes everybody. */
  changed(): void;
  /** Takes a place among those who may wait. Fails with TOO_MANY_WATCHERS. */
  join(): Waiter;
  /** Wakes everybody, and lets nobody wait any more. */
  close(): void;
}

/** One who waits. */
export interface Waiter {
  /** Aborted when the notifier closes. */
  readonly closed: AbortSignal;
  /**
   * Resolves at the first change since the wait before ended, after the polling time, or when `signal` is aborted. No
   * change gets lost between two waits.
   */
  wait(signal: AbortSignal): Promise<void>;
  leave(): void;
}

/** `pollMs`: how long a change of another process may go unnoticed. */
export function changeNotifier({
  pollMs,
  waitersMax,
}: {
  readonly pollMs: number;
  readonly waitersMax: number;
}): ChangeNotifier {
  const closing = new AbortController();
  const wakers = new Set<() => void>();
  let waiters = 0;
  let changes = 0;
  const changed = (): void => {
    changes += 1;
    for (const wake of [...wakers]) wake();
  };
  return {
    changed,
    join() {
      if (waiters >= waitersMax) throw tooManyWatchers(waitersMax);
      waiters += 1;
      let noticed = changes;
      let left = false;
      return {
        closed: closing.signal,
        async wait(signal) {
          if (noticed === changes && !signal.aborted && !closing.signal.aborted) await nextWake(wakers, signal, pollMs);
          noticed = changes;
        },
        leave() {
          if (!left) waiters -= 1;
          left = true;
        },
      };
    },
    close() {
      closing.abort();
      changed();
    },
  };
}

function nextWake(wakers: Set<() => void>, signal: AbortSignal, pollMs: number): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", wake);
      wakers.delete(wake);
      resolve();
    };
    const timer = setTimeout(wake, pollMs);
    signal.addEventListener("abort", wake);
    wakers.add(wake);
  });
}
