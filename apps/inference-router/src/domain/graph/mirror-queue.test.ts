import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { mirrorQueue } from "./mirror-queue.ts";

test("work begins after the turn in which it was offered, so much at a time, and what is too much is left out and counted", async () => {
  const queue = mirrorQueue({ workingMax: 2, waitingMax: 3 });
  const begun: number[] = [];
  const ends = Array.from({ length: 8 }, () => Promise.withResolvers<void>());
  const leftOut: number[] = [];
  const offer = (i: number) =>
    queue.offer(
      () => {
        begun.push(i);
        return ends[i]?.promise ?? Promise.resolve();
      },
      () => leftOut.push(i),
    );
  expect([0, 1, 2, 3, 4].map(offer)).toEqual([true, true, true, false, false]);
  expect(begun).toEqual([]);
  await nextTurn();
  await nextTurn();
  expect(begun).toEqual([0, 1]);
  expect(queue.counts()).toEqual({ done: 0, dropped: 2, waiting: 1, working: 2 });
  expect([5, 6].map(offer)).toEqual([true, true]);
  ends[0]?.resolve();
  await nextTurn();
  expect(begun).toEqual([0, 1, 2]);
  const closed = queue.close();
  expect(queue.closing.aborted).toBe(true);
  expect(leftOut).toEqual([3, 4, 5, 6]);
  expect(offer(7)).toBe(false);
  ends[1]?.resolve();
  ends[2]?.resolve();
  await closed;
  expect(queue.counts()).toEqual({ done: 3, dropped: 5, waiting: 0, working: 0 });
});
