import fc from "fast-check";
import { expect, test } from "vitest";
import { inOrder } from "./in-order.ts";

async function* from<T>(items: readonly T[]): AsyncIterable<T> {
  yield* items;
}

test("results come in the order of the items, however long each takes, and never more at a time than allowed", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.nat(), { maxLength: 30 }),
      fc.integer({ min: 1, max: 5 }),
      async (scheduler, items, most) => {
        let atWork = 0;
        let highest = 0;
        const work = async (item: number): Promise<number> => {
          highest = Math.max(highest, ++atWork);
          await scheduler.schedule(Promise.resolve());
          atWork -= 1;
          return item;
        };
        const collected = Array.fromAsync(inOrder(from(items), most, work));
        await scheduler.waitFor(collected);
        expect(await collected).toEqual(items);
        expect(highest).toBeLessThanOrEqual(most);
      },
    ),
  );
});

test("a result is given while the next item is still to come", async () => {
  const gate = Promise.withResolvers<void>();
  async function* slow(): AsyncIterable<number> {
    yield 1;
    await gate.promise;
    yield 2;
  }
  const results = inOrder(slow(), 4, async (it) => it * 10)[Symbol.asyncIterator]();
  expect(await results.next()).toEqual({ done: false, value: 10 });
  gate.resolve();
  expect(await results.next()).toEqual({ done: false, value: 20 });
  expect((await results.next()).done).toBe(true);
});

test("items that cannot be read any more end it with their error, and an early end closes their source", async () => {
  async function* broken(): AsyncIterable<number> {
    yield 1;
    throw new Error("the caller left");
  }
  await expect(Array.fromAsync(inOrder(broken(), 4, async (it) => it))).rejects.toThrow("the caller left");

  let isClosed = false;
  async function* endless(): AsyncIterable<number> {
    try {
      for (let i = 0; ; i++) yield i;
    } finally {
      isClosed = true;
    }
  }
  for await (const it of inOrder(endless(), 2, async (item) => item)) if (it === 3) break;
  await expect.poll(() => isClosed).toBe(true);
});
