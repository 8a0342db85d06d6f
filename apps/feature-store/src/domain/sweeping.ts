import type { Run } from "./load-source.ts";
import { type ExpireDeps, expireData } from "./retention/expire-data.ts";
import type { StoredFiles } from "./stored-files.ts";

/** How often files that are needed no more are looked for. */
const SWEEP_EVERY_MS = 60 * 60_000;
/** What is younger may still be on its way. No call takes so long. */
const ORPHAN_MS = 24 * 60 * 60_000;

/** What sweeping needs. */
export interface SweepDeps extends ExpireDeps {
  readonly storedFiles: Pick<StoredFiles, "sweep" | "remove">;
}

/**
 * Removes what an ended process left behind, and then what projects need not keep: at once, and every hour until it is closed.
 */
export function sweepInBackground(deps: SweepDeps): { close(): Promise<void> } {
  const closing = new AbortController();
  const run: Run = { signal: closing.signal, progress: () => {} };
  let underWay: Promise<unknown> = Promise.resolve();
  const all = async (): Promise<void> => {
    await unlessItFails(deps.storedFiles.sweep(ORPHAN_MS));
    for await (const project of deps.dataLog.projects())
      await unlessItFails(expireData(deps, { project, isTrial: false }, run));
  };
  const sweep = (): void => {
    underWay = underWay.then(() => unlessItFails(all()));
  };
  sweep();
  const timer = setInterval(sweep, SWEEP_EVERY_MS);
  // It must not keep a process alive that has nothing else to do.
  timer.unref();
  return {
    async close() {
      closing.abort(new Error("the service stops"));
      clearInterval(timer);
      await underWay;
    },
  };
}

/** What fails is done again by the next sweep, and readiness tells that the storage fails. */
const unlessItFails = (work: Promise<unknown>): Promise<unknown> => work.catch(() => {});
