import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

const PAGE_BYTES = 4_096;
const run = promisify(execFile);

/** Bytes of memory that a process holds now; undefined if that cannot be known, for instance because it ended. */
export async function residentBytes(pid: number): Promise<number | undefined> {
  try {
    if (process.platform === "linux") {
      const pages = Number((await readFile(`/proc/${pid}/statm`, "utf8")).split(" ")[1]);
      return Number.isFinite(pages) ? pages * PAGE_BYTES : undefined;
    }
    const { stdout } = await run("ps", ["-o", "rss=", "-p", String(pid)]);
    return Number(stdout.trim()) * 1_024 || undefined;
  } catch {
    // The process is gone, or this system does not tell: the time limit still holds.
    return undefined;
  }
}
