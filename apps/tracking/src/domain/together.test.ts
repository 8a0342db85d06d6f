import { expect, test } from "vitest";
import { together } from "./together.ts";

const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

test("what comes while work is under way is done together, in its order", async () => {
  const done: string[] = [];
  const put = together<string>(async (thing, pieces) => {
    await nextTurn();
    done.push(`${thing}:${pieces.join("")}`);
  }, 3);
  await Promise.all(["a", "b", "c", "d", "e"].map((piece) => put("x", piece)));
  expect(done).toEqual(["x:a", "x:bcd", "x:e"]);
});

test("work on different things goes on at the same time", async () => {
  const begun: string[] = [];
  const put = together<string>(async (thing) => {
    begun.push(thing);
    while (begun.length < 2) await nextTurn();
  }, 10);
  await Promise.all([put("x", "a"), put("y", "a")]);
  expect(begun).toEqual(["x", "y"]);
});

test("a piece that is refused is refused alone, and what waits behind it goes on", async () => {
  const stored: string[] = [];
  const put = together<string>(async (_, pieces) => {
    await nextTurn();
    if (pieces.includes("bad")) throw new Error(`refused with ${pieces.length}`);
    stored.push(...pieces);
  }, 10);
  const outcomes = await Promise.allSettled(["a", "b", "bad", "c"].map((piece) => put("x", piece)));
  expect(outcomes.map((it) => it.status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
  expect(outcomes[2]).toMatchObject({ reason: new Error("refused with 1") });
  await put("x", "later");
  expect(stored).toEqual(["a", "b", "c", "later"]);
});
