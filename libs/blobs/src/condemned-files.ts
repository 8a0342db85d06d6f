import { randomBytes } from "node:crypto";
import { lstat, readdir, rename, unlink } from "node:fs/promises";
import type { Digest } from "@throughline/kernel";
import type { CondemnedBlob } from "./blob-store.ts";
import { condemnedId, digestOfCondemned, isCondemnedId } from "./condemned-id.ts";
import { blobCorrupt, codeOf } from "./errors.ts";
import { filesInShards } from "./object-listing.ts";
import { hexOf, shardPath } from "./object-path.ts";
import { type PinnedDirectory, pinDirectory } from "./pinned-directory.ts";

/** Opens the folder of a digest, which exists durably with its parents. */
export type OpenShard = (digest: Digest) => Promise<PinnedDirectory>;

/** The two trees of a store: of what is kept and of what is condemned. */
export interface CondemnedFilesOptions {
  /** The folder of condemned objects. */
  readonly root: string;
  readonly openKept: OpenShard;
  readonly openCondemned: OpenShard;
}

/**
 * Condemned objects as files of their own tree. To condemn and to spare is to rename, so that an object is always whole in
 * one of the two trees.
 */
export interface CondemnedFiles {
  condemn(digest: Digest): Promise<string | undefined>;
  /** Takes the object back if it is condemned and not in use. */
  spare(digest: Digest): Promise<void>;
  list(page: { readonly after?: string; readonly limit: number }): Promise<readonly CondemnedBlob[]>;
  erase(id: string): Promise<void>;
  /** Erases all that is condemned under a digest. */
  eraseAll(digest: Digest): Promise<void>;
}

export function condemnedFiles({ root, openKept, openCondemned }: CondemnedFilesOptions): CondemnedFiles {
  const erase = async (id: string): Promise<void> => {
    try {
      await using shard = await pinDirectory(shardPath(root, digestOfCondemned(id)));
      await unlink(shard.at(id));
      await shard.sync();
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
    }
  };
  return {
    async condemn(digest) {
      await using kept = await openKept(digest);
      await using condemned = await openCondemned(digest);
      const id = condemnedId(digest, randomBytes(16));
      if (!(await moved(digest, kept.at(hexOf(digest)), condemned.at(id)))) return undefined;
      await condemned.sync();
      await kept.sync();
      return id;
    },
    async spare(digest) {
      const ids = await idsOf(root, digest);
      if (ids.length === 0) return;
      await using condemned = await openCondemned(digest);
      await using kept = await openKept(digest);
      for (const id of ids) if (await moved(digest, condemned.at(id), kept.at(hexOf(digest)))) break;
      await kept.sync();
      await condemned.sync();
    },
    async list({ after = "", limit }) {
      const found: CondemnedBlob[] = [];
      for await (const { name, size } of filesInShards(root, after)) {
        if (isCondemnedId(name)) found.push({ id: name, digest: digestOfCondemned(name), size });
        if (found.length === limit) break;
      }
      return found;
    },
    erase,
    async eraseAll(digest) {
      for (const id of await idsOf(root, digest)) await erase(id);
    },
  };
}

async function idsOf(root: string, digest: Digest): Promise<readonly string[]> {
  try {
    await using shard = await pinDirectory(shardPath(root, digest));
    return (await readdir(shard.at("."))).filter((it) => it.startsWith(`${hexOf(digest)}.`));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}

/** False if there was nothing to move, or somebody else moved it first. */
async function moved(digest: Digest, from: string, to: string): Promise<boolean> {
  try {
    const found = await lstat(from);
    if (!found.isFile()) throw blobCorrupt(digest, "something that is not a plain file stands in its place");
    await rename(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}
