import type { StoredFiles } from "./stored-files.ts";

/** How often files that were left behind are looked for. */
const SWEEP_EVERY_MS = 60 * 60_000;
/** What is younger may still be on its way. No call takes so long. */
const ORPHAN_MS = 24 * 60 * 60_000;

/** Sweeps until it is closed, beginning at once: what an ended process left is found first. */
export function sweepInBackground(storedFiles: Pick<StoredFiles, "sweep">): { close(): Promise<void> } {
  let underWay: Promise<unknown> = Promise.resolve();
  const sweep = (): void => {
    // What fails is found again by the next sweep, and readiness tells that the storage fails.
    underWay = underWay.then(() => storedFiles.sweep(ORPHAN_MS)).catch(() => {});
  };
  sweep();
  const timer = setInterval(sweep, SWEEP_EVERY_MS);
  // It must not keep a process alive that has nothing else to do.
  timer.unref();
  return {
    async close() {
      clearInterval(timer);
      await underWay;
    },
  };
}
