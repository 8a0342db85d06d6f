import type { IncomingMessage } from "node:http";
import { LIMITS } from "@throughline/kernel";
import { timeoutMsOf } from "@throughline/rpc";

/**
 * Until when the caller of a request waits for its answer, by `performance.now()`: as it says by `grpc-timeout`, in the form of gRPC (`250m`), which others who turn REST into gRPC
 * take too. At most as long as any call may take, which also counts where nothing is said, or nothing that is a time.
 */
export function callerDeadline(request: IncomingMessage): number {
  const said = request.headers["grpc-timeout"];
  const saidMs = said === undefined ? undefined : timeoutMsOf(said.toString());
  return performance.now() + Math.min(saidMs ?? Number.POSITIVE_INFINITY, LIMITS.deadlineMsMax);
}

/** What is left until then, in whole milliseconds: gRPC tells no parts of them. Never nothing: who has no time is told so by whoever is called. */
export const leftUntil = (deadline: number): number => Math.max(1, Math.ceil(deadline - performance.now()));
