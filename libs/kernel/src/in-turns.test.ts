import { expect, test } from "vitest";
import { inTurns, type Steps } from "./in-turns.ts";

/** Steps that keep the processor busy for so long each. */
function* busy(steps: number, stepMs: number): Steps<number> {
  for (let i = 0; i < steps; i++) {
    const end = performance.now() + stepMs;
    while (performance.now() < end);
    yield;
  }
  return steps;
}

test("work in steps comes to its end, and others work in between", async () => {
  let turns = 0;
  const count = (): void => {
    turns += 1;
    next = setImmediate(count);
  };
  let next = setImmediate(count);
  expect(await inTurns(busy(20, 6))).toBe(20);
  clearImmediate(next);
  expect(turns).toBeGreaterThanOrEqual(5);
});

test("what a step throws, the whole work throws", async () => {
  const failing = function* (): Steps<never> {
    yield;
    throw new Error("here");
  };
  await expect(inTurns(failing())).rejects.toThrow("here");
});
