import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

const TICKS_PER_SECOND = 100;

/** A process and all that it started, directly or not. */
export function processTree(root: number): readonly number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    const stat = /^\d+$/.test(name) ? statOf(Number(name)) : undefined;
    if (stat) children.set(Number(stat[1]), [...(children.get(Number(stat[1])) ?? []), Number(name)]);
  }
  const found = [root];
  for (const it of found) found.push(...(children.get(it) ?? []));
  return found;
}

/** Processor time of a process tree in seconds, of ended children too. */
export const cpuSeconds = (root: number): number =>
  processTree(root)
    .flatMap((pid) => statOf(pid)?.slice(11, 15) ?? [])
    .reduce((sum, it) => sum + Number(it), 0) / TICKS_PER_SECOND;

/** Memory of a process tree in MB: what is resident, pages that processes share counted in each of them. */
export const residentMb = (root: number): number => processTree(root).reduce((sum, pid) => sum + rssKb(pid), 0) / 1_024;

/** Processor time that the whole machine has spent on work, in seconds since it started. */
export function busySeconds(): number {
  const [total = "", ...rest] = readFileSync("/proc/stat", "utf8").split("\n");
  if (rest.length === 0) return 0;
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = total.split(/ +/).slice(1).map(Number);
  return (user + nice + system + irq + softirq + steal) / TICKS_PER_SECOND;
}

/** Shares of a core that a server may still use when it counts as started, how long, and how long that may take. */
const SETTLED = { cores: 0.1, forMs: 3_000, withinMs: 180_000 };

/** Resolves when a process tree has nothing left to do: workers may still start long after the first answer. */
export async function settled(root: number): Promise<void> {
  const end = performance.now() + SETTLED.withinMs;
  let before = cpuSeconds(root);
  while (performance.now() < end) {
    await delay(SETTLED.forMs);
    const now = cpuSeconds(root);
    if (now - before < (SETTLED.cores * SETTLED.forMs) / 1_000) return;
    before = now;
  }
}

/** The fields of /proc/PID/stat from the third on; undefined for a process that has ended. */
function statOf(pid: number): readonly string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

function rssKb(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
