import fc from "fast-check";
import { expect, test } from "vitest";
import { inGroups } from "./message-groups.ts";

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test("every message is in one group, in order, however they come, and no group is larger than it may be", async () => {
  const message = fc.record({ weight: fc.integer({ min: 1, max: 5 }), turns: fc.integer({ min: 0, max: 3 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(message), fc.integer({ min: 1, max: 8 }), async (sent, most) => {
      async function* messages() {
        for (const it of sent) {
          for (let i = 0; i < it.turns; i++) await turn();
          yield it;
        }
      }
      const groups: (readonly { readonly weight: number }[])[] = [];
      for await (const group of inGroups(messages(), { weigh: (it) => it.weight, most })) {
        groups.push(group);
        await turn();
      }
      expect(groups.flat()).toEqual(sent);
      for (const group of groups) expect(group.slice(0, -1).reduce((sum, it) => sum + it.weight, 0)).toBeLessThan(most);
    }),
  );
});

test("what came while a group was worked on is the next group", async () => {
  async function* messages() {
    yield* [1, 2, 3, 4, 5];
  }
  const groups: (readonly number[])[] = [];
  for await (const group of inGroups(messages(), { weigh: () => 1, most: 3 })) groups.push(group);
  expect(groups).toEqual([
    [1, 2, 3],
    [4, 5],
  ]);
});

test("a failure comes behind the messages before it", async () => {
  async function* messages() {
    yield* [1, 2];
    throw new Error("the line is cut");
  }
  const seen: number[] = [];
  const reading = async () => {
    for await (const group of inGroups(messages(), { weigh: () => 1, most: 10 })) seen.push(...group);
  };
  await expect(reading()).rejects.toThrow("the line is cut");
  expect(seen).toEqual([1, 2]);
});

test("a reader that goes away does not wait for a message that never comes", async () => {
  async function* messages() {
    yield 1;
    await new Promise(() => {});
  }
  for await (const group of inGroups(messages(), { weigh: () => 1, most: 10 })) {
    expect(group).toEqual([1]);
    break;
  }
});
