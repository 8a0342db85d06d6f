import type { DescMethod } from "@bufbuild/protobuf";
import { GRPCInferenceService } from "@throughline/contracts/inference/open_inference_pb";
import { InferenceService } from "@throughline/contracts/throughline/inference/v1/inference_service_pb";
import { DomainError } from "@throughline/kernel";
import { LOOK_MS, loadLimit } from "./load-limit.ts";

/** The door of a process to calls that come in numbers: lets in what the event loop can answer in time. */
export interface LoadGate {
  /** True: the call is let in, and `leave` must be called at its end. False: it is to be refused, before any work. */
  enter(leftMs: number): boolean;
  leave(): void;
  /**
   * True for a moment after the process did nothing for some time, be it that it was stopped or that nobody called: more may have come meanwhile than it lets in in one turn,
   * and it is not overloaded.
   */
  hasStood(): boolean;
  /** Calls `run` once, when there may be room for a call again: for those that wait instead of being refused. */
  whenRoom(run: () => void): void;
  /** After how long a refused caller should come again: callers are spread, so that they do not come back all at once. */
  retryMs(): number;
}

/** Time and chance, in milliseconds and from 0 to 1. */
export interface GateSources {
  readonly now: () => number;
  readonly random: () => number;
  /** How long the event loop has been busy since it began. */
  readonly busyMs: () => number;
  /** Calls `look` every so often, until the returned function is called. */
  readonly every: (ms: number, look: () => void) => () => void;
  /** Calls once this turn of the event loop has read what there was. */
  readonly afterTurn: (run: () => void) => void;
}

/**
 * So many calls are let in in one turn of the loop, also if others have left in it: a turn may read tens of thousands of them, and those that are refused further in, after
 * most of the work, have left before the next is read.
 */
const TURN_MOST = 512;

/** A look that is late by more than this, once, is one after a stand; what came meanwhile is let in within the next MOMENT_MS. */
const [STOOD_MS, MOMENT_MS] = [100, 250];

/** Looks without a call at work and without a limit after which nobody looks any more. */
const IDLE_LOOKS = 50;

/** Retries are spread over so many steps of RETRY_STEP_MS. */
const RETRY_STEPS = 16;
const RETRY_STEP_MS = 20;

export function loadGate({ now, random, busyMs, every, afterTurn }: GateSources): LoadGate {
  const limit = loadLimit();
  let atWork = 0;
  let enteredInTurn = 0;
  let isRefusing = false;
  let stoodUntil = Number.NEGATIVE_INFINITY;
  let stop: (() => void) | undefined;
  let dueAt = 0;
  let lookedAt = 0;
  let busyUntilThen = 0;
  let idleLooks = 0;
  const asking = askers(afterTurn, () => atWork < limit.most());

  const look = (): void => {
    const at = now();
    const busy = busyMs();
    const busyShare = (busy - busyUntilThen) / (at - lookedAt);
    const lateMs = Math.max(0, at - dueAt);
    // A loop that refuses, or is late again and again, is so because of what it has to do.
    if (lateMs > STOOD_MS && limit.lateMs() <= STOOD_MS && !isRefusing && !limit.isLess()) stoodUntil = at + MOMENT_MS;
    limit.look({ lateMs, busyShare, atWork, isRefusing });
    isRefusing = false;
    lookedAt = at;
    busyUntilThen = busy;
    dueAt = at + LOOK_MS;
    asking.tell();
    idleLooks = atWork > 0 || limit.isLess() ? 0 : idleLooks + 1;
    if (idleLooks < IDLE_LOOKS) return;
    stop?.();
    stop = undefined;
  };
  const start = (): void => {
    lookedAt = now();
    stoodUntil = lookedAt + MOMENT_MS;
    busyUntilThen = busyMs();
    dueAt = lookedAt + LOOK_MS;
    idleLooks = 0;
    stop = every(LOOK_MS, look);
  };
  const endTurn = (): void => {
    enteredInTurn = 0;
    asking.tell();
  };
  return {
    enter(leftMs) {
      if (stop === undefined) start();
      const most = limit.most();
      // Under overload, whoever has less time than a turn of the loop takes gets no answer in time.
      const isTooLate = leftMs < limit.lateMs() && limit.isLess();
      if (atWork >= most || enteredInTurn >= Math.min(most, TURN_MOST) || isTooLate) {
        isRefusing = true;
        return false;
      }
      if (enteredInTurn === 0) afterTurn(endTurn);
      enteredInTurn += 1;
      atWork += 1;
      return true;
    },
    leave() {
      atWork -= 1;
      asking.tell();
    },
    hasStood: () => now() < stoodUntil,
    whenRoom: asking.add,
    retryMs: () => RETRY_STEP_MS * (RETRY_STEPS + Math.floor(RETRY_STEPS * random())),
  };
}

/** Those who wait for room. What leaves in one turn of the loop makes room together: they are told once for all of it. */
function askers(afterTurn: GateSources["afterTurn"], hasRoom: () => boolean) {
  let asking: (() => void)[] = [];
  let isTelling = false;
  const tellAll = (): void => {
    isTelling = false;
    if (!hasRoom()) return;
    const all = asking;
    asking = [];
    for (const it of all) it();
  };
  return {
    add: (run: () => void): void => void asking.push(run),
    tell(): void {
      if (asking.length === 0 || isTelling) return;
      isTelling = true;
      afterTurn(tellAll);
    },
  };
}

/** The gate of this process: it has one event loop, whatever it serves. */
export const PROCESS_GATE: LoadGate = loadGate({
  now: () => performance.now(),
  random: Math.random,
  busyMs: () => performance.eventLoopUtilization().active,
  every(ms, look) {
    const timer = setInterval(look, ms).unref();
    return () => clearInterval(timer);
  },
  afterTurn: setImmediate,
});

/** The calls that pass the gate. Probes and everything that manages the platform do not: they must work when it matters most. */
const GATED: ReadonlySet<DescMethod> = new Set<DescMethod>([
  GRPCInferenceService.method.modelInfer,
  InferenceService.method.predict,
  InferenceService.method.predictRows,
]);

export const isGated = (method: DescMethod): boolean => GATED.has(method);

/** More calls came than this process can answer in time. */
export const overloaded = (retryMs: number): DomainError =>
  new DomainError(
    "exhausted",
    "OVERLOADED",
    `More calls come than can be answered in time. Try again in ${retryMs} ms, or send several rows in one call.`,
    { retryAfterMs: retryMs },
  );
