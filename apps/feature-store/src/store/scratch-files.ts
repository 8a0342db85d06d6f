import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { NewScratch } from "../domain/scratch.ts";
import { spooled } from "./spool.ts";

/** A table process of before may end a moment after the one that it worked for, and put one more file there. */
const REMOVING = { recursive: true, force: true, maxRetries: 20, retryDelay: 50 } as const;

/** Opens the folder for files in between, and removes what an earlier process left in it. One process at a time uses it. */
export async function scratchFiles(dir: string): Promise<NewScratch> {
  await rm(dir, REMOVING);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  return async () => {
    const folder = await mkdtemp(join(dir, "work-"));
    let spools = 0;
    return {
      path: (name) => join(folder, name),
      spool: (source) => spooled(source, join(folder, `spool-${spools++}`)),
      content: (path) => createReadStream(path, { highWaterMark: 1 << 20 }),
      [Symbol.asyncDispose]: () => rm(folder, REMOVING),
    };
  };
}
