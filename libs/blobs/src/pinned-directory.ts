import { constants } from "node:fs";
import { type FileHandle, lstat, open, readlink, realpath } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, storeTampered } from "./errors.ts";

/** An open folder that is known to be the one meant. Disposing of it closes it. */
export interface PinnedDirectory extends AsyncDisposable {
  /**
   * A path of an entry for system calls. On Linux it goes through the open descriptor, so that replacing a parent folder by
   * a link between the check and the use leads nowhere.
   */
  at(name: string): string;
  /** Makes the names in the folder durable. */
  sync(): Promise<void>;
}

/**
 * Opens the folder at `path`, which must be absolute and free of links. Fails with BLOB_CORRUPT when any part of the path
 * is a link, and with the system's ENOENT when there is nothing.
 */
export async function pinDirectory(path: string): Promise<PinnedDirectory> {
  const handle = await openDirectory(path);
  try {
    const throughDescriptor = await assertStandsAt(handle, path);
    return {
      at: (name) => join(throughDescriptor ?? path, name),
      sync: () => handle.sync(),
      [Symbol.asyncDispose]: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function openDirectory(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    if (["ELOOP", "ENOTDIR", "EMLINK"].includes(codeOf(error) ?? "")) throw storeTampered(path, error);
    throw error;
  }
}

/** Checks where the open folder really is. Returns a path through its descriptor on systems that have such paths. */
async function assertStandsAt(handle: FileHandle, path: string): Promise<string | undefined> {
  const throughDescriptor = `/proc/self/fd/${handle.fd}`;
  const real = await readlink(throughDescriptor).catch(() => undefined);
  if (real !== undefined) {
    if (real !== path) throw storeTampered(path);
    return throughDescriptor;
  }
  // Without /proc (macOS) the check is by name and inode. It leaves a short window between check and use, which only
  // somebody who may write into the data folder can use.
  const [resolved, byName, opened] = await Promise.all([realpath(path), lstat(path), handle.stat()]);
  if (resolved !== path || byName.ino !== opened.ino || byName.dev !== opened.dev) throw storeTampered(path);
  return undefined;
}
