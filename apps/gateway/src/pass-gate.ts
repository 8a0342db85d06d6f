import type { ServerResponse } from "node:http";
import { overloaded, PROCESS_GATE } from "@throughline/rpc";

/** Lets a call in until it is answered, if the process can answer it in time. Fails with OVERLOADED. */
export function passGate(response: ServerResponse): void {
  if (!PROCESS_GATE.enter(Number.POSITIVE_INFINITY)) throw overloaded(PROCESS_GATE.retryMs());
  response.once("close", PROCESS_GATE.leave);
}
