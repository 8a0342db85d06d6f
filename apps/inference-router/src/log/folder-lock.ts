import { readFileSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { logLocked } from "../domain/errors.ts";

/**
 * Makes sure that one process at a time has a folder: two writers would cut off each other's records. The lock names its
 * process and when that started, so that a lock whose process is gone, or whose number another process has now, is void.
 * Fails with PREDICTION_LOG_LOCKED.
 */
export async function lockFolder(dir: string): Promise<{ release(): Promise<void> }> {
  const path = join(dir, "lock");
  const own = `${process.pid} ${startOf(process.pid)}`;
  const holder = await readFile(path, "utf8").catch(() => "");
  const pid = Number(holder.split(" ")[0]);
  if (holder !== "" && isAlive(holder, pid)) throw logLocked(dir, pid);
  await rm(path, { force: true });
  await writeFile(path, own, { flag: "wx" }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === "EEXIST" ? logLocked(dir, 0) : error;
  });
  return { release: () => rm(path, { force: true }) };
}

function isAlive(holder: string, pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: there is such a process, of another user.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return holder === `${pid} ${startOf(pid)}`;
}

/**
 * When a process started, in ticks of the system; empty where the system does not tell. A process that has ended and is only
 * kept for its parent gets another answer than while it lived.
 */
function startOf(pid: number): string {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? "ended" : (fields[19] ?? "");
  } catch {
    return "";
  }
}
