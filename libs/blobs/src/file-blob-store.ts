import { constants } from "node:fs";
import { access, type FileHandle, lstat, mkdir, open, realpath, rename, unlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type Digest, isDomainError, notFound } from "@throughline/kernel";
import { BLOB_LIMITS, type BlobInfo, type BlobStore, type ByteRange } from "./blob-store.ts";
import { resolveRange } from "./byte-range.ts";
import { type CondemnedFiles, condemnedFiles } from "./condemned-files.ts";
import { blobCorrupt, codeOf, translated } from "./errors.ts";
import { listObjects } from "./object-listing.ts";
import { checkedLimit, hexOf, shardPath } from "./object-path.ts";
import { type PinnedDirectory, pinDirectory } from "./pinned-directory.ts";
import { openSpool, type Spooled } from "./spool.ts";
import { verifiedFiles } from "./verified-files.ts";
import { verifiedStream } from "./verified-stream.ts";

/**
 * Opens a BlobStore in the folder `dir`, which is made when it is missing. Several processes may share it.
 *
 * An object is the file `objects/ab/cd/<64 hex digits>`. A put writes and syncs a file in `tmp`, renames it into place
 * and syncs the folder; the rename also replaces a damaged object of that digest by the good one. A link, pipe or folder in
 * the place of an object or of a folder of the store is refused with BLOB_CORRUPT, and never followed or waited for. A
 * condemned object is a file below `condemned`, where it is moved by one rename.
 */
export async function fileBlobStore(dir: string): Promise<BlobStore> {
  for (const folder of FOLDERS) await makeRoot(join(resolve(dir), folder));
  const root = await realpath(dir);
  const [objects, aside] = [join(root, "objects"), join(root, "condemned")];
  const spool = openSpool(join(root, "tmp"));
  const shards = durableShards(objects);
  const verified = verifiedFiles();
  const condemned = condemnedFiles({ root: aside, openKept: shards.open, openCondemned: durableShards(aside).open });

  return {
    put: (source, options = {}) =>
      spool.take(source, options, (content) => translated(() => moveIntoPlace(content, shards))),
    get: (digest, { range } = {}) => read({ objects, condemned }, digest, range),
    stat: (digest) =>
      translated(async () => {
        const found = await statObject(objects, digest);
        if (found !== undefined) return found;
        await condemned.spare(digest);
        return statObject(objects, digest);
      }),
    list: ({ after, limit }) => translated(() => listObjects(objects, after, checkedLimit(limit))),
    delete: (digest) =>
      translated(async () => {
        await condemned.eraseAll(digest);
        await deleteObject(objects, digest);
      }),
    condemn: (digest) => translated(() => condemned.condemn(digest)),
    condemned: ({ after, limit }) =>
      translated(() => condemned.list({ limit: checkedLimit(limit), ...(after !== undefined && { after }) })),
    erase: (id) => translated(() => condemned.erase(id)),
    localFile: (digest) =>
      translated(async () => {
        await using file = await openKept({ objects, condemned }, digest);
        await verified.check(digest, file, (size) => pieces(digest, file, { start: 0, end: size }));
        return join(shardPath(objects, digest), hexOf(digest));
      }),
    sweepOrphans: (olderThanMs) => spool.sweep(olderThanMs),
    ping: () =>
      translated(async () => {
        for (const folder of FOLDERS) await access(join(root, folder), constants.R_OK | constants.W_OK);
      }),
    close: async () => {},
  };
}

const FOLDERS = ["objects", "condemned", "tmp"] as const;

/** Makes a folder with its parents, and makes the names of all that it made durable. */
async function makeRoot(path: string): Promise<void> {
  const firstMade = await mkdir(path, { recursive: true, mode: 0o700 });
  // The folder itself may come from a process that died before it could sync it.
  const last = dirname(firstMade ?? path);
  for (let parent = dirname(path); ; parent = dirname(parent)) {
    await using dir = await pinDirectory(await realpath(parent));
    await dir.sync();
    if (parent === last || parent === dirname(parent)) return;
  }
}

interface Shards {
  /** Opens the folder for a digest; it and its parents exist durably. */
  open(digest: Digest): Promise<PinnedDirectory>;
}

/**
 * Makes the folders of objects. A new folder counts only once its parent is synced, and one that some earlier process made
 * may not be, so each is synced once per process: at most 65,536 remembered names.
 */
function durableShards(objects: string): Shards {
  const durable = new Set<string>();
  return {
    async open(digest) {
      const hex = hexOf(digest);
      const [first, second] = [hex.slice(0, 2), hex.slice(2, 4)];
      if (!durable.has(first + second)) {
        await makeDurable(objects, first);
        await makeDurable(join(objects, first), second);
        durable.add(first + second);
      }
      return pinDirectory(join(objects, first, second));
    },
  };
}

async function makeDurable(parent: string, name: string): Promise<void> {
  await using dir = await pinDirectory(parent);
  await mkdir(dir.at(name), { mode: 0o700 }).catch((error: unknown) => {
    if (codeOf(error) !== "EEXIST") throw error;
  });
  await dir.sync();
}

async function moveIntoPlace({ digest, size, name, dir }: Spooled, shards: Shards): Promise<BlobInfo> {
  await using shard = await shards.open(digest);
  try {
    await rename(dir.at(name), shard.at(hexOf(digest)));
  } catch (error) {
    if (codeOf(error) === "EISDIR") throw blobCorrupt(digest, "a folder stands in its place", error);
    throw error;
  }
  await shard.sync();
  return { digest, size };
}

async function statObject(objects: string, digest: Digest): Promise<BlobInfo | undefined> {
  try {
    await using shard = await pinDirectory(shardPath(objects, digest));
    const found = await lstat(shard.at(hexOf(digest)));
    if (!found.isFile()) throw blobCorrupt(digest, "something that is not a plain file stands in its place");
    return { digest, size: found.size };
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function deleteObject(objects: string, digest: Digest): Promise<void> {
  try {
    await using shard = await pinDirectory(shardPath(objects, digest));
    await unlink(shard.at(hexOf(digest)));
    await shard.sync();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    if (["EISDIR", "EPERM"].includes(codeOf(error) ?? ""))
      throw blobCorrupt(digest, "a folder stands in its place", error);
    throw error;
  }
}

/** Where objects are. */
interface Trees {
  readonly objects: string;
  readonly condemned: CondemnedFiles;
}

/** Opens an object; one that is condemned is taken back first. */
async function openKept({ objects, condemned }: Trees, digest: Digest): Promise<FileHandle> {
  try {
    return await openObject(objects, digest);
  } catch (error) {
    if (!isDomainError(error, "NOT_FOUND")) throw error;
    await condemned.spare(digest);
    return openObject(objects, digest);
  }
}

/** Opens an object without following links and without waiting for the other end of a pipe. */
async function openObject(objects: string, digest: Digest): Promise<FileHandle> {
  const handle = await openAnything(objects, digest);
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw blobCorrupt(digest, "something that is not a plain file stands in its place");
}

async function openAnything(objects: string, digest: Digest): Promise<FileHandle> {
  try {
    await using shard = await pinDirectory(shardPath(objects, digest));
    return await open(shard.at(hexOf(digest)), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT") throw notFound(`blobs/${digest}`);
    if (code === "ELOOP" || code === "ENXIO") throw blobCorrupt(digest, "a link or socket stands in its place", error);
    throw error;
  }
}

async function* read(trees: Trees, digest: Digest, range: ByteRange | undefined): AsyncGenerator<Uint8Array> {
  await using file = await translated(() => openKept(trees, digest));
  const { size } = await translated(() => file.stat());
  if (!range) return yield* verifiedStream(digest, pieces(digest, file, { start: 0, end: size }));
  yield* pieces(digest, file, resolveRange(range, size));
}

type Span = ReturnType<typeof resolveRange>;

async function* pieces(digest: Digest, file: FileHandle, { start, end }: Span): AsyncGenerator<Uint8Array> {
  for (let position = start; position < end; ) {
    const buffer = Buffer.allocUnsafe(Math.min(BLOB_LIMITS.chunkBytes, end - position));
    const { bytesRead } = await translated(() => file.read(buffer, 0, buffer.length, position));
    if (bytesRead === 0) throw blobCorrupt(digest, "it was cut while it was read");
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
