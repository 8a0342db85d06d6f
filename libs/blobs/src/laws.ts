import { readFile } from "node:fs/promises";
import { type Digest, digestOfBytes } from "@throughline/kernel";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

export type { BlobStoreUnderTest } from "./laws-of-reading.ts";

import { BLOB_LIMITS, type BlobStore } from "./blob-store.ts";
import { condemnationLaws } from "./laws-of-condemning.ts";
import { type BlobStoreUnderTest, type CurrentStore, corruptionLaws, rangeLaws } from "./laws-of-reading.ts";
import { contentOf, inPieces, read, reasonOf } from "./testing-content.ts";

/** Checks the laws of BlobStore. `open` returns an empty store; its `close` is called after each test. */
export function testBlobStore(adapter: string, open: () => Promise<BlobStoreUnderTest>): void {
  describe(`BlobStore laws: ${adapter}`, () => {
    let subject: BlobStoreUnderTest;
    beforeEach(async () => {
      subject = await open();
    });
    afterEach(() => subject.store.close());
    const current = () => subject;

    roundTripLaws(current);
    refusalLaws(current);
    rangeLaws(current);
    corruptionLaws(current);
    listLaws(current);
    condemnationLaws(current);
  });
}

function roundTripLaws(current: CurrentStore): void {
  test("what was put is what is read, however it was cut into pieces", async () => {
    const { store } = current();
    const pieces = fc.array(fc.uint8Array({ maxLength: 5_000 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(pieces, async (it) => {
        const bytes = Buffer.concat(it);
        const info = await store.put(inPieces(it));
        expect(info).toEqual({ digest: digestOfBytes(bytes), size: bytes.length });
        expect(await read(store.get(info.digest))).toEqual(bytes);
        expect(await store.stat(info.digest)).toEqual(info);
      }),
      { numRuns: 15 },
    );
  });

  test("the empty object is an object", async () => {
    const { store } = current();
    const info = await store.put(new Uint8Array(0));
    expect(info).toEqual({ digest: digestOfBytes(""), size: 0 });
    expect(await read(store.get(info.digest))).toEqual(Buffer.alloc(0));
  });

  test("an object of several read pieces comes back in order, in pieces of at most 1 MiB", async () => {
    const { store } = current();
    const bytes = contentOf(3 * 1024 * 1024 + 17, 1);
    const { digest } = await store.put(bytes);
    const pieces: Uint8Array[] = [];
    for await (const piece of store.get(digest)) pieces.push(piece);
    expect(digestOfBytes(Buffer.concat(pieces))).toBe(digest);
    expect(Math.max(...pieces.map((it) => it.byteLength))).toBeLessThanOrEqual(1024 * 1024);
  });

  test("putting the same content again, also at the same time, gives the same answer and one object", async () => {
    const { store } = current();
    const bytes = contentOf(100_000, 2);
    const answers = await Promise.all(Array.from({ length: 8 }, () => store.put(bytes)));
    answers.push(await store.put(bytes, { expectedDigest: digestOfBytes(bytes), expectedSize: bytes.length }));
    expect(new Set(answers.map((it) => it.digest)).size).toBe(1);
    expect(await store.list({ limit: 10 })).toEqual([answers[0]]);
  });

  test("a local file has the content, also when it is asked for again", async () => {
    const { store } = current();
    const bytes = contentOf(70_000, 3);
    const { digest } = await store.put(bytes);
    const paths = await Promise.all([store.localFile(digest), store.localFile(digest)]);
    expect(await readFile(paths[0])).toEqual(bytes);
    expect(await readFile(await store.localFile(digest))).toEqual(bytes);
  });

  test("a deleted object is gone, deleting again succeeds, and it can be put again", async () => {
    const { store } = current();
    const { digest } = await store.put(contentOf(10, 4));
    await store.delete(digest);
    await store.delete(digest);
    expect(await store.stat(digest)).toBeUndefined();
    expect(await reasonOf(() => read(store.get(digest)))).toBe("NOT_FOUND");
    expect(await reasonOf(() => store.localFile(digest))).toBe("NOT_FOUND");
    expect((await store.put(contentOf(10, 4))).digest).toBe(digest);
    expect(await read(store.get(digest))).toEqual(contentOf(10, 4));
  });

  test("a reader that stops early harms nobody", async () => {
    const { store } = current();
    const { digest } = await store.put(contentOf(2 * 1024 * 1024, 5));
    for (let i = 0; i < 20; i++) for await (const _ of store.get(digest)) break;
    expect(digestOfBytes(await read(store.get(digest)))).toBe(digest);
  });

  test("ping succeeds on a store that works", async () => {
    await current().store.ping();
  });
}

function refusalLaws(current: CurrentStore): void {
  const bytes = contentOf(1_000, 6);
  const other = digestOfBytes("something else");
  test.each([
    ["another digest", { expectedDigest: other }, "DIGEST_MISMATCH"],
    ["a smaller declared size", { expectedSize: 999 }, "SIZE_MISMATCH"],
    ["a larger declared size", { expectedSize: 1_001 }, "SIZE_MISMATCH"],
    ["a negative size", { expectedSize: -1 }, "INVALID_FIELD"],
    ["a size that is no number", { expectedSize: Number.NaN }, "INVALID_FIELD"],
    ["more than allowed", { sizeMax: 999 }, "BLOB_TOO_LARGE"],
    ["more declared than allowed", { expectedSize: 1_000, sizeMax: 999 }, "BLOB_TOO_LARGE"],
  ] as const)("content with %s is refused and leaves nothing", async (_, options, reason) => {
    const { store } = current();
    expect(await reasonOf(() => store.put(inPieces([bytes]), options))).toBe(reason);
    await expectNothing(store);
  });

  test("an upload that breaks off at any 64 KiB leaves nothing, and its failure is thrown on", async () => {
    const { store } = current();
    const step = 64 * 1024;
    for (let sent = 0; sent <= 8; sent++) {
      const broken = new Error(`the sender went away after ${sent}`);
      const source = async function* () {
        for (let i = 0; i < sent; i++) yield contentOf(step, i);
        throw broken;
      };
      await expect(store.put(source())).rejects.toBe(broken);
    }
    await expectNothing(store);
  });

  test("what is not a digest is refused everywhere: it could be a path", async () => {
    const { store } = current();
    for (const name of [
      "../../etc/passwd",
      "sha256:../x",
      `sha256:${"A".repeat(64)}`,
      "",
      `sha256:${"0".repeat(63)}/`,
    ]) {
      const digest = name as Digest;
      const calls = [
        () => read(store.get(digest)),
        () => store.stat(digest),
        () => store.delete(digest),
        () => store.localFile(digest),
        () => store.list({ after: digest, limit: 1 }),
      ];
      for (const call of calls) expect(await reasonOf(call)).toBe("INVALID_FIELD");
    }
  });
}

async function expectNothing(store: BlobStore): Promise<void> {
  expect(await store.list({ limit: 10 })).toEqual([]);
  expect(await store.sweepOrphans(0)).toEqual({ removed: 0, bytes: 0 });
}

function listLaws(current: CurrentStore): void {
  test("pages go through all objects in the order of their digests, each once", async () => {
    const { store } = current();
    const put = await Promise.all(Array.from({ length: 23 }, (_, i) => store.put(Buffer.from(`object ${i}`))));
    const expected = put.toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
    for (const limit of [1, 5, 22, 23, 24, BLOB_LIMITS.listMax]) {
      const found = [];
      for (let page = await store.list({ limit }); ; ) {
        found.push(...page);
        const last = page.at(-1);
        if (!last || page.length < limit) break;
        page = await store.list({ after: last.digest, limit });
      }
      expect(found).toEqual(expected);
    }
  });

  test("a page can start after a digest that is not there", async () => {
    const { store } = current();
    const { digest } = await store.put(Buffer.from("one"));
    expect(await store.list({ after: `sha256:${"0".repeat(64)}`, limit: 5 })).toEqual([{ digest, size: 3 }]);
    expect(await store.list({ after: `sha256:${"f".repeat(64)}`, limit: 5 })).toEqual([]);
  });

  test.each([0, -1, 1.5, 1_001, Number.NaN])("a page of %d objects is refused", async (limit) => {
    expect(await reasonOf(() => current().store.list({ limit }))).toBe("INVALID_FIELD");
  });
}
