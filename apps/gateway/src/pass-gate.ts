import { overloaded, PROCESS_GATE } from "@throughline/rpc";
import type { GatewayResponse } from "./gateway-response.ts";

/** Lets a call in until it is answered, if the process can answer it in time. Fails with OVERLOADED. */
export function passGate(response: GatewayResponse): void {
  if (!PROCESS_GATE.enter(Number.POSITIVE_INFINITY)) throw overloaded(PROCESS_GATE.retryMs());
  response.whenOver(PROCESS_GATE.leave);
}
