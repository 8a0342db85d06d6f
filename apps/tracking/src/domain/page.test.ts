import { pageTokens } from "@throughline/kernel";
import { expect, test } from "vitest";
import { gathered, pageOf } from "./page.ts";

const pages = pageOf<number>(pageTokens(new Uint8Array(32)), { list: "numbers" }, (it) => it);

test("a page has a token exactly if there is more", () => {
  expect(pages.page([1, 2, 3], 3)).toEqual({ items: [1, 2, 3], nextPageToken: "" });
  const { items, nextPageToken } = pages.page([1, 2, 3], 2);
  expect(items).toEqual([1, 2]);
  expect(pages.read(nextPageToken)).toBe(2);
  expect(pages.page([], 2)).toEqual({ items: [], nextPageToken: "" });
});

test("a page is cut where a message would become too large, and has one item at least", () => {
  const mib = 1024 * 1024;
  const { items, nextPageToken } = pages.page([1, 2, 3, 4], 4, () => mib);
  expect(items).toEqual([1, 2, 3]);
  expect(pages.read(nextPageToken)).toBe(3);
  expect(pages.page([1, 2], 2, () => 5 * mib).items).toEqual([1]);
});

test("the items of a page are read in parts, until they are enough, or fill a message", async () => {
  const read = async (total: number, size: number, weight: number) => {
    const parts: number[] = [];
    const items = await gathered<number>(
      size,
      async ({ after = -1, limit }) => {
        const part = Array.from({ length: Math.min(limit, total - after - 1) }, (_, i) => after + 1 + i);
        parts.push(part.length);
        return part;
      },
      () => weight,
    );
    expect(items).toEqual(items.map((_, i) => i));
    return parts;
  };
  expect(await read(1_000, 120, 1)).toEqual([50, 50, 21]);
  expect(await read(60, 120, 1)).toEqual([50, 10]);
  expect(await read(100, 120, 1)).toEqual([50, 50, 0]);
  expect(await read(1_000, 120, 1024 * 1024)).toEqual([50]);
  expect(await read(0, 120, 1)).toEqual([0]);
});
