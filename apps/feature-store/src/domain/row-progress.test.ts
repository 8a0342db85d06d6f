import { expect, test } from "vitest";
import { rowProgress } from "./row-progress.ts";
import type { Segment } from "./segment.ts";

test("tells how many rows are online, and how many come in a second since it began", () => {
  const clock = { timeMs: 5_000, now: () => clock.timeMs };
  const segments = [{ rowCount: 600 }, { rowCount: 400 }] as Segment[];
  const told = rowProgress(clock, segments, 200);
  expect(told(200, 100)).toEqual([0.2, "200 of 1000 rows online"]);
  clock.timeMs += 2_000;
  expect(told(500, 100)).toEqual([0.5, "500 of 1000 rows online, 150 a second"]);
  // A source may have got more rows meanwhile: the share never passes 1.
  expect(told(1_000, 1_000)[0]).toBe(0.5);
});
