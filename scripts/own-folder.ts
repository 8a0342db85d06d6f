import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";

/** Lends a new folder in `parent`, which nobody else has, and removes it afterwards. */
export async function withOwnFolder<T>(parent: string, use: (folder: string) => Promise<T>): Promise<T> {
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, "own-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
