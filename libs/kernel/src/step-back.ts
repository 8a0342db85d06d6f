import { readdirSync } from "node:fs";
import { constants, getPriority, setPriority } from "node:os";

/** Each step takes a fifth of the share: what has stepped back has about a tenth of that of others. */
const STEPS = 10;

/**
 * Ranks a process that was just started behind what serves: where the processors are short it waits, and where there is room it makes no
 * difference. Threads rank as the one that begins them: it is for the moment after the start, and ranks those that were quicker too. A system that
 * does not know ranks goes without.
 */
export function stepBack(pid: number | undefined): void {
  if (pid === undefined) return;
  tried(() => {
    const rank = Math.min(constants.priority.PRIORITY_LOW, getPriority() + STEPS);
    setPriority(pid, rank);
    if (process.platform !== "linux") return;
    for (const it of readdirSync(`/proc/${pid}/task`)) tried(() => setPriority(Number(it), rank));
  });
}

/** What has ended, or may not be ranked, is as it would be otherwise. */
function tried(rank: () => void): void {
  try {
    rank();
  } catch {
    // Nothing depends on it.
  }
}
