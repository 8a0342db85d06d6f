import type { Key } from "./names.ts";
import { nameOf } from "./run.ts";

/** Tells watchers in this process that a run has changed. Other processes' changes are found by looking again. */
export interface RunChanges {
  tell(run: Key): void;
  /** Watches a run from now on. */
  watch(run: Key): RunWatch;
}

export interface RunWatch {
  /**
   * Resolves when the run has changed since the last call, or since the watch began; after `timeoutMs` in any case. Rejects
   * with the signal's reason when it is aborted.
   */
  change(timeoutMs: number, signal: AbortSignal): Promise<void>;
  end(): void;
}

interface Watcher {
  changed: boolean;
  wake: () => void;
}

export function runChanges(): RunChanges {
  const watchers = new Map<string, Set<Watcher>>();
  return {
    tell(run) {
      // Mostly nobody watches.
      if (watchers.size === 0) return;
      for (const watcher of watchers.get(nameOf(run)) ?? []) {
        watcher.changed = true;
        watcher.wake();
      }
    },
    watch(run) {
      const watcher: Watcher = { changed: false, wake: () => {} };
      const name = nameOf(run);
      const all = watchers.get(name) ?? new Set();
      watchers.set(name, all.add(watcher));
      return {
        async change(timeoutMs, signal) {
          signal.throwIfAborted();
          if (!watcher.changed) await woken(watcher, timeoutMs, signal);
          watcher.changed = false;
        },
        end() {
          all.delete(watcher);
          if (all.size === 0) watchers.delete(name);
        },
      };
    },
  };
}

function woken(watcher: Watcher, timeoutMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (outcome: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      watcher.wake = () => {};
      outcome();
    };
    const abort = () => settle(() => reject(signal.reason));
    const timer = setTimeout(() => settle(resolve), timeoutMs);
    signal.addEventListener("abort", abort);
    watcher.wake = () => settle(resolve);
  });
}
