import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { callers } from "./callers.ts";

test("where nobody waits, each turn of the event loop goes to one", async () => {
  const { giveWay } = callers();
  const order: string[] = [];
  const work = async (name: string): Promise<void> => {
    await giveWay();
    order.push(name);
    setImmediate(() => order.push(`after ${name}`));
  };
  await Promise.all([work("a"), work("b"), work("c")]);
  expect(order.filter((it) => !it.startsWith("after"))).toEqual(["a", "b", "c"]);
  expect(order.indexOf("after a")).toBeLessThan(order.indexOf("c"));
});

test("work waits until the last caller has its answer", async () => {
  const { begin, end, giveWay } = callers();
  let isThere = false;
  for (let i = 0; i < 2; i++) begin();
  const turn = giveWay().then(() => {
    isThere = true;
  });
  end();
  await nextTurn();
  expect(isThere).toBe(false);
  end();
  await turn;
  expect(isThere).toBe(true);
});

test("where somebody always waits, work goes on all the same", async () => {
  const { begin, giveWay } = callers();
  begin();
  const startedAt = performance.now();
  for (let i = 0; i < 5; i++) await giveWay();
  expect(performance.now() - startedAt).toBeGreaterThan(4 * 15);
});

test("work in slices does each step once, in order, and gives way between turns", async () => {
  const { inSlices } = callers();
  const done: number[] = [];
  let turns = 0;
  const count = async (): Promise<void> => {
    while (done.length < 20) {
      await nextTurn();
      turns += 1;
    }
  };
  const counting = count();
  await inSlices(20, (i) => {
    for (const until = performance.now() + 1; performance.now() < until; );
    done.push(i);
  });
  await counting;
  expect(done).toEqual(Array.from({ length: 20 }, (_, i) => i));
  // A step that takes longer than a slice has a turn of its own.
  expect(turns).toBeGreaterThanOrEqual(19);
});
