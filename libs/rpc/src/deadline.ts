import { AsyncLocalStorage } from "node:async_hooks";
import { Crowd, type Member } from "@throughline/kernel";

/** Something that ends at a time, unless it is over before: most calls are, long before. */
export interface Due extends Member {
  /** By `performance.now()`. */
  readonly dueAtMs: number;
  /** Of what is due soon; set and read here alone. */
  timer: NodeJS.Timeout | undefined;
  expire(): void;
}

/** What is due later shares one timer until then: a timer of its own costs a call as much as its way through the process. */
const SOON_MS = 2_000;
const LOOK_MS = 1_000;

const later = new Crowd<Due>();
let looking: NodeJS.Timeout | undefined;

/** Calls `expire` at its time, until `forgetDeadline`. */
export function awaitDeadline(due: Due): void {
  const leftMs = due.dueAtMs - performance.now();
  if (leftMs <= SOON_MS) {
    due.timer = setTimeout(expire, leftMs, due);
    return;
  }
  later.add(due);
  looking ??= outsideOfCalls(() => setInterval(look, LOOK_MS).unref());
}

export function forgetDeadline(due: Due): void {
  if (due.timer === undefined) later.delete(due);
  else clearTimeout(due.timer);
}

/** The timer is everybody's, and must not go on in the scope of the call that came first. */
const outsideOfCalls = AsyncLocalStorage.snapshot();

function look(): void {
  for (const it of later) {
    if (it.dueAtMs - performance.now() > SOON_MS) continue;
    later.delete(it);
    awaitDeadline(it);
  }
  if (later.size > 0) return;
  clearInterval(looking);
  looking = undefined;
}

const expire = (due: Due): void => due.expire();
