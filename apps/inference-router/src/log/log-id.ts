import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { NewId } from "@throughline/kernel";
import { syncFolder } from "./durable-folder.ts";

/**
 * The id of the log in a folder, which stays with it: by it others know a router whose evidence they add to theirs, so that after a
 * restart nothing is counted twice. Made when the folder is new. Nobody else may use the folder meanwhile.
 */
export async function logId(dir: string, newId: NewId): Promise<string> {
  const file = join(dir, "log-id");
  const known = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  if (known !== "") return known;
  const id = newId();
  // Whole or not at all, and for good.
  await writeFile(`${file}.new`, id, { flush: true });
  await rename(`${file}.new`, file);
  await syncFolder(dir);
  return id;
}
