import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";

/** Makes a folder and those above it. With `sync` power loss takes none of them away: each stands on the disk in the one above. */
export async function makeFolder(folder: string, { sync }: { readonly sync: boolean }): Promise<void> {
  const first = (await mkdir(folder, { recursive: true })) ?? folder;
  if (!sync) return;
  let above = folder;
  do {
    above = dirname(above);
    await syncFolder(above);
  } while (above.length > dirname(first).length);
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
