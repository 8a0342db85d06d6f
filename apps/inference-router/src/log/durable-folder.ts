import { mkdir, open } from "node:fs/promises";
import { dirname, resolve } from "node:path";

export interface DurableFolder {
  readonly sync: boolean;
  /** A folder above it that was there before any of this. */
  readonly within: string;
}

/**
 * Makes a folder and those above it. With `sync` power loss takes none of them away: each stands on the disk in the one above, also where
 * an earlier process made it, which may not have come to wait for that.
 */
export async function makeFolder(folder: string, { sync, within }: DurableFolder): Promise<void> {
  await mkdir(folder, { recursive: true });
  if (!sync) return;
  const last = resolve(within);
  let at = resolve(folder);
  while (at !== last && at !== dirname(at)) {
    at = dirname(at);
    await syncFolder(at);
  }
}

/** Resolves when the disk has what files the folder has, by their names. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
