import { type Digest, digestOfBytes } from "@throughline/kernel";
import { expect, test } from "vitest";
import type { BlobStore } from "./blob-store.ts";
import { contentOf, read, reasonOf } from "./testing-content.ts";

/** A store to test, and the way to damage it. */
export interface BlobStoreUnderTest {
  readonly store: BlobStore;
  /** Replaces the stored bytes of an object behind the store's back. */
  damage(digest: Digest, bytes: Uint8Array): Promise<void>;
}

/** The store of the test that runs. */
export type CurrentStore = () => BlobStoreUnderTest;

/** Laws of reading parts. */
export function rangeLaws(current: CurrentStore): void {
  const bytes = contentOf(700_000, 7);
  const huge = Number.MAX_SAFE_INTEGER;
  test.each([
    ["the beginning", { offset: 0, length: 10 }, [0, 10]],
    ["the middle", { offset: 262_140, length: 300_000 }, [262_140, 562_140]],
    ["an open end", { offset: 699_990 }, [699_990, 700_000]],
    ["a length far beyond the end", { offset: 0, length: 99_999_999_999 }, [0, 700_000]],
    ["the largest numbers", { offset: 5, length: huge }, [5, 700_000]],
    ["the last byte", { offset: 699_999, length: 1 }, [699_999, 700_000]],
  ] as const)("a range is %s", async (_, range, [start, end]) => {
    const { digest } = await current().store.put(bytes);
    const part = await read(current().store.get(digest, { range }));
    expect(digestOfBytes(part)).toBe(digestOfBytes(bytes.subarray(start, end)));
  });

  test("a range that does not exist is refused", async () => {
    const { store } = current();
    const { digest } = await store.put(bytes);
    const ranges = [
      { offset: -1 },
      { offset: -1, length: 5 },
      { offset: 0, length: 0 },
      { offset: 0, length: -5 },
      { offset: 0.5 },
      { offset: Number.NaN },
      { offset: 700_000 },
      { offset: huge, length: huge },
    ];
    for (const range of ranges) {
      expect(await reasonOf(() => read(store.get(digest, { range }))), JSON.stringify(range)).toBe(
        "RANGE_NOT_SATISFIABLE",
      );
    }
    const empty = await store.put(new Uint8Array(0));
    expect(await reasonOf(() => read(store.get(empty.digest, { range: { offset: 0 } })))).toBe("RANGE_NOT_SATISFIABLE");
  });

  test("a range of an absent object is NOT_FOUND", async () => {
    const absent = digestOfBytes("absent");
    expect(await reasonOf(() => read(current().store.get(absent, { range: { offset: 0 } })))).toBe("NOT_FOUND");
  });
}

/** Laws of objects that were damaged in storage. */
export function corruptionLaws(current: CurrentStore): void {
  const bytes = contentOf(600_000, 8);
  const flipped = Buffer.from(bytes);
  flipped.writeUInt8(flipped.readUInt8(300_000) ^ 1, 300_000);
  test.each([
    ["with one bit changed", flipped],
    ["cut short", bytes.subarray(0, 599_999)],
    ["with a byte more", Buffer.concat([bytes, Buffer.of(0)])],
    ["emptied", Buffer.alloc(0)],
  ])("an object %s is never read to its end, nor given as a file, and a put mends it", async (_, damaged) => {
    const { store, damage } = current();
    const { digest } = await store.put(bytes);
    await damage(digest, damaged);
    let received = 0;
    const reason = await reasonOf(async () => {
      for await (const piece of store.get(digest)) received += piece.byteLength;
    });
    expect(reason).toBe("BLOB_CORRUPT");
    expect(received).toBeLessThan(Math.max(1, damaged.length));
    expect(await reasonOf(() => store.localFile(digest))).toBe("BLOB_CORRUPT");

    await store.put(bytes);
    expect(digestOfBytes(await read(store.get(digest)))).toBe(digest);
  });
}
