import { overloaded, PROCESS_GATE, PROCESS_ROOM, translate, type Waiting } from "@throughline/rpc";
import { leftUntil } from "./caller-time.ts";
import type { GatewayResponse } from "./gateway-response.ts";
import { type ErrorShape, sendRefusal, type WholeError, wholeError } from "./http-error.ts";

/** A call in front of the process's gate. */
export interface Entering {
  readonly response: GatewayResponse;
  /** Until when its caller waits for the answer, by `performance.now()`. */
  readonly deadline: number;
  readonly shape: ErrorShape;
}

/**
 * Lets a call in until it is answered: at once if the process has room for it, which is what usually gives true. Otherwise it waits at the door, its body unread,
 * and comes in as soon as there is room. Whose time there is over is refused with OVERLOADED, and false is given. A connection has one request
 * at a time, and to read and refuse it costs as much as an answer: who is refused at once would only come again. So the
 * connections themselves hold back what is too much, and nothing that was read is read for nothing while their callers have time.
 */
export function passGate(entering: Entering): true | Promise<boolean> {
  const { response, deadline } = entering;
  if (PROCESS_ROOM.isEmpty() && PROCESS_GATE.enter(leftUntil(deadline))) {
    response.whenOver(PROCESS_GATE.leave);
    return true;
  }
  return waitForRoom(entering);
}

function waitForRoom({ response, deadline, shape }: Entering): Promise<boolean> {
  response.req.keepBody();
  return new Promise((resolve) => {
    const waiting: Waiting = {
      isGone: () => response.destroyed,
      enter() {
        response.whenOver(PROCESS_GATE.leave);
        resolve(true);
      },
      refuse() {
        if (!response.destroyed) sendRefusal(response, refusalOf(PROCESS_GATE.retryMs(), shape));
        resolve(false);
      },
    };
    PROCESS_ROOM.wait(waiting, leftUntil(deadline));
  });
}

/** What refused calls are answered, by when to come again: there are few, and under overload nothing is sent more often. */
const refusals = new Map<ErrorShape, Map<number, WholeError>>();

function refusalOf(retryMs: number, shape: ErrorShape): WholeError {
  const known = refusals.get(shape) ?? new Map<number, WholeError>();
  refusals.set(shape, known);
  let refusal = known.get(retryMs);
  if (refusal === undefined) {
    refusal = wholeError(
      translate(overloaded(retryMs), () => {}),
      { shape },
    );
    known.set(retryMs, refusal);
  }
  return refusal;
}
