import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { constants, getPriority, setPriority } from "node:os";

/**
 * How the system ranks a model's process where the processors are short: `usual` as the router itself, `probation` behind all that is
 * usual, with a tenth of its share, and `background` with what everything else leaves. Where there is room for all it makes no difference.
 */
export type Rank = keyof typeof LATER_BY;

/** Added to the router's own niceness; each step takes a fifth of the share. */
const LATER_BY = { usual: 0, probation: 10, background: 19 } as const;

/** Ranks a process and all of its threads. False if the system refuses it: anybody may step back, not everybody forward again. */
export function rankProcess(pid: number | undefined, rank: Rank): boolean {
  if (pid === undefined) return false;
  try {
    const priority = Math.min(constants.priority.PRIORITY_LOW, getPriority() + LATER_BY[rank]);
    for (const it of threadsOf(pid)) setPriority(it, priority);
    return true;
  } catch (error) {
    // That it has ended meanwhile is no refusal.
    return !/EACCES|EPERM/.test(String(error));
  }
}

/** Linux ranks each thread by itself, and a new one as the one that starts it; elsewhere a process is ranked as a whole. */
function threadsOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return [pid];
  }
}

/** That a process starts with, to have another one at work: if it can come back, it is not in the way of others while it loads. */
export const startingRank = async (atWork: Rank): Promise<Rank> =>
  atWork === "usual" && (await mayRankUsual()) ? "probation" : atWork;

/** Whether the system lets us rank a process as usual again: tried once, with one that does nothing. */
function mayRankUsual(): Promise<boolean> {
  tried ??= tryRanks();
  return tried;
}

let tried: Promise<boolean> | undefined;

async function tryRanks(): Promise<boolean> {
  // Where there is no such program nothing is known, and processes are replaced rather than ranked again.
  const idle = spawn("/bin/sh", ["-c", "read line"], { stdio: ["pipe", "ignore", "ignore"] });
  const ended = once(idle, "exit").catch(() => {});
  const may = rankProcess(idle.pid, "probation") && rankProcess(idle.pid, "usual");
  idle.kill("SIGKILL");
  await ended;
  return may;
}
