import { overloaded, PROCESS_GATE, translate } from "@throughline/rpc";
import type { GatewayResponse } from "./gateway-response.ts";
import { type ErrorShape, sendRefusal, type WholeError, wholeError } from "./http-error.ts";

/**
 * Lets a call in until it is answered, if the process can answer it in time. Otherwise gives false, and refuses it with OVERLOADED, a while later: a
 * connection has one request at a time, so that whoever comes again at once is read again only then. To read and to refuse takes as long
 * as to answer, and who is refused at once may come a hundred times while others wait for one answer.
 */
export function passGate(response: GatewayResponse, shape: ErrorShape): boolean {
  if (PROCESS_GATE.enter(Number.POSITIVE_INFINITY)) {
    response.whenOver(PROCESS_GATE.leave);
    return true;
  }
  hold(response, refusalOf(PROCESS_GATE.retryMs(), shape));
  return false;
}

/** How long a refusal is held back, and how often those that are due are sent. */
const [HOLD_MS, LOOK_MS] = [200, 10];
/** Of more than these the next are sent at once: one connection may bring several requests without waiting for answers. */
const HELD_MAX = 4_096;

interface Held {
  readonly response: GatewayResponse;
  readonly refusal: WholeError;
  readonly dueAt: number;
}

/** In the order in which they are due. */
let held: Held[] = [];
let looking: NodeJS.Timeout | undefined;

function hold(response: GatewayResponse, refusal: WholeError): void {
  if (held.length >= HELD_MAX) {
    sendRefusal(response, refusal);
    return;
  }
  held.push({ response, refusal, dueAt: performance.now() + HOLD_MS });
  looking ??= setInterval(sendDue, LOOK_MS);
}

function sendDue(): void {
  const now = performance.now();
  const later = held.findIndex((it) => it.dueAt > now);
  const due = later < 0 ? held : held.slice(0, later);
  held = later < 0 ? [] : held.slice(later);
  for (const { response, refusal } of due) if (!response.destroyed) sendRefusal(response, refusal);
  if (held.length > 0) return;
  clearInterval(looking);
  looking = undefined;
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
