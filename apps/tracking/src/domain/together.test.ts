import { expect, test } from "vitest";
import { together } from "./together.ts";

const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

test("what comes at once, or while work is under way, is done together, in its order", async () => {
  const done: string[] = [];
  const gate = Promise.withResolvers<void>();
  const put = together<string>(async (thing, pieces) => {
    done.push(`${thing}:${pieces.join("")}`);
    await gate.promise;
  }, 3);
  const first = ["a", "b"].map((piece) => put("x", piece));
  await nextTurn();
  expect(done).toEqual(["x:ab"]);
  const others = ["c", "d", "e", "f"].map((piece) => put("x", piece));
  gate.resolve();
  await Promise.all([...first, ...others]);
  expect(done).toEqual(["x:ab", "x:cde", "x:f"]);
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
