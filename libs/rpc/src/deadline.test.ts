import { expect, test } from "vitest";
import { awaitDeadline, type Due, forgetDeadline } from "./deadline.ts";

/** Something due in so many milliseconds, and when it expired. */
function dueIn(ms: number): { readonly due: Due; readonly expired: Promise<number> } {
  const { promise: expired, resolve } = Promise.withResolvers<number>();
  const due: Due = {
    dueAtMs: performance.now() + ms,
    timer: undefined,
    place: -1,
    expire: () => resolve(performance.now()),
  };
  return { due, expired };
}

// Timers count in whole milliseconds, from when the turn of the event loop began.
const ROUNDING_MS = 2;

test("what is due expires at its time and not before, whether soon or later; what was forgotten never does", async () => {
  const [soon, later] = [dueIn(20), dueIn(2_050)];
  const forgotten = [dueIn(10), dueIn(2_010)];
  let forgottenCount = 0;
  for (const it of forgotten) void it.expired.then(() => (forgottenCount += 1));
  for (const { due } of [later, soon, ...forgotten]) awaitDeadline(due);
  for (const { due } of forgotten) forgetDeadline(due);
  for (const { due, expired } of [soon, later]) expect(await expired).toBeGreaterThanOrEqual(due.dueAtMs - ROUNDING_MS);
  expect(forgottenCount).toBe(0);
});
