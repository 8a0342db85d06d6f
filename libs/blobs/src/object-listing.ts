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
  const start = after === undefined ? "" : hexOf(after);
  const found: BlobInfo[] = [];
  for await (const shard of shardsFrom(objects, start)) {
    found.push(...(await objectsOfShard(objects, shard, { start, limit: limit - found.length })));
    if (found.length === limit) break;
  }
  return found;
}

/** The four hex digits of each shard that may hold digests after `start`, in order. */
async function* shardsFrom(objects: string, start: string): AsyncGenerator<string> {
  for (const first of await folderNames(objects)) {
    if (first < start.slice(0, 2)) continue;
    for (const second of await folderNames(join(objects, first))) {
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

async function objectsOfShard(
  objects: string,
  shard: string,
  { start, limit }: { readonly start: string; readonly limit: number },
): Promise<readonly BlobInfo[]> {
  await using dir = await pinDirectory(join(objects, shard.slice(0, 2), shard.slice(2)));
  const names = (await readdir(dir.at("."))).filter((it) => /^[0-9a-f]{64}$/.test(it) && it.startsWith(shard));
  const found: BlobInfo[] = [];
  for (const name of names.sort()) {
    if (found.length === limit) break;
    if (name <= start) continue;
    const size = await sizeOfFile(dir.at(name));
    if (size !== undefined) found.push({ digest: `sha256:${name}`, size });
  }
  return found;
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
