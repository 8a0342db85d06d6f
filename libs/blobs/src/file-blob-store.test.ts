import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Digest, digestOfBytes } from "@throughline/kernel";
import { afterAll, expect, test } from "vitest";
import { fileBlobStore } from "./file-blob-store.ts";
import { testBlobStore } from "./laws.ts";
import { hexOf, shardPath } from "./object-path.ts";
import { startWriter } from "./testing-child.ts";
import { contentOf, read, reasonOf } from "./testing-content.ts";

const base = await mkdtemp(join(tmpdir(), "throughline-blobs-"));
afterAll(() => rm(base, { recursive: true, force: true }));
const newDir = () => mkdtemp(join(base, "store-"));
const pathOf = (dir: string, digest: Digest) => join(shardPath(join(dir, "objects"), digest), hexOf(digest));

testBlobStore("file system", async () => {
  const dir = await newDir();
  return {
    store: await fileBlobStore(dir),
    async damage(digest, bytes) {
      await chmod(pathOf(dir, digest), 0o600);
      await writeFile(pathOf(dir, digest), bytes);
    },
  };
});

const secret = Buffer.from("what stands outside of the data folder");
const secretDigest = digestOfBytes(secret);

test.each([
  ["a link to a file outside", async (path: string) => symlink(await secretFile(), path)],
  ["a dangling link", async (path: string) => symlink("/nowhere/at/all", path)],
  ["a pipe that nobody writes", async (path: string) => void execFileSync("mkfifo", [path])],
  ["a folder", async (path: string) => void (await mkdir(path))],
  ["a socket", async (path: string) => listenBriefly(path)],
])("%s in the place of an object is refused without waiting", async (_, plant) => {
  const dir = await newDir();
  const store = await fileBlobStore(dir);
  const path = pathOf(dir, secretDigest);
  await mkdir(dirname(path), { recursive: true });
  await plant(path);
  expect(await reasonOf(() => read(store.get(secretDigest)))).toBe("BLOB_CORRUPT");
  expect(await reasonOf(() => read(store.get(secretDigest, { range: { offset: 0 } })))).toBe("BLOB_CORRUPT");
  expect(await reasonOf(() => store.stat(secretDigest))).toBe("BLOB_CORRUPT");
  expect(await reasonOf(() => store.localFile(secretDigest))).toBe("BLOB_CORRUPT");
  expect(await store.list({ limit: 10 })).toEqual([]);
});

async function secretFile(): Promise<string> {
  const path = join(await newDir(), "secret");
  await writeFile(path, secret);
  return path;
}

/** Leaves a socket file behind, bound through a short path since socket paths may have 108 bytes at most. */
async function listenBriefly(path: string): Promise<void> {
  const server = createServer();
  const short = join(base, "socket");
  server.listen(short);
  await once(server, "listening");
  await rename(short, path);
  server.close();
  await once(server, "close");
}

test("a folder in the place of an object makes a put fail, and anything smaller is replaced", async () => {
  const dir = await newDir();
  const store = await fileBlobStore(dir);
  const path = pathOf(dir, secretDigest);
  await mkdir(path, { recursive: true });
  expect(await reasonOf(() => store.put(secret))).toBe("BLOB_CORRUPT");
  expect(await readdir(join(dir, "tmp"))).toEqual([]);
  await rm(path, { recursive: true });
  const outside = await secretFile();
  await symlink(outside, path);
  await store.put(secret);
  expect(await read(store.get(secretDigest))).toEqual(secret);
});

test.each([
  ["first", (dir: string) => join(dir, "objects", hexOf(secretDigest).slice(0, 2))],
  ["second", (dir: string) => shardPath(join(dir, "objects"), secretDigest)],
  ["whole", (dir: string) => join(dir, "objects")],
  ["temporary", (dir: string) => join(dir, "tmp")],
])("a link in the place of the %s folder is never followed", async (_, folderOf) => {
  const dir = await newDir();
  const outside = await newDir();
  const store = await fileBlobStore(dir);
  await store.put(secret);
  const folder = folderOf(dir);
  await rename(folder, join(outside, "moved"));
  await symlink(join(outside, "moved"), folder);
  const before = await readdir(outside, { recursive: true });
  expect(await reasonOf(() => store.put(secret))).toBe("BLOB_CORRUPT");
  if (!folder.endsWith("tmp")) {
    expect(await reasonOf(() => read(store.get(secretDigest)))).toBe("BLOB_CORRUPT");
    expect(await reasonOf(() => store.delete(secretDigest))).toBe("BLOB_CORRUPT");
  }
  expect(await readdir(outside, { recursive: true })).toEqual(before);
});

test.each([
  ["the folder of an object", (dir: string, digest: Digest) => shardPath(join(dir, "objects"), digest), ""],
  [
    "the folder above it",
    (dir: string, digest: Digest) => dirname(shardPath(join(dir, "objects"), digest)),
    hexOf(digestOfBytes("raced")).slice(2, 4),
  ],
])("swapping %s for a link while objects are read and written never leads outside", async (_, folderOf, below) => {
  const [dir, outside] = [await newDir(), await newDir()];
  const store = await fileBlobStore(dir);
  const bytes = Buffer.from("raced");
  const { digest } = await store.put(bytes);
  const secretPath = join(outside, below, hexOf(digest));
  await mkdir(dirname(secretPath), { recursive: true });
  await writeFile(secretPath, secret);
  const swapping = startSwapping(folderOf(dir, digest), outside);
  const outcomes = new Set<string>();
  try {
    // At least so often, and until the reads have met both the folder and its absence.
    for (let i = 0; i < 1_000 || outcomes.size < 2 || !outcomes.has("none"); i++) {
      const part = async () => expect(await read(store.get(digest, { range: { offset: 0 } }))).toEqual(bytes);
      outcomes.add(await reasonOf(part));
      if (i % 10 === 0) outcomes.add(await reasonOf(() => store.put(bytes)));
    }
  } finally {
    await swapping.stop();
  }
  expect(await readFile(secretPath)).toEqual(secret);
});

/** Replaces a folder by a link to `outside` and puts it back, again and again. */
function startSwapping(folder: string, outside: string): { stop(): Promise<void> } {
  let done = false;
  const swaps = (async () => {
    while (!done) {
      await rename(folder, `${folder}.moved`);
      await symlink(outside, folder);
      await unlink(folder);
      await rename(`${folder}.moved`, folder);
    }
  })();
  return {
    stop() {
      done = true;
      return swaps;
    },
  };
}

test("a writer that dies by kill -9 loses nothing acknowledged and shows nothing partial", async () => {
  const dir = await newDir();
  for (const count of [1, 5, 12]) {
    const writer = startWriter({ url: pathToFileURL(dir).href, cacheDir: dir, size: 1_000_000 + count });
    await writer.acknowledged(count);
    const acknowledged = await writer.kill9();
    expect(acknowledged.length).toBeGreaterThanOrEqual(count);
    const store = await fileBlobStore(dir);
    const listed = await store.list({ limit: 1_000 });
    for (const { digest, size } of listed) expect((await read(store.get(digest))).length).toBe(size);
    expect(listed.map((it) => it.digest)).toEqual(expect.arrayContaining([...acknowledged]));
    await store.sweepOrphans(0);
    expect(await readdir(join(dir, "tmp"))).toEqual([]);
  }
});

test("a full disk is STORAGE_FULL and leaves nothing", async () => {
  const dir = await newDir();
  const writer = startWriter({ url: pathToFileURL(dir).href, cacheDir: dir, size: 2_000_000, fileSizeKibMax: 1_024 });
  expect(await writer.failure()).toBe("STORAGE_FULL");
  expect(await readdir(join(dir, "tmp"))).toEqual([]);
  expect(await (await fileBlobStore(dir)).list({ limit: 1 })).toEqual([]);
});

test("a sweep removes old remains, and spares young ones and puts under way", async () => {
  const dir = await newDir();
  const store = await fileBlobStore(dir);
  await writeFile(join(dir, "tmp", "left-behind"), "12345");
  expect(await store.sweepOrphans(3_600_000)).toEqual({ removed: 0, bytes: 0 });
  const source = async function* () {
    yield Buffer.from("first");
    expect(await store.sweepOrphans(0)).toEqual({ removed: 1, bytes: 5 });
    yield Buffer.from("second");
  };
  expect(await store.put(source())).toEqual({ digest: digestOfBytes("firstsecond"), size: 11 });
});

test("128 MiB go in and out while memory stays flat", async () => {
  const store = await fileBlobStore(await newDir());
  const piece = contentOf(1024 * 1024, 1);
  const before = process.memoryUsage().rss;
  let most = 0;
  const watch = () => {
    most = Math.max(most, process.memoryUsage().rss - before);
  };
  const source = async function* () {
    for (let i = 0; i < 128; i++) {
      yield piece;
      watch();
    }
  };
  const { digest, size } = await store.put(source());
  expect(size).toBe(128 * 1024 * 1024);
  for await (const _ of store.get(digest)) watch();
  expect(most).toBeLessThan(96 * 1024 * 1024);
});
