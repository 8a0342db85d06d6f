import { type LoadGate, PROCESS_GATE } from "./load-gate.ts";

/** A call that waits at the door. */
export interface Waiting {
  /** Its caller has gone away: nothing is done for it any more. */
  isGone(): boolean;
  /** It has entered the gate. */
  enter(): void;
  refuse(): void;
}

/**
 * Where calls wait until the gate has room for them. Laws:
 * - They enter in the order in which they came. The newest first, once it takes long, would refuse the oldest where all could be answered in time: as many can come as there are connections.
 * - Who has waited for `WAIT_MS`, or for three quarters of its time, is refused; so is who comes when the room is full.
 * - Whose caller has gone neither enters nor is refused.
 */
export interface WaitingRoom {
  isEmpty(): boolean;
  /** Those who wait. */
  count(): number;
  wait(waiting: Waiting, leftMs: number): void;
}

/** Where the room gets its time from, and whose room it is. */
export interface RoomSources {
  readonly gate: Pick<LoadGate, "enter" | "whenRoom">;
  readonly now: () => number;
  /** Calls `look` every so often, until the returned function is called. */
  readonly every: (ms: number, look: () => void) => () => void;
}

/** The longest that a call waits here: many callers who say no deadline give up after a quarter of a second. */
export const WAIT_MS = 200;
/**
 * The share of its time that a call may wait here: what is left is for its answer. It is much, because a refused connection brings its next call at once: where all waited for half
 * as long, twice as many would be read and refused, which takes from the answers, so that still more would be.
 */
const WAIT_SHARE = 0.75;
/** How often is looked for those whose time is over. */
const LOOK_MS = 10;
/** Of more than these the next are refused at once: one connection may bring several requests without waiting for answers. */
export const WAITING_MAX = 4_096;

interface Place {
  readonly waiting: Waiting;
  readonly dueAt: number;
}

export function waitingRoom({ gate, now, every }: RoomSources): WaitingRoom {
  /** In the order in which they came. */
  let line: Place[] = [];
  let stop: (() => void) | undefined;
  let isAsking = false;

  const ask = (): void => {
    if (isAsking || line.length === 0) return;
    isAsking = true;
    gate.whenRoom(letIn);
  };
  const letIn = (): void => {
    isAsking = false;
    let passed = 0;
    for (const { waiting } of line) {
      const isGone = waiting.isGone();
      // Its time was looked at when it came, and is while it waits.
      if (!isGone && !gate.enter(Number.POSITIVE_INFINITY)) break;
      passed += 1;
      if (!isGone) waiting.enter();
    }
    line = line.slice(passed);
    ask();
  };
  const look = (): void => {
    const at = now();
    const over = line.filter((it) => it.dueAt <= at);
    if (over.length > 0) line = line.filter((it) => it.dueAt > at);
    for (const { waiting } of over) if (!waiting.isGone()) waiting.refuse();
    if (line.length > 0) return;
    stop?.();
    stop = undefined;
  };
  return {
    isEmpty: () => line.length === 0,
    count: () => line.length,
    wait(waiting, leftMs) {
      if (line.length >= WAITING_MAX) {
        waiting.refuse();
        return;
      }
      line.push({ waiting, dueAt: now() + Math.min(WAIT_MS, WAIT_SHARE * leftMs) });
      stop ??= every(LOOK_MS, look);
      ask();
    },
  };
}

/** The room in front of a gate, by the process's clock. */
export const waitingRoomOf = (gate: LoadGate): WaitingRoom =>
  waitingRoom({
    gate,
    now: () => performance.now(),
    every(ms, look) {
      const timer = setInterval(look, ms);
      return () => clearInterval(timer);
    },
  });

/** The room in front of the gate of this process, in which all wait in one line, however they came. */
export const PROCESS_ROOM: WaitingRoom = waitingRoomOf(PROCESS_GATE);
