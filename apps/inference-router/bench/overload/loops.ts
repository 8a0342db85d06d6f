import { readFileSync } from "node:fs";
import type { BareCalls, BareOutcome } from "./bare-calls.ts";

/** In how long an answer is good. */
export const DEADLINE_MS = 250;
/** After how long callers who wait for each answer come again once they were refused. */
const AGAIN_MS = 400;
/** What Linux counts processor time in. */
const TICK_MS = 10;

/** Calls that have ended by how they did, and how long the good ones took. */
export interface Tally {
  readonly counts: Record<BareOutcome, number>;
  readonly goodMs: number[];
  /** Refusals that were looked at, and how many of them said when to come again. */
  readonly seen: { refused: number; saying: number };
}

export interface Closed {
  readonly callers: number;
  readonly ms: number;
  /** The router's process. */
  readonly pid: number;
}

/** So many callers who wait for each answer, and for a while after a refusal. */
export async function closedLoop(calls: BareCalls, { callers, ms, pid }: Closed): Promise<LoadTaken> {
  const tally = newTally();
  counting(calls, tally);
  const startedAt = performance.now();
  const cpuBefore = { callers: process.cpuUsage(), router: routerMs(pid) };
  let ready = callers;
  let isOver = false;
  let isDue = false;
  const look = (): void => {
    isDue = false;
    calls.look(new Array<number>(isOver ? 0 : ready).fill(performance.now()));
    ready = 0;
  };
  const comeAgain = (): void => {
    ready += 1;
    if (isDue) return;
    isDue = true;
    setImmediate(look);
  };
  const count = calls.onEnd;
  calls.onEnd = (outcome, dueAt) => {
    count(outcome, dueAt);
    if (outcome === "refused") setTimeout(comeAgain, AGAIN_MS);
    else comeAgain();
  };
  look();
  // Whom the server does not answer is given up by a look.
  const timer = setInterval(() => calls.look([]), DEADLINE_MS);
  await new Promise((resolve) => setTimeout(resolve, ms));
  const taken = performance.now() - startedAt;
  const good = (1_000 * tally.counts.good) / taken;
  const cores = coresSince(cpuBefore, pid, taken);
  isOver = true;
  await new Promise((resolve) => setTimeout(resolve, DEADLINE_MS + AGAIN_MS));
  clearInterval(timer);
  return { good, ms: taken, cores };
}

export interface Load {
  readonly seconds: number;
  /** The router's process. */
  readonly pid: number;
  readonly perSecond: number;
  /** Where they are counted. */
  readonly tally: Tally;
}

export interface LoadTaken {
  /** Good answers a second. */
  readonly good: number;
  readonly ms: number;
  /** Cores that were busy with it: those of the callers are of this process. */
  readonly cores: { readonly callers: number; readonly router: number };
}

/** So many calls a second, come what may. */
export async function openLoop(calls: BareCalls, { seconds, pid, perSecond, tally }: Load): Promise<LoadTaken> {
  counting(calls, tally);
  const goodBefore = tally.counts.good;
  const cpuBefore = { callers: process.cpuUsage(), router: routerMs(pid) };
  const startedAt = performance.now();
  let sent = 0;
  for (let ms = 0; ms < seconds * 1_000; ms = performance.now() - startedAt) {
    const due: number[] = [];
    for (; sent < (ms / 1_000) * perSecond; sent++) due.push(startedAt + (1_000 * sent) / perSecond);
    calls.look(due);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const ms = performance.now() - startedAt;
  const cores = coresSince(cpuBefore, pid, ms);
  await new Promise((resolve) => setTimeout(resolve, DEADLINE_MS));
  calls.look([]);
  return { good: (1_000 * (tally.counts.good - goodBefore)) / ms, ms, cores };
}

interface CpuBefore {
  readonly callers: NodeJS.CpuUsage;
  readonly router: number;
}

function coresSince(before: CpuBefore, pid: number, ms: number): LoadTaken["cores"] {
  const { user, system } = process.cpuUsage(before.callers);
  return { callers: (user + system) / 1_000 / ms, router: (routerMs(pid) - before.router) / ms };
}

/** Processor time of the router's process, without those of its models. */
function routerMs(pid: number): number {
  const [, rest = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ");
  const [user, system] = rest.split(" ").slice(11, 13).map(Number);
  return ((user ?? 0) + (system ?? 0)) * TICK_MS;
}

export function newTally(): Tally {
  return { counts: { good: 0, refused: 0, late: 0, unsent: 0 }, goodMs: [], seen: { refused: 0, saying: 0 } };
}

function counting(calls: BareCalls, tally: Tally): void {
  calls.onEnd = (outcome, dueAt) => {
    tally.counts[outcome] += 1;
    if (outcome === "good") tally.goodMs.push(performance.now() - dueAt);
  };
  calls.onRefusal = (says) => {
    tally.seen.refused += 1;
    tally.seen.saying += Number(says);
  };
}
