import { setImmediate as nextTurn } from "node:timers/promises";

/** Work that is cut into steps of some milliseconds at most: it yields between them, and returns what comes of it. */
export type Steps<R> = Generator<void, R, void>;

/** How long work goes on before it lets others work. */
const TURN_MS = 10;

/** Does work that is cut into steps, and lets others work between them. */
export async function inTurns<R>(work: Steps<R>): Promise<R> {
  let end = performance.now() + TURN_MS;
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    if (performance.now() < end) continue;
    await nextTurn();
    end = performance.now() + TURN_MS;
  }
}
