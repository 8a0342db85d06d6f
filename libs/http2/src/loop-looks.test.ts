import { expect, test } from "vitest";
import { everySoOften } from "./loop-looks.ts";

test("a loop that stood looks only when it has read what came meanwhile", async () => {
  let looks = 0;
  let atFirstTurn: number | undefined;
  const stop = everySoOften(200, () => {
    looks += 1;
  });
  try {
    // Due in the same turn as the look, and after it.
    const turn = new Promise<void>((resolve) =>
      setTimeout(() => {
        atFirstTurn = looks;
        resolve();
      }, 201),
    );
    for (const end = performance.now() + 1_000; performance.now() < end; );
    await turn;
    expect(atFirstTurn).toBe(0);
    await expect.poll(() => looks, { timeout: 60_000 }).toBeGreaterThan(0);
  } finally {
    stop();
  }
});
