import type { ConnectError } from "@connectrpc/connect";
import { type ServerStream, type WholeAnswer, wholeAnswer } from "@throughline/http2";
import { translate } from "./errors.ts";
import { HEAD } from "./grpc-call.ts";
import { trailersOf } from "./grpc-status.ts";
import { overloaded } from "./load-gate.ts";

/** Answers a stream that is no call of ours. */
export const refuse = (stream: ServerStream, thrown: ConnectError): void =>
  stream.respond([...HEAD, ...trailersOf(thrown)], true);

/** The answers of refused calls, by when to come again: there are few. */
const refusals = new Map<number, WholeAnswer>();

/** The answer to a call that is not let in, whatever it asks for. */
export function refusalOf(retryMs: number): WholeAnswer {
  let refusal = refusals.get(retryMs);
  if (refusal === undefined) {
    refusal = wholeAnswer([...HEAD, ...trailersOf(translate(overloaded(retryMs), () => {}))]);
    refusals.set(retryMs, refusal);
  }
  return refusal;
}
