import type { RequestHeaders, WholeAnswer } from "@throughline/http2";
import { translate } from "./errors.ts";
import type { GrpcCall } from "./grpc-call.ts";
import type { ServedMethod } from "./grpc-methods.ts";
import { refusalOf } from "./grpc-refusal.ts";
import { timeoutMsOf } from "./grpc-status.ts";
import { type LoadGate, overloaded } from "./load-gate.ts";
import type { WaitingRoom } from "./waiting-room.ts";

/** Where the calls of a server come in. */
export interface Door {
  readonly methods: ReadonlyMap<string, ServedMethod>;
  readonly gate: LoadGate;
  readonly room: WaitingRoom;
  /** The headers of the last call that was neither turned away nor let in: its stream is next. */
  waiting: RequestHeaders | undefined;
}

/** What is done with the one message of a call, and with the pieces that it comes in. */
export interface Dealing {
  readonly goOn: (input: unknown) => Promise<void>;
  readonly consumed: (piece: Buffer) => void;
}

export const isCall = (headers: RequestHeaders): boolean =>
  headers[":method"] === "POST" && headers["content-type"]?.startsWith("application/grpc") === true;

/** So many may wait: what is answered well within their time. */
const WAITING_MAX = 1_024;

/**
 * The refusal of a call that is not let in. One that passes the gate and has no refusal has entered it, or waits: a process that stood finds all before it that came
 * meanwhile, more than it lets in in one turn. Otherwise a call is refused at once, which costs a fraction of taking it: what is held back then comes too late.
 */
export function turnAway(door: Door, headers: RequestHeaders): WholeAnswer | undefined {
  const { methods, gate, room } = door;
  if (!methods.get(headers[":path"] ?? "")?.isGated || !isCall(headers)) return undefined;
  if (room.isEmpty() && gate.enter(leftMsOf(headers))) return undefined;
  if (!gate.hasStood() || room.count() >= WAITING_MAX) return refusalOf(gate.retryMs());
  door.waiting = headers;
  return undefined;
}

/** True if the call of these headers is yet to be let in. Asked once of each. */
export function isWaiting(door: Door, headers: RequestHeaders): boolean {
  const isThis = door.waiting === headers;
  door.waiting = undefined;
  return isThis;
}

/** Lets a call wait for room. Its message is read no further than its window goes, and nothing is done with it, until it is in. */
export function onceIn(
  { gate, room }: Door,
  headers: RequestHeaders,
  { call, goOn, consumed }: Dealing & { readonly call: GrpcCall },
): Dealing {
  let isIn = false;
  let pieces: Buffer[] = [];
  let whenIn: (() => void) | undefined;
  room.wait(
    {
      isGone: () => call.isOver,
      enter() {
        isIn = true;
        call.entered(gate);
        for (const it of pieces) consumed(it);
        pieces = [];
        whenIn?.();
      },
      refuse: () => call.fail(translate(overloaded(gate.retryMs()), () => {})),
    },
    leftMsOf(headers),
  );
  return {
    goOn: async (input) => {
      if (isIn) return goOn(input);
      whenIn = () => void goOn(input);
    },
    consumed(piece) {
      if (isIn) consumed(piece);
      else pieces.push(piece);
    },
  };
}

function leftMsOf(headers: RequestHeaders): number {
  const timeout = headers["grpc-timeout"];
  return (timeout === undefined ? undefined : timeoutMsOf(timeout)) ?? Number.POSITIVE_INFINITY;
}
