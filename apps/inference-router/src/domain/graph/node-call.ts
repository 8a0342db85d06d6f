import { isDomainError } from "@throughline/kernel";
import type { CallContext } from "../features.ts";
import { nodeDeadline } from "./errors.ts";
import type { GraphStep } from "./run.ts";

/** The request's call for one node, whose own deadline may come first. */
export function callWithin(
  call: CallContext,
  { signal, deadlineMs }: { readonly signal: AbortSignal; readonly deadlineMs: number | undefined },
): CallContext {
  const { headers, priority } = call;
  const until = deadlineMs === undefined ? undefined : performance.now() + deadlineMs;
  const timeoutMs = (): number | undefined => {
    const leftMs = call.timeoutMs?.();
    if (until === undefined) return leftMs;
    return Math.min(until - performance.now(), leftMs ?? Number.POSITIVE_INFINITY);
  };
  return { headers, signal, timeoutMs, priority };
}

/** Work with the deadline of its node, if it has one. */
export async function inTime<T>(
  step: GraphStep,
  over: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { deadlineMs } = step;
  if (deadlineMs === undefined) return work(over);
  const own = new AbortController();
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const error = nodeDeadline(step.name, deadlineMs);
    reject(error);
    own.abort(error);
  }, deadlineMs);
  const leave = (): void => own.abort(over.reason);
  over.addEventListener("abort", leave, { once: true });
  if (over.aborted) leave();
  try {
    return await Promise.race([work(own.signal), late]);
  } catch (error) {
    // Whoever works for the node is told how long it has, and may see that the time is over before the timer fires.
    if (isDomainError(error) && error.reason === "DEADLINE_EXCEEDED" && !over.aborted) {
      throw nodeDeadline(step.name, deadlineMs);
    }
    throw error;
  } finally {
    clearTimeout(timer);
    over.removeEventListener("abort", leave);
  }
}
