import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { spooled } from "./spool.ts";

let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "spool-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
const newPath = (): string => join(folder, `spool-${files++}`);

const item = (i: number) => ({ place: BigInt(i), numbers: Float64Array.of(i / 3, Number.NaN), texts: ["ä", null] });

describe("spooled items", () => {
  test("are those of the source, in their order", async () => {
    async function* source() {
      for (let i = 0; i < 50; i++) yield item(i);
    }
    const found: unknown[] = [];
    for await (const it of spooled(source(), newPath())) found.push(it);
    expect(found).toEqual(Array.from({ length: 50 }, (_, i) => item(i)));
  });

  test("are taken from the source while the reader does something else", async () => {
    const { promise: isRead, resolve } = Promise.withResolvers<void>();
    async function* source() {
      for (let i = 0; i < 50; i++) yield item(i);
      resolve();
    }
    const items = spooled(source(), newPath());
    expect((await items.next()).value).toEqual(item(0));
    await isRead;
    expect((await items.next()).value).toEqual(item(1));
    await items.return();
  });

  test("end with the failure of the source, behind all that it gave", async () => {
    async function* source() {
      yield item(1);
      throw new Error("no more");
    }
    const items = spooled(source(), newPath());
    expect((await items.next()).value).toEqual(item(1));
    await expect(items.next()).rejects.toThrow("no more");
  });

  test("end their source when the reader leaves", async () => {
    let isEnded = false;
    async function* source() {
      try {
        for (let i = 0; ; i++) yield item(i);
      } finally {
        isEnded = true;
      }
    }
    for await (const it of spooled(source(), newPath())) {
      expect(it).toEqual(item(0));
      break;
    }
    expect(isEnded).toBe(true);
  });
});
