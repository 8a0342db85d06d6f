import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BatchGoal, pacing } from "./pacing.ts";

const goal: BatchGoal = { batchRowsMax: 32, latencyObjectiveMs: undefined };

/** A model that was run in batches of these sizes, each of which took 2 ms and 1 ms a row. */
function paced(sizes: readonly number[], wanted: BatchGoal = goal) {
  const pace = pacing(() => wanted);
  for (const rows of sizes) pace.ran(rows, 2 + rows, 0);
  return pace;
}

describe("the pace of a model", () => {
  test("tells what each run costs from what each row costs", () => {
    const pace = paced([1, 4, 9, 2, 32, 7]);
    expect(pace.runMs(1)).toBeCloseTo(3, 6);
    expect(pace.runMs(32)).toBeCloseTo(34, 6);
    // Two full batches and one of 6 rows.
    expect(pace.waitMs(70, 1)).toBeCloseTo(34 + 34 + 8, 6);
    expect(pace.waitMs(70, 2)).toBeCloseTo(38, 6);
  });

  test("takes runs of one size as they are, and follows a model that has become slower", () => {
    const pace = paced([8, 8, 8]);
    expect(pace.runMs(8)).toBeCloseTo(10, 6);
    for (let i = 0; i < 60; i++) pace.ran(8, 100, 0);
    expect(pace.runMs(8)).toBeGreaterThan(95);
  });

  test("makes batches that take two fifths of the objective at most, and never more than the limit", () => {
    const sizes = [1, 5, 20, 3];
    expect(paced(sizes).batchRows()).toBe(32);
    expect(paced(sizes, { ...goal, latencyObjectiveMs: 50 }).batchRows()).toBe(18);
    expect(paced(sizes, { batchRowsMax: 4, latencyObjectiveMs: 50 }).batchRows()).toBe(4);
  });

  test("makes smaller batches for callers in a hurry, but not for the sake of one", () => {
    const pace = paced([1, 5, 20, 3]);
    pace.came(60_000);
    expect(pace.batchRows()).toBe(32);
    for (let i = 0; i < 200; i++) pace.came(50);
    expect(pace.batchRows()).toBe(18);
    // A single one among many changes little, and however great the hurry is, runs stay efficient as far as they are in time.
    pace.came(0.001);
    expect(pace.batchRows()).toBeGreaterThan(12);
    for (let i = 0; i < 200; i++) pace.came(0.001);
    expect(pace.batchRows()).toBe(6);
  });

  test("holds nobody back while runs have one row each, and a tenth of the objective at most otherwise", () => {
    const wanted = { ...goal, latencyObjectiveMs: 20 };
    expect(paced([1, 1, 1, 1], wanted).windowMs()).toBe(0);
    expect(paced(Array(30).fill(8), wanted).windowMs()).toBe(2);
  });

  test("never says that something takes less than no time, whatever it has seen", () => {
    const runs = fc.array(fc.tuple(fc.integer({ min: 1, max: 64 }), fc.double({ min: 0, max: 1e4, noNaN: true })));
    fc.assert(
      fc.property(runs, fc.nat(2_000), (seen, rows) => {
        const pace = pacing(() => ({ ...goal, latencyObjectiveMs: 50 }));
        for (const [size, ms] of seen) pace.ran(size, ms, 0);
        expect(pace.waitMs(rows, 1)).toBeGreaterThanOrEqual(-1e-6);
        expect(pace.batchRows()).toBeGreaterThanOrEqual(1);
        expect(pace.batchRows()).toBeLessThanOrEqual(32);
      }),
    );
  });
});
