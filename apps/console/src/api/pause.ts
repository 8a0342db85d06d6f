import { backoffMs } from "./backoff.ts";

/** Waits `ms` milliseconds; rejects with the signal's reason when it aborts. */
export function pauseMs(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal.addEventListener("abort", stop, { once: true });
  });
}

/** Waits as long as is right after so many failures in a row. */
export const pauseAfter = (failures: number, signal: AbortSignal): Promise<void> =>
  pauseMs(backoffMs(failures, Math.random()), signal);
