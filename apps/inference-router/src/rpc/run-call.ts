import type { HandlerContext } from "@connectrpc/connect";
import type { ModelInferRequest } from "@throughline/contracts/inference/open_inference_pb";
import { RequestPriority } from "@throughline/contracts/throughline/inference/v1/inference_service_pb";
import { invalidField } from "@throughline/kernel";
import { callerOf, forwardedHeaders } from "@throughline/rpc";
import type { CallContext } from "../domain/features.ts";
import type { Priority, RunCall } from "../domain/model-host.ts";

type Parameters = ModelInferRequest["parameters"];

/**
 * The call that a request's runs are for, with what the request itself says of it: `timeout` in microseconds, and `priority`
 * (1: high, 2: normal, 3: low; 0 or left out: the deployment's). A signal is made only where somebody asks for it.
 */
export function runCall(call: RunCall, parameters: Parameters): RunCall {
  const timeoutMs = Number(numberIn(parameters, "timeout")) / 1_000;
  const priority = priorityOf(numberIn(parameters, "priority"));
  if (!(timeoutMs > 0)) return priority === undefined ? call : withPriority(call, priority);
  const until = performance.now() + timeoutMs;
  const leftMs = (): number => Math.min(until - performance.now(), call.timeoutMs?.() ?? Number.POSITIVE_INFINITY);
  const signal = AbortSignal.any([call.signal, AbortSignal.timeout(Math.min(Math.ceil(timeoutMs), 2 ** 31 - 1))]);
  return { signal, timeoutMs: leftMs, priority };
}

/** The call of a handler, whose signal is made only where somebody asks for it. */
export const callOf = (context: HandlerContext, priority: Priority | undefined): CallContext =>
  new HandlerCall(context, priority);

/** A class, since a getter of each object's own costs more than all that it spares. */
class HandlerCall implements CallContext {
  readonly priority: Priority | undefined;
  readonly #context: HandlerContext;
  #headers: Headers | undefined;

  constructor(context: HandlerContext, priority: Priority | undefined) {
    this.#context = context;
    this.priority = priority;
  }
  get headers(): Headers {
    this.#headers ??= forwardedHeaders(this.#context);
    return this.#headers;
  }
  get actor(): string {
    return callerOf(this.#context).actor;
  }
  get signal(): AbortSignal {
    return this.#context.signal;
  }
  timeoutMs(): number | undefined {
    return this.#context.timeoutMs();
  }
}

/** Undefined: the deployment's. */
export function priorityFromProto(priority: RequestPriority): Priority | undefined {
  switch (priority) {
    case RequestPriority.LOW:
      return "low";
    case RequestPriority.NORMAL:
      return "normal";
    case RequestPriority.HIGH:
      return "high";
    default:
      return undefined;
  }
}

const withPriority = (call: RunCall, priority: Priority): RunCall => ({
  priority,
  timeoutMs: () => call.timeoutMs?.(),
  get signal(): AbortSignal {
    return call.signal;
  },
});

/** By the numbers of the protocol's priority levels, of which the first is the highest. */
const PRIORITIES: readonly (Priority | undefined)[] = [undefined, "high", "normal", "low"];

function priorityOf(level: bigint | undefined): Priority | undefined {
  if (level === undefined || level === 0n) return undefined;
  const priority = level < 4n ? PRIORITIES[Number(level)] : undefined;
  if (priority === undefined)
    throw invalidField("parameters[priority]", `${level} is not 0, 1 (high), 2 (normal) or 3 (low)`);
  return priority;
}

/** A whole number; undefined if there is none, or something else. */
function numberIn(parameters: Parameters, name: string): bigint | undefined {
  const value = parameters[name]?.parameterChoice.value;
  return typeof value === "bigint" ? value : undefined;
}
