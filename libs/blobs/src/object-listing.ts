import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Digest } from "@throughline/kernel";
import type { BlobInfo } from "./blob-store.ts";
import { codeOf } from "./errors.ts";
import { hexOf } from "./object-path.ts";
import { pinDirectory } from "./pinned-directory.ts";

/** Up to `limit` objects after `after` in the order of their digests. What is not an object of the store is left out. */
export async function listObjects(
  objects: string,
  after: Digest | undefined,
  limit: number,
): Promise<readonly BlobInfo[]> {
  const found: BlobInfo[] = [];
  for await (const { name, size } of filesInShards(objects, after === undefined ? "" : hexOf(after))) {
    if (/^[0-9a-f]{64}$/.test(name)) found.push({ digest: `sha256:${name}`, size });
    if (found.length === limit) break;
  }
  return found;
}

/** The plain files in the shards of a tree whose names come after `start`, by name. */
export async function* filesInShards(
  root: string,
  start: string,
): AsyncGenerator<{ readonly name: string; readonly size: number }> {
  for await (const shard of shardsFrom(root, start)) {
    await using dir = await pinDirectory(join(root, shard.slice(0, 2), shard.slice(2)));
    const names = (await readdir(dir.at("."))).filter((it) => it.startsWith(shard) && it > start);
    for (const name of names.sort()) {
      const size = await sizeOfFile(dir.at(name));
      if (size !== undefined) yield { name, size };
    }
  }
}

/** The four hex digits of each shard that may hold names after `start`, in order. */
async function* shardsFrom(root: string, start: string): AsyncGenerator<string> {
  for (const first of await folderNames(root)) {
    if (first < start.slice(0, 2)) continue;
    for (const second of await folderNames(join(root, first))) {
      if (first + second >= start.slice(0, 4)) yield first + second;
    }
  }
}

async function folderNames(path: string): Promise<readonly string[]> {
  await using dir = await pinDirectory(path);
  const entries = await readdir(dir.at("."), { withFileTypes: true });
  return entries
    .filter((it) => it.isDirectory() && /^[0-9a-f]{2}$/.test(it.name))
    .map((it) => it.name)
    .sort();
}

/** Undefined for what is not a plain file, or was removed since its folder was read. */
async function sizeOfFile(path: string): Promise<number | undefined> {
  try {
    const found = await lstat(path);
    return found.isFile() ? found.size : undefined;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
