import { readFile } from "node:fs/promises";
import { type Digest, digestOfBytes } from "@throughline/kernel";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { BlobStore } from "./blob-store.ts";
import type { CurrentStore } from "./laws-of-reading.ts";
import { contentOf, read, reasonOf } from "./testing-content.ts";

/** Laws of taking objects out of use and removing their bytes. */
export function condemnationLaws(current: CurrentStore): void {
  const bytes = contentOf(300_000, 21);
  const digest = digestOfBytes(bytes);

  test("what is condemned is listed apart, and comes back with whatever asks for it", async () => {
    const { store } = current();
    const asking = {
      stat: () => store.stat(digest),
      get: () => read(store.get(digest)),
      range: () => read(store.get(digest, { range: { offset: 5, length: 5 } })),
      localFile: async () => readFile(await store.localFile(digest)),
      put: () => store.put(bytes),
    };
    for (const [name, ask] of Object.entries(asking)) {
      await store.put(bytes);
      const id = (await store.condemn(digest)) ?? "";
      expect(await store.list({ limit: 10 }), name).toEqual([]);
      expect(await store.condemned({ limit: 10 }), name).toEqual([{ id, digest, size: bytes.length }]);
      await ask();
      expect(await store.list({ limit: 10 }), name).toEqual([{ digest, size: bytes.length }]);
      expect(digestOfBytes(await read(store.get(digest))), name).toBe(digest);
      await store.erase(id);
      expect(digestOfBytes(await read(store.get(digest))), name).toBe(digest);
      await store.delete(digest);
    }
  });

  test("what is erased is gone, and nothing else; erasing again is harmless, and it can be put again", async () => {
    const { store } = current();
    const other = await store.put(contentOf(100, 22));
    await store.put(bytes);
    const id = (await store.condemn(digest)) ?? "";
    await store.erase(id);
    await store.erase(id);
    expect(await store.stat(digest)).toBeUndefined();
    expect(await reasonOf(() => read(store.get(digest)))).toBe("NOT_FOUND");
    expect(await store.condemned({ limit: 10 })).toEqual([]);
    expect(await store.list({ limit: 10 })).toEqual([other]);
    await store.put(bytes);
    expect(digestOfBytes(await read(store.get(digest)))).toBe(digest);
  });

  test("nothing is condemned where nothing is, and an id that could be a path is refused", async () => {
    const { store } = current();
    expect(await store.condemn(digest)).toBeUndefined();
    await store.erase(`${digest.slice("sha256:".length)}.${"0".repeat(32)}`);
    for (const id of ["../../etc/passwd", "", digest, `${"0".repeat(64)}.../x`])
      expect(await reasonOf(() => store.erase(id))).toBe("INVALID_FIELD");
  });

  test("a deleted object is gone, also if it was condemned", async () => {
    const { store } = current();
    await store.put(bytes);
    await store.condemn(digest);
    await store.delete(digest);
    expect(await store.stat(digest)).toBeUndefined();
    expect(await store.condemned({ limit: 10 })).toEqual([]);
  });

  test("pages go through all that is condemned, each once", async () => {
    const { store } = current();
    for (let i = 0; i < 7; i++) await store.condemn((await store.put(contentOf(20, 30 + i))).digest);
    const all = await store.condemned({ limit: 10 });
    expect(all).toHaveLength(7);
    const found = [];
    for (let page = await store.condemned({ limit: 3 }); page.length > 0; ) {
      found.push(...page);
      page = await store.condemned({ limit: 3, after: page.at(-1)?.id ?? "" });
    }
    expect(found).toEqual(all);
  });

  test("whoever condemns, asks and puts at the same time: a reader reads all, or what was never erased is there", async () => {
    const { store } = current();
    const action = fc.constantFrom("condemn", "stat", "get", "put", "localFile");
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 2, maxLength: 8 }), async (actions) => {
        await store.put(bytes);
        await Promise.allSettled(actions.map((it) => act(store, it, { digest, bytes })));
        expect(digestOfBytes(await read(store.get(digest)))).toBe(digest);
        // What condemnations are left over take nothing from what is in use.
        for (const { id } of await store.condemned({ limit: 100 })) await store.erase(id);
        expect(digestOfBytes(await read(store.get(digest)))).toBe(digest);
      }),
      { numRuns: 10 },
    );
  });
}

async function act(store: BlobStore, action: string, object: { readonly digest: Digest; readonly bytes: Uint8Array }) {
  const { digest, bytes } = object;
  if (action === "condemn") await store.condemn(digest);
  if (action === "stat") await store.stat(digest);
  if (action === "get") await read(store.get(digest));
  if (action === "put") await store.put(bytes);
  if (action === "localFile") await store.localFile(digest);
}
