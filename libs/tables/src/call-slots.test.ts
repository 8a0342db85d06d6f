import { expect, test } from "vitest";
import { callSlots } from "./call-slots.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("so many calls work at once, the others in the order of their arrival", async () => {
  const slots = callSlots(2, 10);
  const began: number[] = [];
  const gates = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
  const calls = gates.map((gate, i) =>
    slots.run(undefined, () => {
      began.push(i);
      return gate.promise;
    }),
  );
  await turn();
  expect(began).toEqual([0, 1]);
  gates[1]?.resolve();
  await calls[1];
  await turn();
  expect(began).toEqual([0, 1, 2]);
  for (const gate of gates) gate.resolve();
  await Promise.all(calls);
  expect(began).toEqual([0, 1, 2, 3]);
});

test("a call that waits can be aborted, more than the queue holds are refused, and closing fails the rest", async () => {
  const slots = callSlots(1, 2);
  const done = await slots.take(undefined);
  const leaving = new AbortController();
  const [aborted, left] = [slots.take(leaving.signal), slots.take(undefined)];
  await expect(slots.take(undefined)).rejects.toMatchObject({ reason: "TABLE_QUEUE_FULL" });
  leaving.abort();
  await expect(aborted).rejects.toMatchObject({ reason: "TABLE_CANCELLED" });
  slots.close();
  await expect(left).rejects.toMatchObject({ reason: "TABLE_CLOSED" });
  done();
  await expect(slots.take(undefined)).rejects.toMatchObject({ reason: "TABLE_CLOSED" });
});

test("a call that is aborted in the moment when its turn comes takes nobody else's place away", async () => {
  const slots = callSlots(1, 8);
  const done = await slots.take(undefined);
  const leaving = new AbortController();
  const [mine, next] = [slots.take(leaving.signal), slots.take(undefined)];
  done();
  leaving.abort();
  (await mine)();
  (await next)();
});
