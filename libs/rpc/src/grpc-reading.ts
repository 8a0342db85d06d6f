import { Code, ConnectError } from "@connectrpc/connect";
import { Crowd, LIMITS } from "@throughline/kernel";
import type { GrpcCall } from "./grpc-call.ts";

/** How often it is looked for requests that are late. */
const LOOK_MS = 10_000;

/** The calls whose request has one message that did not end yet: none may hold its stream open for as long as it likes. */
export interface Reading {
  begin(call: GrpcCall): void;
  /** The request is there, or will never be. */
  end(call: GrpcCall): void;
  /** Ends the calls whose request should have been there by now. Done by itself from time to time. */
  look(nowMs?: number): void;
  close(): void;
}

/** Watches over requests. A caller may name a shorter deadline, and be ended by that. */
export function watchReading(): Reading {
  const begun = new Crowd<GrpcCall>();
  const look = (nowMs = performance.now()): void => {
    for (const call of begun) {
      if (nowMs - call.beganAtMs < LIMITS.deadlineMsMax) continue;
      begun.delete(call);
      call.fail(new ConnectError(`the request was not there after ${LIMITS.deadlineMsMax} ms`, Code.DeadlineExceeded));
    }
  };
  const timer = setInterval(look, LOOK_MS).unref();
  return {
    look,
    begin: (call) => begun.add(call),
    end: (call) => begun.delete(call),
    close: () => clearInterval(timer),
  };
}
