import { expect, test } from "vitest";
import { type CountedWork, rowProgress, tellPart } from "./row-progress.ts";

const clockAt = (timeMs: number) => {
  const clock = { timeMs, now: () => clock.timeMs };
  return clock;
};

test("tells how many rows are done, how many of them in a second since it began, and how long the others take", () => {
  const clock = clockAt(5_000);
  const told = rowProgress(clock, 1_000, 200);
  expect(told(200)).toEqual(["200 of 1000 rows", { unit: "rows", done: 200, total: 1_000 }]);
  clock.timeMs += 2_000;
  const work = { unit: "rows", done: 500, total: 1_000, perSecond: 150, leftMs: 3_333 };
  expect(told(500)).toEqual(["500 of 1000 rows, 150 a second, 4 s left", work]);
  clock.timeMs += 998_000;
  expect(told(300)[0]).toBe("300 of 1000 rows, 0 a second, 117 min left");
  // A source may have got more rows meanwhile.
  expect(told(1_001)[1].leftMs).toBe(0);
});

test("tells of a part of an operation how far it is", () => {
  const clock = clockAt(0);
  const told: [number, string, CountedWork | undefined][] = [];
  const progress = (share: number, message: string, work?: CountedWork) => told.push([share, message, work]);
  const tell = tellPart(clock, { progress }, { from: 0.5, to: 0.9, what: "writing", rowCount: 100 });
  clock.timeMs += 500;
  tell(0.5);
  expect(told).toEqual([
    [0.5, "writing: 0 of 100 rows", { unit: "rows", done: 0, total: 100 }],
    [
      0.7,
      "writing: 50 of 100 rows, 100 a second, 1 s left",
      { unit: "rows", done: 50, total: 100, perSecond: 100, leftMs: 500 },
    ],
  ]);
});
