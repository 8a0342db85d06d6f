import { expect, test } from "vitest";
import { gathering } from "./gathering.ts";

/** Asks at the end of each turn, in which so many writes wait, and tells in which of them they are committed. */
function committedIn(turns: readonly number[], { last, turnMs = 0.25 }: { last: number; turnMs?: number }): number {
  let now = 7;
  const group = gathering(() => now);
  group.ended(last);
  const turn = turns.findIndex((waiting) => {
    now += turnMs;
    return !group.goesOn(waiting);
  });
  group.ended(turns[turn] ?? 0);
  return turn;
}

test("one caller alone waits for nothing", () => {
  expect(committedIn([1, 2, 3], { last: 1 })).toBe(0);
  expect(gathering(() => 0).goesOn(1)).toBe(false);
});

test("a group waits while each turn brings more of those that came together", () => {
  expect(committedIn([6, 13, 16, 16, 17], { last: 16 })).toBe(3);
  expect(committedIn([1, 1, 2], { last: 2 })).toBe(1);
});

test("it does not wait for long, however many come", () => {
  const turns = Array.from({ length: 50 }, (_, i) => i + 1);
  expect(committedIn(turns, { last: 50 })).toBe(8);
  expect(committedIn(turns, { last: 50, turnMs: 30 })).toBe(1);
});

test("each group is waited for anew", () => {
  const group = gathering(() => 0);
  for (const waiting of [3, 2]) {
    group.ended(5);
    expect([group.goesOn(waiting), group.goesOn(waiting)]).toEqual([true, false]);
  }
});
