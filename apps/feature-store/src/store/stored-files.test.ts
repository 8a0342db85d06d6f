import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BlobStore, fileBlobStore } from "@throughline/blobs";
import { type Digest, digestOfBytes } from "@throughline/kernel";
import type { Store } from "@throughline/store";
import { everyDatabase } from "@throughline/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { StoredFiles } from "../domain/stored-files.ts";
import { storedFiles } from "./stored-files.ts";

const BYTES = Buffer.from("rows");
const DIGEST = digestOfBytes(BYTES);
const DAY_MS = 86_400_000;

for (const database of everyDatabase()) {
  describe(`StoredFiles laws: ${database.name}`, () => {
    let folder: string;
    let store: Store;
    let blobs: BlobStore;
    let nowMs: number;
    let ids = 0;
    const referred = new Set<Digest>();
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), "stored-files-"));
      store = await database.empty();
      blobs = await fileBlobStore(folder);
      nowMs = 1_000_000_000;
      referred.clear();
    });
    afterEach(() => rm(folder, { recursive: true, force: true }));

    /** Opens it as a process does; what another one noted is there. */
    const open = (isReferred = async (digest: Digest) => referred.has(digest)): StoredFiles =>
      storedFiles({ store, blobs, clock: { now: () => nowMs }, newId: () => `id-${ids++}`, isReferred });
    const isThere = async (): Promise<boolean> => (await blobs.stat(DIGEST)) !== undefined;

    test("a file that nothing refers to is removed once it is old enough, and not before", async () => {
      await open().blobs.put(BYTES);
      const later = open();
      expect(await later.sweep(DAY_MS)).toEqual({ removed: 0, bytes: 0 });
      expect(await isThere()).toBe(true);
      nowMs += DAY_MS;
      expect(await later.sweep(DAY_MS)).toEqual({ removed: 1, bytes: BYTES.length });
      expect(await isThere()).toBe(false);
      expect(await later.sweep(DAY_MS)).toEqual({ removed: 0, bytes: 0 });
    });

    test("a note without a file, and a note of a file that is referred to, are removed alone", async () => {
      const failing: BlobStore = { ...blobs, put: () => Promise.reject(new Error("the machine stopped")) };
      const ended = storedFiles({
        store,
        blobs: failing,
        clock: { now: () => nowMs },
        newId: () => "ended",
        isReferred: async () => false,
      });
      await expect(ended.blobs.put(BYTES)).rejects.toThrow("stopped");
      nowMs += DAY_MS;
      expect((await open().sweep(DAY_MS)).removed).toBe(0);
      await open().blobs.put(BYTES);
      referred.add(DIGEST);
      nowMs += DAY_MS;
      expect((await open().sweep(DAY_MS)).removed).toBe(0);
      referred.clear();
      nowMs += DAY_MS;
      // The note is gone: whoever stops referring to a file removes it himself.
      expect((await open().sweep(DAY_MS)).removed).toBe(0);
      expect(await isThere()).toBe(true);
    });

    test("a file that is kept needs no note any more", async () => {
      const files = open();
      await files.blobs.put(BYTES);
      files.kept([DIGEST]);
      await files.close();
      nowMs += DAY_MS;
      expect((await open().sweep(DAY_MS)).removed).toBe(0);
      expect(await isThere()).toBe(true);
    });

    test("a file that is taken up again while it is swept is refused or kept, and never lost", async () => {
      await open().blobs.put(BYTES);
      nowMs += DAY_MS;
      const other = open();
      let putting: Promise<unknown> | undefined;
      // In the midst of the sweep, when the file is marked.
      const sweeping = open(async () => {
        putting = other.blobs.put(BYTES).catch((it: unknown) => it);
        await putting;
        return false;
      });
      await sweeping.sweep(DAY_MS);
      expect(await putting).toMatchObject({ reason: "FILE_BEING_REMOVED" });
      expect(await isThere()).toBe(false);
      await other.blobs.put(BYTES);
      expect((await open().sweep(DAY_MS)).removed).toBe(0);
      expect(await isThere()).toBe(true);
    });

    test("a file is removed at once if nothing refers to it, and not while it is just being stored again", async () => {
      const files = open();
      await files.blobs.put(BYTES);
      files.kept([DIGEST]);
      referred.add(DIGEST);
      expect(await files.remove(DIGEST)).toBe(true);
      expect(await isThere()).toBe(true);
      referred.clear();
      await files.close();
      await files.blobs.put(BYTES);
      expect(await files.remove(DIGEST)).toBe(false);
      expect(await isThere()).toBe(true);
      files.kept([DIGEST]);
      await files.close();
      expect(await files.remove(DIGEST)).toBe(true);
      expect(await isThere()).toBe(false);
      expect(await files.remove(DIGEST)).toBe(true);
      await files.blobs.put(BYTES);
      expect(await isThere()).toBe(true);
    });

    test("a note that an ended process left does not keep a file for ever", async () => {
      await open().blobs.put(BYTES);
      const later = open();
      // Where several processes may work, the one that noted it may still be at it.
      expect(await later.remove(DIGEST)).toBe(store.kind === "sqlite");
      nowMs += DAY_MS;
      expect(await later.remove(DIGEST)).toBe(true);
      expect(await isThere()).toBe(false);
    });
  });
}
