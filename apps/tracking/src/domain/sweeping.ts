import type { Bell } from "./bell.ts";
import type { Sweeper } from "./sweep.ts";

/** How long the sweeper rests after a round, which bounds how late a retention rule is enforced. */
export const SWEEP_EVERY_MS = 10 * 60_000;
/** How long it rests between turns of a round, so that it takes a small part of one processor. */
const BETWEEN_TURNS_MS = 50;
/** How long it rests after a failure, such as a database that does not answer. */
const AFTER_FAILURE_MS = 30_000;

/**
 * Takes turns until it is closed, beginning at once: what an ended process left undone is done first. The bell ends its
 * rest. `close` resolves after the turn that is under way.
 */
export function sweepInBackground(sweep: Sweeper, wake: Bell): { close(): Promise<void> } {
  let closed = false;
  let woken = false;
  let timer: NodeJS.Timeout | undefined;
  let underWay: Promise<void> = Promise.resolve();
  const rest = (ms: number): void => {
    if (closed) return;
    clearTimeout(timer);
    timer = setTimeout(go, ms);
    // It must not keep a process alive that has nothing else to do.
    timer.unref();
  };
  const turn = async (): Promise<void> => {
    woken = false;
    try {
      const more = await sweep.turn();
      rest(more || woken ? BETWEEN_TURNS_MS : SWEEP_EVERY_MS);
    } catch {
      // Nothing is lost: what is to be done stands in the database, and readiness tells that the storage fails.
      rest(AFTER_FAILURE_MS);
    }
  };
  function go(): void {
    underWay = underWay.then(turn);
  }
  wake.listen(() => {
    woken = true;
    rest(0);
  });
  rest(0);
  return {
    async close() {
      closed = true;
      clearTimeout(timer);
      await underWay;
    },
  };
}
